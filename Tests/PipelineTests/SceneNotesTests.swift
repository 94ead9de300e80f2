import Engine
import JSON
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// What a search says of what it found.
@Suite struct SceneNotesTests {
  @Test func `duplicates stand in the summary, also of a run that is continued`() async throws {
    let granules = try SwathRunTests.Granules()
    try await MadeGranule(longitude: 10, latitude: 40).write(granules.path("other"))
    try await MadeGranule(longitude: 10, latitude: 40).write(granules.path("a"))
    let item = """
      { "type": "Feature", "stac_version": "1.0.0", "id": "a", "bbox": [8, 38, 12, 42], "links": [],
        "geometry": { "type": "Polygon", "coordinates": [[[8, 38], [12, 38], [12, 42], [8, 42], [8, 38]]] },
        "properties": { "datetime": "2024-08-01T17:42:45Z" },
        "assets": { "a": { "href": "granules/a.nc", "roles": ["data"] } } }
      """
    try LocalFiles.writeAtomically(
      granules.folder.file("items.json"),
      text: #"{ "type": "FeatureCollection", "features": [\#(item), \#(item)] }"#)
    let config = try granules.config(
      "n", area: SwathRunTests.fewCells, bands: #"["chlor_a"]"#, download: #", "regrid": "nearest""#,
      source: "items.json")
    for _ in 0..<2 {
      let outcome = try await granules.compute(config, variable: "chlor_a").outcome
      #expect(outcome.report.sequences[0].notes.contains("1 duplicate scene dropped"))
      let summary = try JSONParser.parse(LocalFiles.readAll("\(config.output.location)/summary.json"))
      let notes = summary["sequences"]?.array?.first?["notes"]?.array?.compactMap(\.string)
      #expect(notes?.contains("1 duplicate scene dropped") == true)
    }
  }
}
