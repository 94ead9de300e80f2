public import Geo
internal import JSON

/// A search for granules in NASA's Common Metadata Repository.
public struct CMRSearch: Hashable, Sendable {
  /// "https://cmr.earthdata.nasa.gov/search", or another server that speaks the same.
  public var base: String
  /// "PACE_OCI_L2_BGC"; several are searched one after the other.
  public var shortName: String
  public var version: String?
  public var provider: String?
  /// The moments that granules must touch.
  public var period: ClosedRange<CalendarDate>?
  /// In degrees; west greater than east across the antimeridian.
  public var box: BoundingBox?

  /// Where NASA's own is.
  public static let standard = "https://cmr.earthdata.nasa.gov/search"
  /// Granules on a page: the most that there may be.
  public static let pageSize = 2000
  /// The header that tells the next page.
  public static let pageHeader = "CMR-Search-After"

  public init(
    base: String = standard, shortName: String, version: String? = nil, provider: String? = nil,
    period: ClosedRange<CalendarDate>? = nil, box: BoundingBox? = nil
  ) {
    (self.base, self.shortName, self.version, self.provider) = (base, shortName, version, provider)
    (self.period, self.box) = (period, box)
  }

  /// The base of a source "cmr", or of "cmr:ADDRESS"; nil for other sources.
  public static func base(ofSource source: String) -> String? {
    if source == "cmr" { return standard }
    guard source.hasPrefix("cmr:") else { return nil }
    var address = String(source.dropFirst(4))
    while address.hasSuffix("/") { address.removeLast() }
    return address.hasSuffix("/search") ? address : address + "/search"
  }

  /// The address of every page: later pages are selected by a request header.
  public var url: String {
    var query: [(String, String)] = [("short_name", shortName)]
    if let version { query.append(("version", version)) }
    if let provider { query.append(("provider", provider)) }
    if let period {
      query.append(("temporal", "\(period.lowerBound)T00:00:00Z,\(period.upperBound)T23:59:59Z"))
    }
    if let box { query.append(("bounding_box", box.array.map { "\($0)" }.joined(separator: ","))) }
    query += [("page_size", "\(Self.pageSize)"), ("sort_key", "start_date")]
    return "\(base)/granules.umm_json?"
      + query.map { "\($0.0)=\(Self.escaped($0.1))" }.joined(separator: "&")
  }

  /// A granule that was found.
  public struct Granule: Sendable {
    /// "PACE_OCI.20240801T174245.L2.OC_BGC.V3_0.nc".
    public let name: String
    public let version: String
    public let start: Instant
    /// Where it is to be had over the web; nil where it is not.
    public let url: String?
    /// Where it is to be had as an object of S3, and where the keys for that are.
    public let object: (url: String, keys: String)?
    public let size: Int?
    /// A multihash, in hexadecimal.
    public let checksum: String?
  }

  /// The granules of a page, and what is wrong with others.
  ///
  /// - Throws: `CatalogError` for an answer that is none of CMR's.
  public static func granules(
    of body: [UInt8], at location: String
  ) throws(CatalogError) -> (found: [Granule], lost: [String], hits: Int?) {
    let root = try StaticCatalog.parse(body, location: location)
    guard let items = root["items"]?.array else {
      throw CatalogError(
        location: location, message: "the answer is none of CMR's: it has no \"items\"",
        advice: "check the address of the source")
    }
    var (found, lost): ([Granule], [String]) = ([], [])
    for item in items {
      guard let umm = item["umm"], let name = umm["GranuleUR"]?.string, !name.isEmpty else {
        lost.append("\(location): a granule without a name (GranuleUR)")
        continue
      }
      let time = umm["TemporalExtent"]
      let text = time?["RangeDateTime"]?["BeginningDateTime"]?.string ?? time?["SingleDateTime"]?.string
      guard let start = text.flatMap({ Instant($0) }) else {
        lost.append("granule \"\(name)\": CMR does not say when it begins")
        continue
      }
      let related = (umm["RelatedUrls"]?.array ?? []).compactMap { link in
        link["URL"]?.string.map { (type: link["Type"]?.string ?? "", url: $0) }
      }
      let object = related.first {
        $0.type == "GET DATA VIA DIRECT ACCESS" && $0.url.hasPrefix("s3://")
      }
      let keys = related.first { $0.url.prefix { $0 != "?" }.hasSuffix("/s3credentials") }
      let information = umm["DataGranule"]?["ArchiveAndDistributionInformation"]?.array?.first
      let checksum = information?["Checksum"]
      found.append(
        Granule(
          name: name, version: umm["CollectionReference"]?["Version"]?.string ?? "", start: start,
          url: related.first {
            $0.type == "GET DATA" && ($0.url.hasPrefix("https://") || $0.url.hasPrefix("http://"))
          }?.url,
          object: object.flatMap { object in keys.map { (object.url, $0.url) } },
          size: information?["SizeInBytes"]?.integer,
          checksum: multihash(checksum?["Value"]?.string, checksum?["Algorithm"]?.string)))
    }
    return (found, lost, root["hits"]?.integer)
  }

  /// The granules of the newest version, and how many there are of each: versions are never mixed.
  public static func newest(_ granules: [Granule]) -> (
    granules: [Granule], versions: [(version: String, count: Int)]
  ) {
    var counts: [String: Int] = [:]
    for granule in granules { counts[granule.version, default: 0] += 1 }
    func parts(_ version: String) -> [Int] { version.split { !$0.isNumber }.map { Int($0) ?? 0 } }
    let versions = counts.keys.sorted { parts($1).lexicographicallyPrecedes(parts($0)) }
    return (granules.filter { $0.version == versions.first }, versions.map { ($0, counts[$0] ?? 0) })
  }

  private static func multihash(_ value: String?, _ algorithm: String?) -> String? {
    guard let value = value?.lowercased(), value.allSatisfy(\.isHexDigit) else { return nil }
    switch (algorithm?.uppercased().filter { $0 != "-" }, value.count) {
    case ("MD5", 32): return "d50110" + value
    case ("SHA1", 40): return "1114" + value
    case ("SHA256", 64): return "1220" + value
    case ("SHA512", 128): return "1340" + value
    default: return nil
    }
  }

  private static func escaped(_ text: String) -> String {
    text.utf8.map { byte -> String in
      let character = Character(Unicode.Scalar(byte))
      if character.isASCII, character.isLetter || character.isNumber || "-._~,:".contains(character) {
        return String(character)
      }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }
}
