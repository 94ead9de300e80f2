import Geo
import Testing

@testable import Catalog

/// What NASA's granule search is asked, and what its answers say.
@Suite struct CMRSearchTests {
  @Test("A search names product, version, archive, days and box, each in CMR's words")
  func asks() throws {
    let first = try #require(CalendarDate("2024-08-01"))
    let search = CMRSearch(
      base: "https://cmr.example.org/search", shortName: "A B", version: "3.0", provider: "OB_CLOUD",
      period: first...first.advanced(by: 6), box: BoundingBox(minX: 170, minY: -5, maxX: -170, maxY: 5))
    #expect(
      search.url
        == "https://cmr.example.org/search/granules.umm_json?short_name=A%20B&version=3.0&provider=OB_CLOUD"
        + "&temporal=2024-08-01T00:00:00Z,2024-08-07T23:59:59Z&bounding_box=170.0,-5.0,-170.0,5.0"
        + "&page_size=2000&sort_key=start_date")
    #expect(CMRSearch.base(ofSource: "cmr") == "https://cmr.earthdata.nasa.gov/search")
    #expect(CMRSearch.base(ofSource: "cmr:http://a/") == "http://a/search")
    #expect(CMRSearch.base(ofSource: "granules/*.nc") == nil)
  }

  private static func answer(_ items: String) -> [UInt8] {
    Array(#"{ "hits": 9, "items": [\#(items)] }"#.utf8)
  }

  private static func item(_ name: String, version: String = "3.0", links: String = "", data: String = "")
    -> String
  {
    """
    { "umm": { "GranuleUR": "\(name)", "CollectionReference": { "Version": "\(version)" },
      "TemporalExtent": { "RangeDateTime": { "BeginningDateTime": "2024-08-01T17:42:45.090Z" } },
      "DataGranule": { "ArchiveAndDistributionInformation": [{ \(data) }] }, "RelatedUrls": [\(links)] } }
    """
  }

  @Test("Granules have the addresses and the checksum that the answer gives them; others are named")
  func reads() throws {
    let links = """
      { "Type": "GET DATA", "URL": "ftp://a/g.nc" }, { "Type": "VIEW RELATED INFORMATION", "URL": "https://a/help" },
      { "Type": "GET DATA", "URL": "https://a/g.nc" }, { "Type": "GET DATA VIA DIRECT ACCESS", "URL": "s3://b/g.nc" },
      { "Type": "VIEW RELATED INFORMATION", "URL": "https://a/s3credentials" }
      """
    let md5 = "0123456789ABCDEF0123456789abcdef"
    let body = Self.answer(
      [
        Self.item(
          "whole", links: links,
          data: #""SizeInBytes": 77, "Checksum": { "Value": "\#(md5)", "Algorithm": "MD5" }"#),
        Self.item("bare", data: #""Checksum": { "Value": "12", "Algorithm": "MD5" }"#),
        #"{ "umm": { "GranuleUR": "timeless" } }"#, #"{ "umm": {} }"#,
      ].joined(separator: ","))
    let page = try CMRSearch.granules(of: body, at: "https://cmr")
    #expect(page.hits == 9 && page.found.map(\.name) == ["whole", "bare"])
    let (whole, bare) = (page.found[0], page.found[1])
    #expect(whole.url == "https://a/g.nc" && whole.size == 77)
    #expect(whole.object?.url == "s3://b/g.nc" && whole.object?.keys == "https://a/s3credentials")
    #expect(whole.checksum == "d50110" + md5.lowercased())
    #expect(whole.start.description == "2024-08-01T17:42:45.090000Z")
    #expect(bare.url == nil && bare.object == nil && bare.size == nil && bare.checksum == nil)
    #expect(page.lost.count == 2 && page.lost.contains { $0.contains("timeless") })
    #expect(throws: CatalogError.self) { try CMRSearch.granules(of: Array("{}".utf8), at: "https://cmr") }
  }

  @Test(
    "A checksum is named by its algorithm, as multihashes name it; one that is none of its length is none",
    arguments: [
      ("MD5", 32, "d50110"), ("SHA-1", 40, "1114"), ("SHA-256", 64, "1220"), ("sha512", 128, "1340"),
      ("SHA-256", 40, nil), ("CRC-32", 8, nil),
    ] as [(String, Int, String?)])
  func namesChecksums(algorithm: String, digits: Int, prefix: String?) throws {
    let value = String(repeating: "0f", count: digits / 2)
    let data = #""Checksum": { "Value": "\#(value)", "Algorithm": "\#(algorithm)" }"#
    let page = try CMRSearch.granules(of: Self.answer(Self.item("a", data: data)), at: "https://cmr")
    #expect(page.found.map(\.checksum) == [prefix.map { $0 + value }])
  }

  @Test("Of several versions the newest is taken, by number and not by letters")
  func takesNewest() throws {
    let body = Self.answer(
      ["a", "b", "c", "d"].map {
        Self.item($0, version: ["a": "3.0", "b": "10.1", "c": "10.1", "d": "10"][$0] ?? "")
      }
      .joined(separator: ","))
    let (granules, versions) = CMRSearch.newest(try CMRSearch.granules(of: body, at: "").found)
    #expect(granules.map(\.name) == ["b", "c"])
    #expect(versions.map(\.version) == ["10.1", "10", "3.0"] && versions.map(\.count) == [2, 1, 1])
  }
}
