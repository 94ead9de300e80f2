internal import Storage

/// Why something on a server could not be had, after all tries: where, the code, what it means and what to do.
public struct NetworkError: Error, Hashable, Sendable {
  /// The address, without what could be secret in it.
  public let location: String
  /// What was asked for: "bytes 0..<65536"; nil where it is all of it.
  public var part: String?
  /// What went wrong with the last try.
  public var fault: NetworkFault
  /// How many times the request was made.
  public var tries: Int

  public init(location: String, part: String? = nil, _ fault: NetworkFault, tries: Int = 1) {
    self.location = Secrets.hidden(in: location)
    self.part = part
    self.fault = fault
    self.tries = tries
  }

  /// The server's answer, 404 or 503; nil when there was none: no connection, a connection that broke off, silence.
  ///
  /// Never inlined: the optimiser of Swift 6.3.1 ends with "Found outside of lifetime use" where the switch over the
  /// fault's code comes into a catch clause.
  @inline(never)
  public var status: Int? { fault.status }

  /// What went wrong in words, without the address: "bytes 0..<65536: HTTP code: 503, … (after 8 tries)".
  public var message: String {
    let text = tries > 1 ? "\(fault.message) (after \(tries) tries)" : fault.message
    return Secrets.hidden(in: part.map { "\($0): \(text)" } ?? text)
  }

  /// What to do about it.
  public var advice: String? { fault.advice }
}

extension NetworkError: CustomStringConvertible {
  /// "cannot read https://…/B04.tif: bytes 0..<65536: HTTP code: 403, the server forbids it (…)".
  public var description: String {
    Secrets.hidden(in: "cannot read \(location): \(message)" + (advice.map { " (\($0))" } ?? ""))
  }
}
