import JSON
import Testing

@Suite struct DiagnosticTests {
  @Test func `paths are written as RFC9535 has`() {
    #expect(JSONPath.root.description == "$")
    #expect(
      JSONPath.root.appending("sequences").appending(0).appending("modules").appending(2).appending("reject")
        .description == "$.sequences[0].modules[2].reject"
    )
    #expect(
      JSONPath.root.appending("eo:cloud_cover").appending("a\"b").description
        == #"$["eo:cloud_cover"]["a\"b"]"#
    )
    #expect(JSONPath.root.appending("").appending("2nd").description == #"$[""]["2nd"]"#)
  }

  @Test func `a diagnostic names file place path and nearest name`() {
    let path = JSONPath.root.appending("sequences").appending(0).appending("modules").appending(1).appending(
      "band"
    )
    let diagnostic = Diagnostic(
      path: path,
      position: SourcePosition(line: 12, column: 9),
      message: #"unknown band "qa_pixle""#,
      name: "qa_pixle",
      among: ["red", "nir08", "qa_pixel"]
    )
    #expect(
      diagnostic.rendered(file: "configs/a.json")
        == #"configs/a.json:12:9: $.sequences[0].modules[1].band: unknown band "qa_pixle"; "#
        + #"did you mean "qa_pixel"?"#
    )
  }

  @Test func `without a near name nothing is suggested`() {
    let diagnostic = Diagnostic(
      path: .root,
      position: SourcePosition(line: 1, column: 1),
      message: "unknown key \"x\"",
      name: "x",
      among: ["area", "dates"]
    )
    #expect(diagnostic.suggestion == nil)
    #expect(diagnostic.rendered(file: "a") == "a:1:1: $: unknown key \"x\"")
  }

  @Test(
    arguments: [
      ("qa_pixle", "qa_pixel"), ("QA-Pixel", "qa_pixel"), ("nir8", "nir08"), ("nir", "nir08"),
      ("ndiv", "ndvi"),
      ("seasonal-mean", "seasonal_mean"), ("seasonmean", "seasonal_mean"), ("cloudmask", "cloud_mask"),
      ("B2", "B02"), ("banana", nil), ("b", nil), ("", nil), ("zz", nil), ("depend_on", "depends_on"),
    ] as [(String, String?)]
  )
  func `the nearest name is the one meant`(name: String, expected: String?) {
    let names = [
      "red", "nir08", "qa_pixel", "ndvi", "albedo", "seasonal_mean", "cloud_mask", "B02", "depends_on",
    ]
    #expect(NearestName.best(for: name, among: names) == expected)
  }

  @Test func `swapped neighbours are one mistake`() {
    // "rde" is one swap from "red" but two changes from "rdx".
    #expect(NearestName.best(for: "rde", among: ["blue", "red"]) == "red")
  }

  @Test func `names that nobody mistypes are not compared`() {
    // Each comparison would take the product of the two lengths: hours.
    let long = String(repeating: "a", count: 60_000)
    for names in [[long + "b"], Array(repeating: String(repeating: "b", count: 60_000), count: 100), ["red"]]
    {
      #expect(NearestName.best(for: long, among: names) == nil)
    }
    #expect(NearestName.best(for: "red", among: [long, "rde"]) == "rde")
    let name = String(repeating: "abcdefghij", count: 20)
    #expect(NearestName.best(for: name + "x", among: [name]) == name)
  }

  @Test func `without names there is no nearest`() {
    #expect(NearestName.best(for: "red", among: []) == nil)
  }

  @Test(arguments: [
    ("NVDI", ["NDDI", "NDVI"], "NDVI"), ("landsat", ["ga-landsat", "landsat-c2-l2"], "landsat-c2-l2"),
    ("average", ["median", "mean"], "mean"), ("less", ["lte", "lt"], "lt"),
    ("geotiff", ["netcdf", "cog"], "cog"),
    ("average", ["median", "max"], nil),
  ])
  func `of near names that of the same letters is meant, and words of others have a meaning here`(
    word: String, names: [String], nearest: String?
  ) {
    #expect(NearestName.best(for: word, among: names) == nearest)
  }
}
