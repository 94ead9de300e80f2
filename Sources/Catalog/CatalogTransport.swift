import JSON

/// One HTTP request of a catalogue; a body makes it a POST of JSON.
public struct CatalogRequest: Hashable, Sendable {
  public var url: String
  /// Beside those that whoever sends it adds.
  public var headers: [String: String]
  public var body: [UInt8]?

  public init(url: String, headers: [String: String] = [:], body: [UInt8]? = nil) {
    self.url = url
    self.headers = headers
    self.body = body
  }
}

/// What came of a request, after all tries.
public struct CatalogAnswer: Sendable {
  /// The HTTP status; nil when there was no whole answer.
  public var status: Int?
  public var body: [UInt8]
  /// What went wrong, in the server's words or the network's; empty when nothing did.
  public var words: String
  /// How many times the request was made.
  public var tries: Int

  public init(status: Int?, body: [UInt8] = [], words: String = "", tries: Int = 1) {
    self.status = status
    self.body = body
    self.words = words
    self.tries = tries
  }

  /// Whether the answer is what was asked for.
  public var isGood: Bool { status.map { (200..<300).contains($0) } ?? false }

  /// "HTTP status 503 after 5 tries: too many connections".
  var reason: String {
    var text = status.map { "HTTP status \($0)" } ?? "no answer"
    if tries > 1 { text += " after \(tries) tries" }
    let message = message
    return message.isEmpty ? text : "\(text): \(message)"
  }

  /// The message in an error's JSON, else the words as they are.
  private var message: String {
    guard words.hasPrefix("{"), let error = try? JSONParser.parse(words) else { return words }
    for key in ["description", "detail", "message", "errorMessage", "title"] {
      if let text = error[key]?.string, !text.isEmpty { return text }
    }
    return words
  }

  /// What to do about it.
  var advice: String? {
    switch status {
    case 401, 403:
      "the API wants credentials: give them in APUS_STAC_HEADERS (\"Authorization: Bearer …\") or in ~/.netrc"
    case 404: "check the address"
    case 429: "the server limits how often it may be asked: try again later"
    case nil: "check the address and the network, or try again later"
    case let status? where status >= 500: "the server has trouble: try again later"
    default: nil
    }
  }
}

/// How a catalogue's HTTP requests are made: the network plugs in here.
public protocol CatalogTransport: Sendable {
  /// What documents may take.
  var limits: CatalogLimits { get }

  /// Makes a request, again where that may help, and waits for the answer without blocking Swift's threads.
  func send(_ request: CatalogRequest) async throws(CatalogError) -> CatalogAnswer
}
