import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// What is of no use in a config with tables and layers is said before the run.
@Suite struct TableMistakeTests {
  @Test(arguments: [
    (
      #"{ "module": "sample", "of": "ndvi", "features": "crossing.geojson" }"#,
      "feature 0 is no sound polygon"
    ),
    (#"{ "module": "sample", "of": "ndvi", "features": "empty.geojson" }"#, "there are no features"),
    (
      #"{ "module": "sample", "of": "ndvi", "features": "nowhere.geojson" }"#,
      "there is no \"nowhere.geojson\""
    ),
    (
      #"{ "module": "composite", "of": ["red", "gren"], "as": "c" }"#,
      "unknown variable \"gren\" (here there are: "
    ),
    (#"{ "module": "composite", "of": ["red", "gren"], "as": "c" }"#, "; did you mean \"green\"?"),
    (#"{ "module": "expression", "formula": "nir08 / bleu", "as": "e" }"#, "; did you mean \"blue\"?"),
    (#"{ "module": "sample", "of": "ndvi" }"#, "either \"features\" or \"points\""),
    (#"{ "module": "sample", "of": "ndvi", "points": [[0, 95]] }"#, "a point is [lon, lat]"),
    (
      #"{ "module": "sample", "of": "ndvi", "points": [[0, 0], { "id": "1", "lon": 1, "lat": 0 }] }"#,
      "points[1]: two points are called \"1\""
    ),
    (
      #"{ "module": "threshold", "of": "ndvi", "above": 0, "as": "w" }, { "module": "morphology", "of": "w", "operation": "fill_holes", "size": "100 ha" }"#,
      "modules[4].size: sequence \"s\", module \"morphology\": patches of 1111.11 pixels"
    ),
    (
      #"{ "module": "focal", "of": "ndvi", "radius": "9 km" }"#,
      "modules[3].radius: sequence \"s\", module \"focal\": a radius of 300 pixels"
    ),
    (#"{ "module": "sample", "of": "ndvi", "points": [[0, 0]] }"#, "none of the 1 features lies in the area"),
    (#"{ "module": "sample", "of": "ndvi", "points": [[-70, -35]] }"#, "(EPSG:32719): they lie in ["),
    (
      #"{ "module": "sample", "of": "ndvi", "features": "beside.geojson" }"#, "(EPSG:32719): they lie in ["
    ),
    (
      #"{ "module": "sample", "of": "ndvi", "features": "twice.geojson" }"#, "two features are called \"7\""
    ),
    (
      #"{ "module": "sample", "of": "ndvi", "features": "some.geojson" }"#,
      "has no \"id\", which others have"
    ),
    (
      #"{ "module": "sample", "of": "ndvi", "points": [[0, 0]], "statistics": ["mean"] }"#,
      "points have a value, no statistics"
    ),
    (
      #"{ "module": "sample", "of": "ndvi", "features": "crossing.geojson", "statistics": ["medan"] }"#,
      "unknown statistic \"medan\""
    ),
    (
      #"{ "module": "weather", "source": "nowhere.nc", "save": true, "variables": [{ "name": "t2m", "as": "t" }] }"#,
      "there is no \"nowhere.nc\""
    ),
    (
      #"{ "module": "layer", "file": "nowhere.tif" }, { "module": "ndvi", "as": "n2" }"#,
      "modules[3].file: layer \"layer\" (nowhere.tif): cannot open"
    ),
    (
      #"{ "module": "sample", "of": "ndvi", "features": "crop.geojson", "statistics": ["median", "p50"] }"#,
      "statistics[1]: \"p50\" is the same as \"median\""
    ),
    (
      #"{ "module": "sample", "of": "ndvi", "features": "crop.geojson", "statistics": ["mean", "fractions"] }"#,
      "\"ndvi\" holds numbers, no classes that have \"fractions\""
    ),
    (
      #"{ "module": "sample", "of": ["ndvi", "ndvi"], "features": "crop.geojson" }"#,
      "two columns would be called \"ndvi_count\""
    ),
    (
      #"{ "module": "sample", "of": "ndvi", "features": "crop.geojson", "properties": ["crop", "crop"] }"#,
      "\"crop\" is there twice"
    ),
    (
      #"{ "module": "sample", "of": "ndvi", "points": [[0, 0]], "layer": "a" }"#,
      "\"layer\" is of a file with \"features\""
    ),
    (
      #"{ "module": "layer", "file": "far.tif" }, { "module": "ndvi", "as": "n2" }"#,
      "it does not reach the area"
    ),
    (
      #"{ "module": "layer", "file": "far.tif", "band": 2 }, { "module": "ndvi", "as": "n2" }"#,
      "there is no band 2"
    ),
    (
      #"{ "module": "layer", "file": "far.tif", "offset": 2 }, { "module": "ndvi", "as": "n2" }"#,
      "beside a scale only"
    ),
  ])
  func `what is of no use is said before the run`(modules: String, message: String) async throws {
    let bench = try await CommandBench()
    try LocalFiles.writeAtomically(
      bench.folder + "/crossing.geojson",
      text: """
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry":
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}}]}
        """)
    try bench.writeFields(to: "crop.geojson")
    try LocalFiles.writeAtomically(
      bench.folder + "/empty.geojson", text: #"{"type": "FeatureCollection", "features": []}"#)
    // Eight kilometres west of the area.
    let grid = try bench.grid()
    let corners = [(0, 0), (600, 0), (600, 600), (0, 600), (0, 0)].map {
      "[\(grid.x - 8000 + $0.0), \(grid.y - $0.1)]"
    }
    let beside = """
      {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [[\(corners.joined(
        separator: ","))]]}}
      """
    let system = #""crs": {"type": "name", "properties": {"name": "\#(grid.crs)"}}"#
    try LocalFiles.writeAtomically(
      bench.folder + "/beside.geojson",
      text: "{\"type\": \"FeatureCollection\", \(system), \"features\": [\(beside)]}")
    for (name, ids) in [
      ("twice", ["\"id\": 7", "\"id\": 7"]), ("some", ["\"id\": 7", "\"crop\": \"oats\""]),
    ] {
      let points = ids.map {
        "{\"type\": \"Feature\", \"properties\": {\($0)}, \"geometry\": {\"type\": \"Point\", \"coordinates\": [0, 0]}}"
      }
      try LocalFiles.writeAtomically(
        bench.folder + "/\(name).geojson",
        text: "{\"type\": \"FeatureCollection\", \"features\": [\(points.joined(separator: ","))]}")
    }
    try await Program(
      [
        "gdal_translate", "-q", "-a_ullr", "0", "10", "10", "0", "-a_srs", "EPSG:4326", bench.anyBand(),
        "far.tif",
      ], in: bench.folder
    ).output()
    try bench.writeTables(chunk: 64, modules: modules)
    let result = try await bench.run(["run", "tables.json", "--progress", "none", "--output", "out"])
    #expect(result.status == 64, "\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(!result.errors.contains("a name must not be empty"), "\(result.errors)")
  }
}
