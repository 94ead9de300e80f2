internal import Glibc
internal import Network
internal import Storage

/// Resolves the references of STAC documents, as RFC 3986 has it, for local paths and URLs alike.
///
/// Documents on servers lead to servers only: a reference of theirs to anything else becomes one that nothing follows
/// (`RemoteReference.refused`).
public enum Href {
  /// The absolute location a reference stands for.
  ///
  /// - Parameters:
  ///   - href: a URL (`https:`, `s3:`, … are kept as they are; `file:` becomes a path, percent-decoded), an
  ///     absolute path, or a relative path.
  ///   - document: the absolute path or URL of the document that holds the reference.
  /// - Returns: an absolute local path without "." and ".." steps, or a URL.
  public static func resolve(_ href: String, against document: String) -> String {
    let href = withoutBlanks(href, unlessIn: document)
    guard let scheme = scheme(of: document) else {
      return resolve(href, inFolder: folder(of: document))
    }
    let location = remote(href, scheme: scheme, document: document)
    return RemoteReference.isAllowed(location) ? location : RemoteReference.refused(href)
  }

  /// A reference without the blanks and line ends around it, which no URL has (WHATWG URL, 4.4); the name of a local
  /// file may have them.
  private static func withoutBlanks(_ href: String, unlessIn document: String) -> String {
    var text = Substring(href)
    while let first = text.unicodeScalars.first, first.value <= 0x20 { text.unicodeScalars.removeFirst() }
    while let last = text.unicodeScalars.last, last.value <= 0x20 { text.unicodeScalars.removeLast() }
    guard text.utf8.count < href.utf8.count else { return href }
    let trimmed = String(text)
    if scheme(of: document) != nil || RemoteReference.scheme(of: trimmed) != nil { return trimmed }
    return access(resolve(href, inFolder: folder(of: document)), F_OK) == 0 ? href : trimmed
  }

  /// The folder of a document; empty where its location names none.
  private static func folder(of document: String) -> String {
    document.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(document[..<$0]) } ?? ""
  }

  /// What a reference in a document on a server stands for, allowed or not.
  private static func remote(_ href: String, scheme: String, document: String) -> String {
    if let named = part(of: href) {
      return named.head + remote(named.path, scheme: scheme, document: document) + named.tail
    }
    if RemoteReference.scheme(of: href) != nil { return href }
    if href.hasPrefix("//") { return "\(scheme):\(href)" }
    let afterScheme = document.dropFirst(scheme.count + 3)
    let server = "\(scheme)://\(afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" })"
    var path = afterScheme.dropFirst(server.count - scheme.count - 3).prefix { $0 != "?" && $0 != "#" }
    if href.hasPrefix("?"), RemoteReference.webSchemes.contains(scheme) { return "\(server)\(path)\(href)" }
    if href.hasPrefix("/") { return server + normalized(href, isRemote: true) }
    path = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
    return server + normalized("\(path)/\(href)", isRemote: true)
  }

  /// GDAL's name of a part of a file, KIND:"path":part: the path in it is the reference. Nil for all other references.
  private static func part(of href: String) -> (head: Substring, path: String, tail: Substring)? {
    guard href.utf8.contains(UInt8(ascii: "\"")), let mark = href.firstIndex(of: "\""),
      href[..<mark].hasSuffix(":"), !href[..<mark].contains("/"),
      let end = href[href.index(after: mark)...].firstIndex(of: "\"")
    else { return nil }
    return (href[...mark], String(href[href.index(after: mark)..<end]), href[end...])
  }

  /// The absolute location of a reference given in a folder (as a configuration's own folder).
  public static func resolve(_ href: String, inFolder folder: String) -> String {
    if scheme(of: folder) != nil { return resolve(href, against: folder + "/") }
    if RemoteReference.refusedReference(in: href) != nil { return href }
    if let named = part(of: href) { return named.head + resolve(named.path, inFolder: folder) + named.tail }
    if href.utf8.count >= 5, href.prefix(5).lowercased() == "file:" { return path(ofFileURL: href) }
    if scheme(of: href) != nil { return href }
    return existing(normalized(href.hasPrefix("/") ? href : "\(folder)/\(href)"))
  }

  /// A path as it stands where there is such a file, or none either way; else with its escapes ("%20") decoded, as in a
  /// URI reference.
  private static func existing(_ path: String) -> String {
    guard path.utf8.contains(UInt8(ascii: "%")), access(path, F_OK) != 0 else { return path }
    let decoded = normalized(PercentEncoding.decoded(path))
    return !decoded.utf8.contains(0) && access(decoded, F_OK) == 0 ? decoded : path
  }

  /// The scheme of a URL, in lower case: "https", "s3", …; nil for a path.
  public static func scheme(of location: String) -> String? {
    // The common local path must not cost a search.
    guard let first = location.utf8.first, first != UInt8(ascii: "/"), first != UInt8(ascii: ".") else {
      return nil
    }
    let name = location.utf8.prefix { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard !name.isEmpty, location.utf8.dropFirst(name.count).starts(with: "://".utf8) else { return nil }
    return String(name)?.lowercased()
  }

  private static func path(ofFileURL url: String) -> String {
    var path = url.dropFirst("file:".count)
    if path.hasPrefix("//") {
      // file://host/path: the host is this machine, whatever it is called.
      path = path.dropFirst(2)
      path = path.firstIndex(of: "/").map { path[$0...] } ?? ""
    }
    return normalized(PercentEncoding.decoded(path))
  }

  /// A path without empty, "." and ".." steps; a reference's query (`?…`) is left alone.
  private static func normalized(_ path: String, isRemote: Bool = false) -> String {
    // GDAL's virtual paths (/vsicurl/https://…) hold URLs; most other paths have nothing to normalise.
    guard isRemote || !path.hasPrefix("/vsi"), !path.hasPrefix("/") || hasOddStep(path) else { return path }
    // Bytes: slashes and marks are found without a look at what stands between them.
    let end = path.utf8.firstIndex(of: UInt8(ascii: "?")) ?? path.endIndex
    var steps: [Substring] = []
    for step in path.utf8[..<end].split(separator: UInt8(ascii: "/")).map(Substring.init) {
      switch step {
      case ".": continue
      case "..": if !steps.isEmpty { steps.removeLast() }
      default: steps.append(step)
      }
    }
    let slash = path[..<end].hasSuffix("/") && !steps.isEmpty ? "/" : ""
    return "/" + steps.joined(separator: "/") + slash + path[end...]
  }

  /// Whether some step of a path is empty or begins with a dot.
  private static func hasOddStep(_ path: String) -> Bool {
    var last: UInt8 = 0
    for byte in path.utf8 {
      if last == UInt8(ascii: "/"), byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") { return true }
      last = byte
    }
    return false
  }
}
