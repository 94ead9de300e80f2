internal import CGDAL

/// Where the bytes of a remote file come from: one try each.
protocol RangeSource: Sendable {
  /// Fetches bytes from a place on into `buffer`.
  ///
  /// - Parameter mayEnd: whether the file may end before the buffer is full.
  func fetch(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer, mayEnd: Bool
  ) -> Result<RangeAnswer, RangeFault>

  /// Fetches the file from its beginning to its end.
  ///
  /// - Parameter body: gets the bytes, which mean nothing before the end was reached; says whether to go on.
  func fetchWhole(_ body: @escaping (UnsafeRawBufferPointer) -> Bool) -> Result<RangeAnswer, RangeFault>
}

extension RangeSource {
  func fetchWhole(_ body: @escaping (UnsafeRawBufferPointer) -> Bool) -> Result<RangeAnswer, RangeFault> {
    .failure(RangeFault(kind: .final, message: "it can only be read in parts"))
  }
}

/// Bytes that came.
struct RangeAnswer {
  let count: Int
  /// The length of the whole file.
  let total: Int
  let version: FileVersion
}

/// What tells one content of a file from the next.
struct FileVersion: Hashable, Sendable {
  var tag: String?
  var modified: String?

  /// Whether two answers come from the same content: servers behind one name may have tags of their own.
  func isSame(as other: FileVersion) -> Bool {
    tag == other.tag || (modified != nil && modified == other.modified)
  }
}

/// Why bytes did not come.
struct RangeFault: Error {
  enum Kind {
    /// Worth another try.
    case passing
    /// The credentials, or the lack of them, were refused.
    case refused
    /// Will not be better next time.
    case final
    /// The server has no parts to give, only the whole.
    case whole
  }

  let kind: Kind
  let message: String
  var advice: String?
  /// Seconds the server asks to wait.
  var pause: Double?
  /// The answer's status, where there was one.
  var status: Int?
}

extension RangeFault {
  /// Another content than the one that was read before.
  static let changed = RangeFault(
    kind: .final, message: "the file changed on the server while it was read",
    advice: "old and new content are never mixed: start over with --fresh")

  /// What a status means.
  init(status: Int, pause: Double?) {
    let words: (Kind, String, String?) =
      switch status {
      case 401:
        (.refused, "the server wants credentials", "see \"sign\" of the module download")
      case 403:
        (
          .refused, "the server forbids it",
          "the file may need credentials: see \"sign\" of the module download"
        )
      case 404, 410: (.final, "there is no such file", "the scene's STAC item names it: correct the item")
      case 416: (.final, "the file ends before this place", "it may be incomplete on the server")
      case 408: (.passing, "the server got tired of waiting", nil)
      case 425, 429: (.passing, "too many requests for the server", nil)
      case 500...: (.passing, "the server has trouble", "try again later: what was read is kept")
      default: (.final, "the server refuses the request", nil)
      }
    self.init(
      kind: words.0, message: "HTTP code: \(status), \(words.1)", advice: words.2, pause: pause,
      status: status)
  }
}

/// Files of web servers, checked for everything that can be wrong with an answer.
struct HTTPRangeSource: RangeSource {
  let url: String
  let signer: any RequestSigner

  func fetch(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer, mayEnd: Bool
  ) -> Result<RangeAnswer, RangeFault> {
    let request: SignedRequest
    do throws(GDALError) {
      request = try signer.request(for: url)
    } catch {
      return .failure(RangeFault(kind: .final, message: error.message, advice: error.advice))
    }
    let last = offset + buffer.count - 1
    let exchange = HTTPExchange.get(
      request.url, headers: request.headers + ["Range: bytes=\(offset)-\(last)"], into: buffer)
    if let fault = fault(of: exchange, request, wanted: buffer.count) { return .failure(fault) }
    return answer(exchange, offset: offset, wanted: buffer.count, mayEnd: mayEnd)
  }

  func fetchWhole(_ body: @escaping (UnsafeRawBufferPointer) -> Bool) -> Result<RangeAnswer, RangeFault> {
    let request: SignedRequest
    do throws(GDALError) {
      request = try signer.request(for: url)
    } catch {
      return .failure(RangeFault(kind: .final, message: error.message, advice: error.advice))
    }
    let exchange = HTTPExchange.get(request.url, headers: request.headers, body: body)
    if let fault = fault(of: exchange, request) { return .failure(fault) }
    if (exchange.header("content-type") ?? "").lowercased().hasPrefix("text/html") {
      return .failure(HTTPRangeSource.webPage)
    }
    let announced = exchange.header("content-length").flatMap { Int($0) }
    guard announced == nil || announced == exchange.received else {
      return .failure(
        RangeFault(
          kind: .passing, message: "\(exchange.received) bytes came of \(announced ?? 0)", advice: nil))
    }
    let version = FileVersion(tag: exchange.header("etag"), modified: exchange.header("last-modified"))
    return .success(RangeAnswer(count: exchange.received, total: exchange.received, version: version))
  }

  private static let webPage = RangeFault(
    kind: .passing, message: "the server answers with a web page in place of the file",
    advice: "a network's sign-in page may stand in between, or the file may need credentials")

  /// What went wrong with an exchange, as far as its status and its connection tell.
  private func fault(of exchange: HTTPExchange, _ request: SignedRequest, wanted: Int? = nil) -> RangeFault? {
    if exchange.errorStatus != 0 {
      let fault = RangeFault(status: exchange.errorStatus, pause: exchange.pause)
      guard case .refused = fault.kind else { return fault }
      let isRenewed = signer.isRenewed(after: request, for: url)
      return RangeFault(
        kind: isRenewed ? .refused : .final, message: fault.message, advice: fault.advice,
        status: fault.status)
    }
    guard let failure = exchange.failure else { return nil }
    let of = wanted.map { " of \($0)" } ?? ""
    let place = exchange.received > 0 ? " after \(exchange.received)\(of) bytes" : ""
    return RangeFault(kind: .passing, message: "the connection broke off\(place) (\(failure))", advice: nil)
  }

  private func answer(
    _ exchange: HTTPExchange, offset: Int, wanted: Int, mayEnd: Bool
  ) -> Result<RangeAnswer, RangeFault> {
    guard let range = exchange.header("content-range").flatMap(ContentRange.init) else {
      let kind = exchange.header("content-type") ?? ""
      if kind.lowercased().hasPrefix("text/html") {
        return .failure(HTTPRangeSource.webPage)
      }
      return .failure(
        RangeFault(
          kind: .whole, message: "the server sends the whole file where a part was asked for",
          advice: "it cannot be read in place: use \"mode\": \"copy\""))
    }
    let version = FileVersion(
      tag: exchange.header("etag"), modified: exchange.header("last-modified"))
    let isWhole = exchange.received == wanted
    let isEnd = mayEnd && exchange.received < wanted && offset + exchange.received == range.total
    guard range.first == offset, isWhole || isEnd, range.last - range.first + 1 == exchange.received else {
      return .failure(
        RangeFault(
          kind: .passing,
          message:
            "\(exchange.received) bytes came where \(wanted) were asked for, as bytes \(range.first) to "
            + "\(range.last) of \(range.total)", advice: nil))
    }
    return .success(RangeAnswer(count: exchange.received, total: range.total, version: version))
  }
}

extension HTTPExchange {
  /// Seconds to wait before the next try, as far as the server tells.
  var pause: Double? { header("retry-after").flatMap { Double($0) } }
}

/// "bytes 0-65535/183112".
struct ContentRange {
  let first: Int
  let last: Int
  let total: Int

  init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
    let parts = words[1].split(separator: "/")
    let ends = parts.first?.split(separator: "-") ?? []
    guard parts.count == 2, ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]),
      let total = Int(parts[1]), first >= 0, last >= first, total > last
    else { return nil }
    self.first = first
    self.last = last
    self.total = total
  }
}
