internal import CGDAL
internal import Glibc
internal import Network
internal import Synchronization

/// Objects of S3, Azure and Google.
///
/// Where GDAL can sign a link to the object, it is read as a file of a web server: the answers then tell which content
/// of the object they are of. Where it cannot, or the link is refused, GDAL's virtual file systems read it.
final class ObjectSource: RangeSource {
  private let link: HTTPRangeSource
  private let object: VirtualRangeSource
  private enum Way { case untried, link, object }
  private let way: Mutex<Way>

  init(location: String, isRequesterPaying: Bool) {
    let name = VirtualPath.gdalName(of: location)
    link = HTTPRangeSource(url: name, signer: ObjectLinks.shared)
    object = VirtualRangeSource(location: location)
    // Who pays must be part of the signature, and is not of GDAL's links.
    way = Mutex(isRequesterPaying ? .object : .untried)
  }

  func fetch(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer, mayEnd: Bool
  ) -> Result<RangeAnswer, NetworkFault> {
    switch way.withLock({ $0 }) {
    case .link: return link.fetch(at: offset, into: buffer, mayEnd: mayEnd)
    case .object: return object.fetch(at: offset, into: buffer, mayEnd: mayEnd)
    case .untried: break
    }
    let first = link.fetch(at: offset, into: buffer, mayEnd: mayEnd)
    switch first {
    case .success: way.withLock { $0 = .link }
    case .failure(let fault):
      guard fault.isOfTheLink else { return first }
      // The bucket may be in another region, which GDAL finds out, or the link not be what the store wants.
      let second = object.fetch(at: offset, into: buffer, mayEnd: mayEnd)
      // Without a status there is no link at all: looking for keys again, with each request, would take long.
      if (try? second.get()) != nil || fault.status == nil { way.withLock { $0 = .object } }
      return second
    }
    return first
  }
}

extension NetworkFault {
  /// Whether another way to the object may fare better.
  fileprivate var isOfTheLink: Bool {
    switch kind {
    case .passing, .missing: false
    case .refused, .whole: true
    case .final: status != 416
    }
  }
}

/// Links to objects, signed by GDAL with the credentials it finds.
private final class ObjectLinks: RequestSigner {
  static let shared = ObjectLinks()

  private struct Link {
    let url: String
    let madeAt: Int
  }

  /// Seconds that links are used; they are valid for an hour.
  private static let life = 1200
  private let links = Mutex<[String: Link]>([:])

  /// - Parameter name: GDAL's name of the object.
  func request(for name: String) throws(NetworkFault) -> SignedRequest {
    let now = time(nil)
    if let present = links.withLock({ $0[name] }), now - present.madeAt < Self.life {
      return SignedRequest(url: present.url, generation: present.madeAt)
    }
    guard let url = Self.isUnsigned(name) ? Self.plain(name) : Self.signed(name) else {
      throw NetworkFault(.answer, .final, message: "GDAL makes no link to it")
    }
    links.withLock { links in
      // A run reads each file for a while, and then never again.
      if links.count >= 4096 { links.removeAll() }
      links[name] = Link(url: url, madeAt: now)
    }
    return SignedRequest(url: url, generation: now)
  }

  func isRenewed(after refused: SignedRequest, for name: String) -> Bool {
    links.withLock { $0[name] = nil }
    // Credentials of a session may end before the link does.
    return time(nil) - refused.generation > 60
  }

  private static func isUnsigned(_ name: String) -> Bool {
    ["AWS_NO_SIGN_REQUEST", "AZURE_NO_SIGN_REQUEST", "GS_NO_SIGN_REQUEST"].contains { (option: String) in
      VSIGetPathSpecificOption(name, option, nil).map { CPLTestBool($0) } ?? false
    }
  }

  private static func signed(_ name: String) -> String? {
    let (url, _) = collectingMessages { VSIGetSignedURL(name, nil) }
    guard let url else { return nil }
    defer { VSIFree(url) }
    return String(cString: url)
  }

  private static func plain(_ name: String) -> String? {
    let (url, _) = collectingMessages { VSIGetActualURL(name) }
    return url.map { String(cString: $0) }
  }
}
