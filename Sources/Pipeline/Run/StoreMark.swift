internal import Engine
internal import GDAL
internal import Geo
internal import Storage

/// Keeps two processes from the same operation on a run in an object store at once: of two that publish, one would compute the
/// chunks again that the other has published and removed; of two that submit, each would have jobs of its own.
///
/// Nothing can be locked there, and not every store knows conditional requests. Each process leaves a mark, stored again
/// every minute, and the one whose mark was first by the store's clock goes on. A mark that has not been stored again for
/// three minutes is of a process that was killed.
struct StoreMark: Sendable {
  /// What only one process may do at a time.
  enum Operation: String {
    case publishing = "publish"
    case submitting = "submit"

    /// "another process …"
    fileprivate var words: String {
      switch self {
      case .publishing: "publishes the run"
      case .submitting: "plans the run or submits its jobs"
      }
    }
  }

  private static let seconds = 60
  private let remote: RemoteRun
  private let operation: Operation
  private let name: String

  init(_ operation: Operation, _ remote: RemoteRun) {
    (self.remote, self.operation) = (remote, operation)
    name = "\(ShardWorker.host)-\(String(UInt64.random(in: .min ... .max), radix: 36)).mark"
  }

  /// Runs `body` where no other process carries out the operation.
  ///
  /// - Throws: `StorageError` where another is, `GDALError`, what `body` throws.
  func during<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result
  {
    let created = try await take()
    let result: Result
    do {
      result = try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await keep(created) }
        group.addTask { try await body() }
        defer { group.cancelAll() }
        // The first ends by a fault only.
        guard let result = try await group.next() ?? nil else { throw CancellationError() }
        return result
      }
    } catch {
      await remove()
      throw error
    }
    await remove()
    return result
  }

  /// Keeps other processes from the operation until what is returned is released.
  ///
  /// - Throws: `StorageError` where another is at it, `GDALError`.
  func hold() async throws -> Held {
    let created = try await take()
    return Held(self, Task { _ = try? await keep(created) as Void? })
  }

  /// A mark that is kept.
  final class Held: Sendable {
    private let mark: StoreMark
    private let keeping: Task<Void, Never>

    fileprivate init(_ mark: StoreMark, _ keeping: Task<Void, Never>) {
      (self.mark, self.keeping) = (mark, keeping)
    }

    /// Lets others go on; further calls do nothing.
    func release() async {
      guard !keeping.isCancelled else { return }
      keeping.cancel()
      // A mark that is on its way would come after the removal.
      await keeping.value
      await mark.remove()
    }
  }

  /// Leaves the mark, where no other process was first.
  ///
  /// - Returns: when it was first there, by the store's clock; nil where the store does not say.
  private func take() async throws -> Int? {
    do {
      try await blocking { try store(created: nil) }
      let created = try await blocking { modified(name) }
      try await blocking { try store(created: created) }
      // Others may have stored theirs in the same second.
      try await Task.sleep(for: .seconds(2))
      try await blocking { try check(created) }
      return created
    } catch {
      await remove()
      throw error
    }
  }

  /// Stores the mark again and again, until it is cancelled.
  private func keep<Result>(_ created: Int?) async throws -> Result? {
    while true {
      try await Task.sleep(for: .seconds(Self.seconds))
      try await blocking { try store(created: created) }
    }
  }

  private func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value
  {
    try await BlockingWork.value(body)
  }

  /// Also when the task is cancelled.
  private func remove() async {
    let address = address(name)
    try? await Task { try await blocking { _ = try? VirtualFiles.remove(address) } }.value
  }

  private var folder: String { "ledger/\(operation.rawValue)" }

  private func address(_ name: String) -> String { remote.address("\(folder)/\(name)") }

  /// - Parameter created: when the mark was first there, by the store's clock; nil where that is not known yet.
  private func store(created: Int?) throws {
    try VirtualFiles.write(Array("\(created ?? 0)\n".utf8), to: address(name))
  }

  private func modified(_ name: String) -> Int? {
    VirtualFiles.forget(address(name))
    return VirtualFiles.status(address(name))?.modified
  }

  /// Makes sure that no other mark is older and still stored again; removes those that are not.
  private func check(_ created: Int?) throws {
    // A store that does not say when objects were stored has no clock to go by.
    guard let created, let now = modified(name) else { return }
    let folder = remote.address(folder)
    VirtualFiles.forget(folder)
    for other in VirtualFiles.list(folder) ?? [] where other.hasSuffix(".mark") && other != name {
      guard let last = modified(other) else { continue }
      guard last >= now - 3 * Self.seconds else {
        _ = try? VirtualFiles.remove(address(other))
        continue
      }
      let text = (try? VirtualFiles.read(address(other))).map { String(decoding: $0, as: UTF8.self) } ?? ""
      let begun = text.split(separator: "\n").first.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? last
      guard (begun, other) > (created, name) else {
        let since = Instant(microsecondsSince1970: begun * 1_000_000)
        throw StorageError(
          .lock, path: remote.location,
          reason: "another process \(operation.words) (\(other.split(separator: ".")[0]), since \(since))",
          advice:
            "wait until it has ended, then give the command again; one that was killed keeps others away for "
            + "\(3 * Self.seconds / 60) minutes at most")
      }
    }
  }
}
