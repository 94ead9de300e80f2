internal import Synchronization

/// What was asked of servers.
public struct NetworkUse: Hashable, Sendable {
  /// Requests, repeated and redirected ones included.
  public var requests = 0
  /// Bytes of answers, without their headers.
  public var bytes = 0

  private static let counted = Mutex(NetworkUse())

  /// Everything that this process has asked for.
  public static var soFar: NetworkUse { counted.withLock { $0 } }

  /// Takes note of a request and its answer.
  static func note(bytes: Int) {
    counted.withLock {
      $0.requests += 1
      $0.bytes += bytes
    }
  }

  /// What was asked for since an earlier moment.
  ///
  /// - Parameter earlier: what there was then.
  public func since(_ earlier: NetworkUse) -> NetworkUse {
    NetworkUse(requests: requests - earlier.requests, bytes: bytes - earlier.bytes)
  }
}
