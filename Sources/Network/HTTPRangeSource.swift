/// Files of web servers, checked for everything that can be wrong with an answer.
///
/// Each thread keeps its connections.
public struct HTTPRangeSource: RangeSource {
  private let url: String
  private let signer: any RequestSigner

  public init(url: String, signer: any RequestSigner) {
    self.url = url
    self.signer = signer
  }

  public func fetch(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer, mayEnd: Bool
  ) -> Result<RangeAnswer, NetworkFault> {
    let answer = request(at: offset, into: buffer, mayEnd: mayEnd)
    guard mayEnd, case .failure(let fault) = answer, fault.status == 416 else { return answer }
    // Some servers take only ranges that lie wholly in the file: its length tells which.
    guard case .success(let length) = fetchLength(), let total = length.total, total > offset,
      total - offset < buffer.count
    else { return answer }
    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(total - offset)])
    return request(at: offset, into: rest, mayEnd: false)
  }

  private func request(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer, mayEnd: Bool
  ) -> Result<RangeAnswer, NetworkFault> {
    var count = 0
    var isWhole = false
    let receiver = HTTPReceiver(
      begin: { status, headers in
        count = 0
        // All of a file that is asked for from its beginning may come as an answer of status 200.
        isWhole = status != 206
        let isLong = headers.length.map { $0 > buffer.count } ?? false
        return !(isWhole && (offset > 0 || isLong && !headers.isPacked) || !isWhole && headers.isPacked)
      },
      take: { piece in
        // More than was asked for is no answer to the question.
        guard count + piece.count <= buffer.count else { return false }
        UnsafeMutableRawBufferPointer(rebasing: buffer[count..<(count + piece.count)]).copyMemory(from: piece)
        count += piece.count
        return true
      })
    let last = offset + buffer.count - 1
    let (exchange, fault) = exchange(
      [("Range", "bytes=\(offset)-\(last)"), ("Accept-Encoding", "identity")], receiver,
      wanted: buffer.count)
    if let fault { return .failure(fault) }
    if exchange.headers.isWebPage, exchange.status != 206 { return .failure(Self.webPage) }
    if isWhole {
      guard !exchange.isStopped else { return .failure(Self.whole) }
      if let short = shortness(exchange) { return .failure(short) }
      guard mayEnd || count == buffer.count else {
        return .failure(
          answerFault("\(count) bytes came where \(buffer.count) were asked for, as the whole file"))
      }
      return .success(RangeAnswer(count: count, total: count, version: version(exchange)))
    }
    guard !exchange.headers.isPacked else { return .failure(Self.packed) }
    guard let field = exchange.headers["content-range"], let content = ContentRange(field),
      let range = content.range
    else { return .failure(answerFault("part of the file came without a Content-Range that says which")) }
    // Where the server gives no length, an answer shorter than the range ends where the file does.
    let isEnd = mayEnd && count < buffer.count && offset + count == content.total ?? (offset + count)
    guard !exchange.isStopped, range.lowerBound == offset, range.count == count,
      count == buffer.count || isEnd
    else {
      let received = exchange.isStopped ? "more than \(buffer.count)" : "\(count)"
      return .failure(
        answerFault(
          "\(received) bytes came where \(buffer.count) were asked for, as bytes \(range.lowerBound) to "
            + "\(range.upperBound) of \(content.total.map(String.init) ?? "*")"))
    }
    return .success(
      RangeAnswer(
        count: count, total: content.total ?? (isEnd ? offset + count : nil), version: version(exchange)))
  }

  public func fetchWhole(
    _ body: @escaping (UnsafeRawBufferPointer) -> Bool
  ) -> Result<RangeAnswer, NetworkFault> {
    let receiver = HTTPReceiver(begin: { _, headers in !headers.isWebPage }, take: body)
    let (exchange, fault) = exchange([("Accept-Encoding", "identity")], receiver, wanted: nil)
    if let fault { return .failure(fault) }
    if exchange.headers.isWebPage { return .failure(Self.webPage) }
    if let short = shortness(exchange) { return .failure(short) }
    return .success(
      RangeAnswer(count: exchange.received, total: exchange.received, version: version(exchange)))
  }

  /// Requests the file, and closes the connection once the response's header has given its length.
  public func fetchLength() -> Result<RangeAnswer, NetworkFault> {
    let receiver = HTTPReceiver(begin: { _, _ in false }, take: { _ in false })
    let (exchange, fault) = exchange(
      [("Range", "bytes=0-"), ("Accept-Encoding", "identity")], receiver, wanted: nil)
    if let fault { return .failure(fault) }
    let range = exchange.headers["content-range"].flatMap(ContentRange.init)
    let total =
      exchange.status == 206
      ? range?.total ?? range?.range.map { $0.upperBound + 1 } : exchange.headers.length
    guard let total, !exchange.headers.isPacked else {
      return .failure(answerFault("the server does not tell the file's length", isPassing: false))
    }
    return .success(RangeAnswer(count: 0, total: total, version: version(exchange)))
  }

  // MARK: Faults

  private static let webPage = NetworkFault(
    .answer, .passing, message: "the server answers with a web page in place of the file",
    advice: "a network's sign-in page may stand in between, or the file may need credentials")

  private static let whole = NetworkFault(
    .answer, .whole, message: "the server sends the whole file where a part was asked for",
    advice: "it cannot be read in place: use \"mode\": \"copy\"")

  private static let packed = NetworkFault(
    .answer, .whole,
    message: "the server sends parts of a packed file (Content-Encoding), which are no parts of the file",
    advice: "it cannot be read in place: use \"mode\": \"copy\"")

  private func answerFault(_ message: String, isPassing: Bool = true) -> NetworkFault {
    NetworkFault(.answer, isPassing ? .passing : .final, message: message)
  }

  private func version(_ exchange: HTTPExchange) -> FileVersion {
    FileVersion(tag: exchange.headers["etag"], modified: exchange.headers["last-modified"])
  }

  /// What is missing of a whole body; nil when nothing is. libcurl checks lengths as well, but not of all answers.
  private func shortness(_ exchange: HTTPExchange) -> NetworkFault? {
    guard !exchange.isStopped, !exchange.headers.isPacked, let announced = exchange.headers.length,
      announced != exchange.received
    else { return nil }
    return answerFault("\(exchange.received) bytes came of \(announced)")
  }

  /// Makes one request, and says what went wrong as far as its status and its connection tell.
  private func exchange(
    _ headers: [(name: String, value: String)], _ receiver: HTTPReceiver, wanted: Int?
  ) -> (HTTPExchange, NetworkFault?) {
    let signed: SignedRequest
    do throws(NetworkFault) {
      signed = try signer.request(for: url)
    } catch {
      return (HTTPExchange(fault: error), error)
    }
    let exchange = HTTPExchange.run(
      .init(url: signed.url, headers: signed.headers + headers), on: .ofThread, receiver: receiver)
    guard var fault = exchange.fault else { return (exchange, nil) }
    switch fault.code {
    case .http(let status):
      fault = Self.explained(fault, status: status)
      if fault.kind == .refused, !signer.isRenewed(after: signed, for: url) { fault.kind = .final }
    case .curl where fault.kind == .passing:
      let of = wanted.map { " of \($0)" } ?? ""
      let place = exchange.received > 0 ? " after \(exchange.received)\(of) bytes" : ""
      fault.message = "the connection broke off\(place) (\(fault.message))"
    case .curl, .store, .tooLarge, .answer: break
    }
    return (exchange, fault)
  }

  /// What a status means for a file.
  private static func explained(_ fault: NetworkFault, status: Int) -> NetworkFault {
    let (words, advice): (String, String?) =
      switch status {
      case 300..<400: (fault.message.isEmpty ? "the server names no place to go on to" : fault.message, nil)
      case 401: ("the server wants credentials", "see \"sign\" of the module download")
      case 403:
        ("the server forbids it", "the file may need credentials: see \"sign\" of the module download")
      case 404, 410: ("there is no such file", "the scene's STAC item names it: correct the item")
      case 416: ("the file ends before this place", "it may be incomplete on the server")
      case 408: ("the server got tired of waiting", nil)
      case 425, 429: ("too many requests for the server", nil)
      case 500...: ("the server has trouble", "try again later: what was read is kept")
      default: ("the server refuses the request", nil)
      }
    return NetworkFault(
      .http(status), fault.kind, message: "HTTP code: \(status), \(words)", advice: advice, pause: fault.pause
    )
  }
}
