import JSON
import Modules
import Pipeline
import Testing

/// An editor that has the schema and `apus validate` say the same of a config.
@Suite struct SchemaAgreementTests {
  private static let check = SchemaCheck(root: ConfigSchema.schema())

  private static func config(
    area: String = #""native""#, name: String = "s", before: String = "", module: String? = nil,
    pipeline: String = #""p""#
  ) -> String {
    let download =
      #"{ "module": "download", "source": "https://example.org/stac", "collection": "landsat-c2-l2" }"#
    return
      #"{ "pipeline": \#(pipeline), "area": \#(area), \#(before) "sequences": [{ "name": "\#(name)", "modules": ["#
      + download + #", { "module": "ndvi", "save": true }"# + (module.map { ", " + $0 } ?? "") + "] }] }"
  }

  /// Whether the schema and reading take a config, and what reading says.
  private static func verdicts(_ text: String) throws -> (schema: Bool, reading: Bool, messages: [String]) {
    let value = try JSONParser.parse(Array(text.utf8), dialect: .relaxed).plain
    let reading = ConfigReader.read(Array(text.utf8), file: "a.json")
    return (check.faults(value).isEmpty, reading.config != nil, reading.messages)
  }

  private static func box(_ more: String) -> String { #"{ "bbox": [-71.2, -35.4, -71.1, -35.3]\#(more) }"# }
  private static func memory(_ text: String) -> String {
    config(before: #""resources": { "memory": \#(text) },"#)
  }
  private static func composite(_ members: String) -> String {
    config(module: #"{ "module": "composite", "of": "ndvi", \#(members) }"#)
  }
  private static func mask(_ members: String) -> String {
    config(
      module:
        #"{ "module": "cloud_mask", "reject": ["cloud"], \#(members) }, { "module": "ndvi", "as": "n" }"#)
  }
  private static func dates(_ start: String, _ end: String = "2021-12-31") -> String {
    config(before: #""dates": { "start": "\#(start)", "end": "\#(end)" },"#)
  }

  static let wrong: [String] = [
    // Areas.
    config(area: #""everything""#), config(area: "{}"), config(area: "null"),
    config(area: #"{ "bbox": [1, 2, 3] }"#),
    config(area: #"{ "bbox": [-271.6, -95.4, -71.3, -35.6] }"#),
    config(area: #"{ "bbox": [-35.6, -171.6, -35.4, -171.3] }"#),
    config(area: #"{ "bbox": [1, 2, 3, 4, 5] }"#), config(area: #"{ "bbox": ["1", 2, 3, 4] }"#),
    config(area: box(#", "like": "a.tif""#)), config(area: box(#", "crs": 32719, "resolution": 30"#)),
    config(area: box(#", "crs": "EPSG:32719", "resolution": -30"#)),
    config(area: box(#", "crs": "EPSG:32719", "resolution": [30, 30, 30]"#)),
    config(area: box(#", "buffer": 100"#)), config(area: #"{ "around": [11, 95], "buffer": 5 }"#),
    config(area: #"{ "around": [11, 45] }"#), config(area: #"{ "around": [11, 45, 3], "buffer": 5 }"#),
    config(area: #"{ "around": [11, 45], "buffer": 0 }"#),
    // Dates.
    dates("2021"), dates("2021-01"), dates("2021-02-30"), dates("2021-13-01"), dates("2021-04-31"),
    dates("2100-02-29"),
    dates("01/02/2021"), dates("2021-01-01T00:00:00Z"),
    config(before: #""dates": { "start": "2021-01-01" },"#),
    config(before: #""dates": "2021","#),
    // Resources and output.
    memory("512"), memory(#""512""#), memory(#""10MiB""#), memory(#""255 MiB""#), memory(#""0.2GB""#),
    memory(#""268MB""#),
    memory(#""1 gig""#), memory(#""-1GB""#), memory(#""""#), memory("-1"), memory(#""26843545B""#),
    memory(#""100000k""#),
    config(before: #""resources": { "threads": -1 },"#),
    config(before: #""resources": { "threads": "auto" },"#),
    config(before: #""resources": { "chunk": 0 },"#),
    config(before: #""resources": { "chunk": [512, 512, 1] },"#),
    config(before: #""resources": { "chunk": "512x512" },"#),
    config(before: #""output": { "formats": [] },"#),
    config(before: #""output": { "formats": ["geotiff"] },"#),
    config(before: #""output": { "formats": "netcdf" },"#),
    config(before: #""output": { "formats": ["netcdf", "netcdf"] },"#),
    config(before: #""output": { "deflate": 10 },"#),
    config(before: #""output": { "pictures": { "ndvi": { "limits": [0, 1, 2] } } },"#),
    config(before: #""output": { "pictures": { "ndvi": { "colours": "jet" } } },"#),
    config(before: #""outputs": {},"#), config(before: #""run_mode": "slrum","#),
    config(before: #""run_mode": "slurm", "cluster": { "partition": "" },"#),
    config(before: #""run_mode": "slurm", "cluster": { "memory": "much" },"#), config(pipeline: #""""#),
    config(pipeline: "1"),
    // Names.
    config(name: ""), config(name: "a/b"), config(name: ".."), config(name: ".a"), config(name: "größe"),
    config(name: "a."),
    config(name: "con"), config(name: "LPT1.x"), config(name: "ledger"), config(name: "run.json"),
    config(name: String(repeating: "a", count: 101)),
    composite(#""as": "my ndvi""#), composite(#""as": "-a""#), composite(#""as": "nul""#),
    composite(#""as": 3"#),
    // Periods and statistics.
    composite(#""period": "monthly""#), composite(#""period": "date""#), composite(#""period": "0d""#),
    composite(#""period": "3661d""#), composite(#""period": { "days": 0 }"#),
    composite(#""period": { "weeks": 2 }"#),
    composite(#""period": { "days": 16, "from": "begin" }"#), composite(#""period": []"#),
    composite(#""period": [{ "start": "2021-01-01", "end": "2021-02-01" }]"#),
    composite(#""period": [{ "label": "a", "start": "2021-01-01" }]"#),
    composite(#""period": [{ "label": "a", "start": "2021-01-01", "end": "2021-02-30" }]"#),
    composite(#""statistic": "average""#), composite(#""statistic": "p101""#),
    composite(#""statistic": "p""#),
    composite(#""statistic": ["mean", "medain"]"#), composite(#""statistic": []"#),
    composite(#""min_count": 0"#),
    composite(#""best": { "nearest_to": "July" }"#),
    config(module: #"{ "module": "index", "name": "NVDI" }"#),
    config(module: #"{ "module": "index", "name": ["EVI", "NDXX"] }"#),
    config(module: #"{ "module": "index" }"#), config(module: #"{ "module": "nvdi" }"#),
    config(module: #"{ "save": true }"#),
    mask(#""dilate": -3"#), mask(#""dilate": "90 miles""#), mask(#""dilate": "m""#),
    mask(#""dilate": "1.2.3 m""#),
    config(module: #"{ "module": "focal", "radius": "3 ft" }"#), config(module: #"{ "module": "focal" }"#),
    config(module: #"{ "module": "expression", "formula": "ndvi * 2", "as": "x", "range": [0] }"#),
  ]

  static let right: [String] = [
    config(), config(area: box("")), config(area: box(#", "crs": "EPSG:32719", "resolution": [30, 20]"#)),
    config(area: #"{ "bbox": [-71.2, -35.4, 0, -71.1, -35.3, 10], "crs": "EPSG:32719", "resolution": 30 }"#),
    config(area: #"{ "bbox": [299715, 6101115, 304215, 6104115], "bbox_crs": "EPSG:32719" }"#),
    config(area: #"{ "bbox": [170, -20, 190, -10] }"#),
    config(area: #"{ "around": [-71.1, -35.3], "buffer": 500 }"#),
    dates("2020-02-29"), dates("2000-02-29"), dates("2021-01-01"), dates("2021-04-30"),
    memory("268435456"), memory(#""268435456""#), memory(#""256MiB""#), memory(#""512 mib""#),
    memory(#""1G""#),
    memory(#""0.25GiB""#), memory(#""1.5 GB""#), memory(#""0.27GB""#), memory(#""269MB""#),
    memory(#""262144k""#),
    memory(#""1000000000 B""#), config(before: #""resources": { "chunk": [256, 512] },"#),
    config(before: #""output": { "pictures": { "ndvi": { "limits": [0, 1] } } },"#),
    config(name: "a-b_c.d1"), config(name: "console"), config(name: "9"), composite(#""as": "n.1""#),
    composite(#""period": "30d""#), composite(#""period": "1y""#), composite(#""period": "month_of_year""#),
    composite(#""period": { "days": 16, "from": "2021-01-15" }"#),
    composite(#""period": { "months": 3, "from": "start" }"#),
    composite(#""period": [{ "label": "a", "start": "2021-01-01", "end": "2021-02-28" }]"#),
    composite(#""statistic": "p2.5""#), composite(#""statistic": ["p10", "mean", "p100"]"#),
    composite(#""best": { "nearest_to": "07-15" }"#), composite(#""best": { "nearest_to": "2021-07-15" }"#),
    config(module: #"{ "module": "index", "name": "EVI" }"#),
    config(module: #"{ "module": "index", "name": ["evi", "savi"] }"#),
    config(module: #"{ "module": "index", "name": "tcb" }"#),
    mask(#""dilate": 3"#), mask(#""dilate": "90 m""#), mask(#""dilate": "0.1km""#),
    config(module: #"{ "module": "focal", "radius": "90 m" }"#),
  ]

  /// What takes more than a schema to see: files, names, the order of numbers, modules and dates.
  static let beyond: [String] = [
    config(area: #"{ "bbox": [-71.6, -35.4, -71.3, -35.6] }"#), config(area: #"{ "like": "none.tif" }"#),
    config(area: box(#", "crs": "EPSG:99999", "resolution": 30"#)), dates("2021-12-31", "2021-01-01"),
    config(module: #"{ "module": "seasonal_mean", "of": "ndwi" }"#),
    composite(#""period": { "days": 16, "months": 1 }"#),
    config(module: #"{ "module": "expression", "formula": "ndvi * (2", "as": "x" }"#),
  ]

  @Test(arguments: wrong)
  func `what reading refuses the schema refuses`(text: String) throws {
    let found = try Self.verdicts(text)
    #expect(!found.reading, "reading takes it")
    #expect(!found.schema, "the schema takes it; reading says \(found.messages)")
  }

  @Test(arguments: right)
  func `what reading takes the schema takes`(text: String) throws {
    let found = try Self.verdicts(text)
    #expect(found.reading, "\(found.messages)")
    let value = try JSONParser.parse(Array(text.utf8), dialect: .relaxed).plain
    #expect(Self.check.faults(value).isEmpty)
  }

  @Test(arguments: beyond)
  func `what takes more than a schema to see is for reading alone`(text: String) throws {
    let found = try Self.verdicts(text)
    #expect(!found.reading && found.schema)
  }

}
