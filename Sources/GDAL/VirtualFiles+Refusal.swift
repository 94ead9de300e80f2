internal import CGDAL

extension VirtualFiles {
  /// Why an object store or a web server refuses a location, in the server's own words; nil when it does not, or
  /// says nothing.
  ///
  /// GDAL keeps the answers to its requests to itself: this asks once more, with an address that GDAL signs.
  static func refusal(_ location: String) -> String? {
    guard VirtualPath.isRemote(location) else { return nil }
    let name = VirtualPath.gdalName(of: location)
    if let words = openingError(name), !saysNothing(words) { return words }
    let (address, _) = collectingMessages { () -> String? in
      guard VirtualPath.isObjectStore(location) else { return location }
      guard let signed = VSIGetSignedURL(name, nil) else { return nil }
      defer { VSIFree(signed) }
      return String(cString: signed)
    }
    guard let address else {
      return isWithoutKey(name) ? "there is no key for it in the environment or the usual files" : nil
    }
    var options = CSLSetNameValue(nil, "TIMEOUT", "20")
    options = CSLSetNameValue(options, "MAX_RETRY", "0")
    // The beginning is enough.
    options = CSLSetNameValue(options, "HEADERS", "Range: bytes=0-0")
    defer { CSLDestroy(options) }
    let (answer, _) = collectingMessages { CPLHTTPFetch(address, options) }
    guard let answer else { return nil }
    defer { CPLHTTPDestroyResult(answer) }
    let body = String(
      decoding: UnsafeRawBufferPointer(
        start: answer.pointee.pabyData, count: max(0, min(Int(answer.pointee.nDataLen), 4096))), as: UTF8.self
    )
    let status = answer.pointee.pszErrBuf.map { String(cString: $0) }
    guard status != nil || answer.pointee.nStatus != 0 else { return nil }
    let words = body.range(ofText: "<Code>") == nil ? "" : readable(body)
    // Of curl's own words only those without the address, which is signed.
    let own = status.flatMap { $0.range(ofText: "://") == nil ? $0 : nil }
    if words.isEmpty, own.map(saysNothing) == true { return nil }
    let parts = [own, words.isEmpty ? nil : words].compactMap { $0 }
    return parts.isEmpty ? "there is no answer" : parts.joined(separator: ", ")
  }

  /// What GDAL says when it opens a file anew; nil when it can be opened.
  private static func openingError(_ name: String) -> String? {
    GDALLibrary.forgetRemoteFiles(prefix: name)
    VSIErrorReset()
    let (handle, messages) = collectingMessages { VSIFOpenExL(name, "rb", 1) }
    if let handle {
      _ = collectingMessages { VSIFCloseL(handle) }
      return nil
    }
    return readable(messages.failure ?? VSIGetLastErrorMsg().map { String(cString: $0) } ?? "")
  }

  /// A server's words without the XML around them.
  static func readable(_ words: String) -> String {
    guard words.range(ofText: "<Error>") != nil || words.range(ofText: "<Code>") != nil else { return words }
    return ["Code", "Message"].compactMap { element($0, of: words) }.filter { !$0.isEmpty }
      .joined(separator: ": ")
  }

  /// A mere number, or that the object is not there: no wonder before it is stored.
  static func saysNothing(_ words: String) -> Bool {
    let isNumber =
      words.range(ofText: "HTTP ") != nil && words.range(ofText: "code") != nil && words.count < 26
    return words.isEmpty || isNumber || words.range(ofText: "specified key does not exist") != nil
      || words.hasPrefix("NoSuchKey")
  }

  /// The first line of what an XML element holds; answers of servers are short and flat.
  private static func element(_ name: String, of text: String) -> String? {
    guard let start = text.range(ofText: "<\(name)>"),
      let end = text[start.upperBound...].range(ofText: "</\(name)>")
    else { return nil }
    let words = text[start.upperBound..<end.lowerBound].split { $0 == "\n" || $0 == "\r\n" }.first
    return words.map { String($0.prefix(300)) }
  }

  private static func isWithoutKey(_ name: String) -> Bool {
    ["/vsis3", "/vsiaz", "/vsigs"].contains { name.hasPrefix($0) }
  }
}
