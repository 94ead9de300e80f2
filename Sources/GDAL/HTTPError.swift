internal import Storage

/// Why an HTTP request got no answer that can be used.
public struct HTTPError: Error, Hashable, Sendable {
  /// The address, without what could be secret in it.
  public var url: String
  /// The server's answer, 404 or 503; nil when there was none: no connection, a connection that broke off, silence.
  public var status: Int?
  /// What went wrong, in the server's words where it had any.
  public var message: String
  /// How many times the request was made.
  public var tries: Int

  public init(url: String, status: Int? = nil, message: String, tries: Int) {
    self.url = Secrets.hidden(in: url)
    self.status = status
    self.message = message
    self.tries = tries
  }

  /// Whether the same request could have another answer later.
  public var isPassing: Bool { status.map(HTTPRetry.isPassing) ?? true }
}

extension HTTPError: CustomStringConvertible {
  /// "https://…/search: HTTP status 503 (5 tries): too many connections".
  public var description: String {
    let code = status.map { "HTTP status \($0)" }
    let count = tries > 1 ? "(\(tries) tries)" : nil
    let head = [code, count].compactMap { $0 }.joined(separator: " ")
    return "\(url): " + [head, message].filter { !$0.isEmpty }.joined(separator: ": ")
  }
}
