import JSON

/// One page of a search as it is asked for, so that the link to the next page can build on it.
struct StacRequest: Hashable, Sendable {
  var address: String
  var headers: [String: String] = [:]
  /// The body of a POST; nil for a GET, whose parameters are in the address.
  var body: JSONValue?

  var http: CatalogRequest {
    guard let body else { return CatalogRequest(url: address, headers: headers) }
    var all = headers
    all["Content-Type"] = "application/json"
    return CatalogRequest(url: address, headers: all, body: Array(body.text().utf8))
  }

  /// The first page of a search.
  ///
  /// - Parameter parameters: as for POST.
  static func first(_ api: StacAPI, _ parameters: JSONValue, isPost: Bool) -> StacRequest {
    guard !isPost, let object = parameters.object else {
      return StacRequest(address: api.postAddress ?? api.getAddress, body: parameters)
    }
    var address = api.getAddress
    for (name, value) in object {
      address += address.contains("?") ? "&" : "?"
      address += "\(name)=" + percentEncoded(text(of: value, named: name))
    }
    return StacRequest(address: address)
  }

  /// The page that a page's link leads to; nil when it has none.
  func next(in page: JSONNode) throws(CatalogError) -> StacRequest? {
    guard let link = page["links"]?.array?.first(where: { $0["rel"]?.string == "next" }) else { return nil }
    guard let href = link["href"]?.string, !href.isEmpty else {
      throw CatalogError(location: address, message: "its link \"next\" has no \"href\"")
    }
    let target = Href.upgraded(Href.resolve(href, against: address), from: address)
    var next = StacRequest(address: target)
    for member in link["headers"]?.members ?? [] {
      let values = member.node.array?.compactMap(\.string) ?? [member.node.string].compactMap { $0 }
      next.headers[member.key] = values.joined(separator: ", ")
    }
    let merges = link["merge"]?.bool == true
    if merges { next.headers = headers.merging(next.headers) { $1 } }
    guard link["method"]?.string?.uppercased() == "POST" else { return next }
    guard let given = link["body"], let members = given.plain.object else {
      // A link without a body asks the same again at another address.
      next.body = body ?? .object(JSONObject())
      return next
    }
    guard merges, let body else {
      next.body = given.plain
      return next
    }
    var merged = body
    for (name, value) in members { merged[name] = value }
    next.body = merged
    return next
  }

  /// A parameter as GET has it: lists with commas, objects as JSON text.
  private static func text(of value: JSONValue, named name: String) -> String {
    if name == "sortby", let keys = value.array {
      return keys.map { ($0["direction"]?.string == "desc" ? "-" : "+") + ($0["field"]?.string ?? "") }
        .joined(separator: ",")
    }
    if let text = value.string { return text }
    if let list = value.array { return list.map { $0.string ?? $0.text() }.joined(separator: ",") }
    return value.text()
  }

  private static func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    return text.utf8.reduce(into: "") { encoded, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "/"):
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        encoded.append("%")
        encoded.append(digits[Int(byte >> 4)])
        encoded.append(digits[Int(byte & 15)])
      }
    }
  }
}
