internal import Storage

/// The address of a file on a web server (`http`, `https`), taken apart once: whoever decides by the server's name,
/// and whoever sends the request, see the same server.
///
/// Follows RFC 3986. Where programs are known to read an address differently (more than one "@", backslashes or
/// escapes in the server's name, names outside of ASCII) it is no address.
public struct WebAddress: Hashable, Sendable {
  /// "http" or "https".
  public let scheme: String
  /// In lower case, without a dot at the end; an IPv6 address with its brackets.
  public let host: String
  /// Nil for the scheme's own, 80 or 443.
  public let port: Int?
  /// "name:password"; nil when the address holds neither.
  public let user: String?
  /// With its "/" and with what it may not hold (blanks, …) escaped.
  public let path: String
  /// What follows "?", escaped in the same way; nil when there is no "?".
  public let query: String?

  /// - Parameter text: an address with its scheme; a fragment ("#…") is no part of what is asked for.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon >= 4,
      bytes[(colon + 1)...].starts(with: "//".utf8)
    else { return nil }
    let name = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
    guard name == "http" || name == "https" else { return nil }
    scheme = name
    let rest = bytes[(colon + 3)...]
    let authority = rest.prefix {
      $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
    }
    guard let server = Self.server(authority) else { return nil }
    (user, host) = (server.user, server.host)
    port = server.port == (name == "http" ? 80 : 443) ? nil : server.port
    let whole = rest.dropFirst(authority.count).prefix { $0 != UInt8(ascii: "#") }
    let path = whole.prefix { $0 != UInt8(ascii: "?") }
    self.path = path.isEmpty ? "/" : Self.escaped(path)
    query = path.count < whole.count ? Self.escaped(whole.dropFirst(path.count + 1)) : nil
  }

  /// Scheme, server and port: who gets to see what is sent.
  public var origin: String { "\(scheme)://\(host)" + (port.map { ":\($0)" } ?? "") }

  /// As it is asked for.
  public var text: String {
    "\(scheme)://" + (user.map { "\($0)@" } ?? "") + origin.dropFirst(scheme.utf8.count + 3) + path
      + (query.map { "?\($0)" } ?? "")
  }

  /// Whether the server is this machine, by a name that no other has.
  public var isLoopback: Bool { host == "localhost" || host == "127.0.0.1" || host == "[::1]" }

  /// Whether the server is one of a domain ("nasa.gov"): the domain's own, or one below it.
  public func isIn(domain: String) -> Bool { host == domain || host.hasSuffix("." + domain) }

  /// The address that a redirection of this one leads to; nil where it leads to something else than a web server.
  ///
  /// A name and a password in it count for nothing: it is not for servers to say with which ones others are asked.
  public func redirected(to reference: String) -> WebAddress? {
    let target: String
    if RemoteReference.scheme(of: reference) != nil {
      target = reference
    } else if reference.hasPrefix("//") {
      target = "\(scheme):\(reference)"
    } else if reference.hasPrefix("?") {
      target = origin + path + reference
    } else {
      let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
      target = origin + Self.withoutDots(reference.hasPrefix("/") ? reference : folder + reference)
    }
    return WebAddress(target)?.withoutUser
  }

  /// The same address without name and password.
  public var withoutUser: WebAddress {
    guard user != nil else { return self }
    return WebAddress(
      "\(origin)\(path)" + (query.map { "?\($0)" } ?? "")) ?? self
  }

  // MARK: Parts

  private static func server(_ authority: ArraySlice<UInt8>) -> (user: String?, host: String, port: Int?)? {
    let parts = authority.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count <= 2, !authority.contains(UInt8(ascii: "\\")), let place = parts.last else {
      return nil
    }
    let user = parts.count == 2 ? escaped(parts[0]) : nil
    var (name, rest) = (place.prefix { $0 != UInt8(ascii: ":") }, place)
    if place.first == UInt8(ascii: "[") {
      guard let end = place.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      name = place[...end]
      let digits = name.dropFirst().dropLast()
      guard !digits.isEmpty,
        digits.allSatisfy({ isHexadecimal($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") })
      else { return nil }
    } else {
      if name.last == UInt8(ascii: ".") { name = name.dropLast() }
      let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      guard labels.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isOfName) }) else { return nil }
    }
    // After the name, and after the dot at its end.
    rest = place.first == UInt8(ascii: "[") ? place[name.endIndex...] : place.drop { $0 != UInt8(ascii: ":") }
    var port: Int?
    if rest.first == UInt8(ascii: ":") {
      let digits = rest.dropFirst()
      if !digits.isEmpty {
        guard digits.count <= 5, digits.allSatisfy({ (0x30...0x39).contains($0) }),
          let number = Int(String(decoding: digits, as: UTF8.self)), (1...65535).contains(number)
        else { return nil }
        port = number
      }
    } else if !rest.isEmpty {
      return nil
    }
    return (user, String(decoding: name, as: UTF8.self).lowercased(), port)
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  /// A text with what no address may hold as "%20": blanks, quotes, brackets, control characters, and bytes beyond
  /// ASCII. Escapes stay as they are; a "%" that begins none becomes one.
  private static func escaped(_ bytes: ArraySlice<UInt8>) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    let unsafe = Set("\"<>\\^`{|} ".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      let isEscape =
        byte == UInt8(ascii: "%") && index + 2 < bytes.endIndex && isHexadecimal(bytes[index + 1])
        && isHexadecimal(bytes[index + 2])
      if byte < 0x21 || byte > 0x7E || unsafe.contains(byte) || byte == UInt8(ascii: "%") && !isEscape {
        text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      } else {
        text.append(byte)
      }
      index += 1
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// A path and what follows it, without the steps "." and "..".
  private static func withoutDots(_ path: String) -> String {
    let end = path.firstIndex { $0 == "?" || $0 == "#" } ?? path.endIndex
    guard path[..<end].contains("/.") else { return path }
    var steps: [Substring] = []
    for step in path[..<end].split(separator: "/", omittingEmptySubsequences: false) {
      switch step {
      case ".": continue
      case "..": if steps.count > 1 { steps.removeLast() }
      default: steps.append(step)
      }
    }
    return steps.joined(separator: "/") + path[end...]
  }
}
