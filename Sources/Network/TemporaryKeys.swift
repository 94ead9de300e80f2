internal import Geo
internal import JSON
internal import Storage
internal import Synchronization

/// Keys to an object store that end by themselves. Never to be shown or written anywhere.
public struct ObjectStoreKeys: Sendable {
  public let id: String
  public let secret: String
  public let session: String
}

/// Keys to the object stores of NASA's archives, which each archive hands out to those that Earthdata Login knows, for
/// about an hour.
///
/// They are kept in memory only, and fetched again well before they end; whatever the number of readers, there is one
/// request for the keys of one archive at a time.
public final class TemporaryKeys: Sendable {
  private struct Held {
    let keys: ObjectStoreKeys
    /// Seconds since 1970.
    let useUntil: Double
  }

  /// The keys of one archive, under the lock that makes others wait while they are fetched.
  private final class Slot: Sendable {
    let held = Mutex<Held?>(nil)
  }

  /// Seconds before their end from which keys are not used any more; half of their life when that is less. Links that
  /// are signed with them are used for twenty minutes.
  private static let margin = 1500.0

  private let slots = Mutex<[String: Slot]>([:])
  private let client = HTTPClient(retry: .files)

  private let now: @Sendable () -> Double

  /// - Parameter now: seconds since 1970.
  init(now: @escaping @Sendable () -> Double = { WallClock.seconds }) {
    self.now = now
  }

  /// The one of this process: sequences share their keys.
  public static let shared = TemporaryKeys()

  /// Keys that are good for a while. Blocks; for threads that may.
  ///
  /// - Parameters:
  ///   - address: where the archive hands them out.
  ///   - signer: puts the login into the request.
  public func keys(from address: String, _ signer: any RequestSigner) throws(NetworkError) -> ObjectStoreKeys
  {
    let slot = slots.withLock { slots in
      if let present = slots[address] { return present }
      let slot = Slot()
      slots[address] = slot
      return slot
    }
    return try slot.held.withLock { (held) throws(NetworkError) in
      if let present = held, present.useUntil > now() { return present.keys }
      let fresh = try fetch(address, signer)
      held = fresh
      return fresh.keys
    }
  }

  private func fetch(_ address: String, _ signer: any RequestSigner) throws(NetworkError) -> Held {
    let asked = now()
    let signed: SignedRequest
    do throws(NetworkFault) {
      signed = try signer.request(for: address)
    } catch {
      throw NetworkError(location: address, error, tries: 0)
    }
    let answer = try client.send(.init(signed.url, headers: signed.headers, limit: 64 << 10))
    guard let document = try? JSONParser.parse(answer.body), let id = document["accessKeyId"]?.string,
      let secret = document["secretAccessKey"]?.string, let session = document["sessionToken"]?.string,
      !id.isEmpty, !secret.isEmpty
    else {
      throw NetworkError(
        location: address,
        NetworkFault(.answer, .final, message: "the answer holds no keys to an object store"),
        tries: answer.tries)
    }
    // "2024-08-01 17:42:45+00:00"; an hour where it is not told.
    let text = document["expiration"]?.string.map { String($0.map { $0 == " " ? "T" : $0 }) }
    let end = text.flatMap(Instant.init).map { Double($0.microsecondsSince1970) / 1e6 } ?? asked + 3600
    let margin = min(Self.margin, max(0, end - asked) / 2)
    // Where this machine's clock is wrong fresh keys must still serve for a while.
    return Held(
      keys: ObjectStoreKeys(id: id, secret: secret, session: session),
      useUntil: end > asked ? end - margin : asked + 60)
  }
}
