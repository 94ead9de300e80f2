/// A request as it goes out: never to be shown, it may hold a signature.
public struct SignedRequest: Sendable {
  public let url: String
  /// For the server of `url` alone.
  public let headers: [(name: String, value: String)]
  /// Which of its credentials the signer used, for the signer.
  public let generation: Int

  public init(url: String, headers: [(name: String, value: String)] = [], generation: Int = 0) {
    self.url = url
    self.headers = headers
    self.generation = generation
  }
}

/// Puts what a server wants to see into requests, at the moment they are made. Any thread; may block.
public protocol RequestSigner: Sendable {
  /// The request for a URL.
  ///
  /// - Throws: when no credentials are to be had; the message says how to get some.
  func request(for url: String) throws(NetworkFault) -> SignedRequest

  /// Hears that a request was refused (401 or 403).
  ///
  /// - Returns: whether another try can have another answer, because there are, or will be, fresh credentials.
  func isRenewed(after refused: SignedRequest, for url: String) -> Bool
}

/// Requests as they are: for public files, and for links that were signed before.
public struct PlainRequests: RequestSigner {
  public init() {}

  public func request(for url: String) -> SignedRequest { SignedRequest(url: url) }
  public func isRenewed(after refused: SignedRequest, for url: String) -> Bool { false }
}

/// The same header with every request to the servers it is meant for: "Authorization: Bearer …".
public struct HeaderSigner: RequestSigner {
  private let header: (name: String, value: String)
  private let domains: [String]

  /// - Parameters:
  ///   - name: of the header.
  ///   - value: of the header; never written anywhere.
  ///   - domains: names of servers, or of domains with all servers in them, in lower case. Over plain http the header
  ///     goes to this machine only.
  public init(name: String, value: String, domains: [String]) {
    header = (name, value)
    self.domains = domains
  }

  public func request(for url: String) -> SignedRequest {
    SignedRequest(url: url, headers: isMeant(url) ? [header] : [])
  }

  /// A catalogue may point anywhere: nobody else is to see the token.
  private func isMeant(_ url: String) -> Bool {
    guard let address = WebAddress(url), address.user == nil else { return false }
    if address.isLoopback { return true }
    return address.scheme == "https" && domains.contains { address.isIn(domain: $0) }
  }

  public func isRenewed(after refused: SignedRequest, for url: String) -> Bool { false }
}
