/// What went wrong with one request: a code, what that means for the next try, and words.
public struct NetworkFault: Error, Hashable, Sendable {
  /// The kind of fault, for programs: a status or an error number.
  public enum Code: Hashable, Sendable {
    /// An HTTP status.
    case http(Int)
    /// A result of libcurl (`CURLcode`): there was no whole answer.
    case curl(Int)
    /// An object store's name of an error: "NoSuchBucket".
    case store(String)
    /// The answer is longer than what may be taken: so many bytes, or more.
    case tooLarge(Int)
    /// An answer came, and is not what was asked for.
    case answer
  }

  /// What a fault means for whoever asked.
  public enum Kind: Hashable, Sendable {
    /// Worth another try.
    case passing
    /// The credentials, or the lack of them, were refused.
    case refused
    /// There is nothing under the address.
    case missing
    /// Will not be better next time.
    case final
    /// The server has no parts to give, only the whole.
    case whole
  }

  public var code: Code
  public var kind: Kind
  public var message: String
  /// What to do about it.
  public var advice: String?
  /// Seconds the server asks to wait.
  public var pause: Double?

  public init(_ code: Code, _ kind: Kind, message: String, advice: String? = nil, pause: Double? = nil) {
    self.code = code
    self.kind = kind
    self.message = message
    self.advice = advice
    self.pause = pause
  }

  /// The answer's HTTP status, where there was one.
  public var status: Int? {
    guard case .http(let status) = code else { return nil }
    return status
  }

  /// Another content than the one that was read before.
  public static let changed = NetworkFault(
    .answer, .final, message: "the file changed on the server while it was read",
    advice: "old and new content are never mixed: start over with --fresh")
}
