import Foundation
import JSON
import NetCDF
import Storage
import TestSupport
import Testing

/// The ready configs and modules that look over time or space, run on a simulated archive: results do not depend on
/// chunks.
@Suite struct ReadyRunTests {
  private static let configs = LocalFiles.parent(of: #filePath) + "/../../configs/"

  /// An archive with every reflectance band.
  private static let archive = Task {
    let folder = try makeSharedFolder()
    try await Program(
      [
        Project.apus, "simulate", "archive", "--dates", "8", "--size", "120x90", "--tile", "32", "--quiet",
        "--bands", "blue,green,red,nir08,swir16,swir22,qa_pixel",
      ], in: folder
    ).output()
    return folder + "/archive"
  }

  private func folder() async throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(atPath: try await Self.archive.value, toPath: folder.path + "/archive")
    return folder
  }

  private func run(_ folder: TemporaryFolder, _ text: String, chunk: Int, output: String) async throws {
    let sized = text.replacing("CHUNK", with: "\(chunk)")
    try LocalFiles.writeAtomically(folder.path + "/config.json", text: sized)
    let result = try await Program(
      [Project.apus, "run", "config.json", "--progress", "none", "--output", output], in: folder.path
    ).run()
    #expect(result.status == 0, "\(result.errors)")
  }

  @NetCDFThread
  private static func read(_ path: String, _ variable: String) throws -> [UInt64] {
    try NetCDFFileReader(path).doubles(variable).map(\.bitPattern)
  }

  /// The files of results that two runs have, compared bit for bit; each has at least one value.
  private func compare(_ folder: TemporaryFolder, _ variables: [String], sequence: String) async throws {
    for variable in variables {
      let found = try await Self.read("\(folder.path)/one/\(sequence)/\(variable).nc", variable)
      let other = try await Self.read("\(folder.path)/other/\(sequence)/\(variable).nc", variable)
      #expect(found == other, "\(variable)")
      #expect(found.contains { !Double(bitPattern: $0).isNaN }, "\(variable)")
    }
  }

  /// A ready config on the archive: its own modules, with the source, area and dates of the archive.
  private func ready(_ name: String) throws -> String {
    // Days that a config names are in the archive's year.
    let text = String(decoding: try LocalFiles.readAll(Self.configs + name), as: UTF8.self)
      .replacing("\"2020-", with: "\"2021-")
    var config = try JSONParser.parse(text, dialect: .relaxed).plain
    config["area"] = "native"
    config["dates"] = ["start": "2021-01-01", "end": "2021-12-31"]
    config["resources"] = ["threads": 2, "chunk": "CHUNK"]
    var sequences = config["sequences"]?.array ?? []
    var modules = sequences.first?["modules"]?.array ?? []
    modules[0] = ["module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2"]
    sequences[0]["modules"] = .array(modules)
    config["sequences"] = .array(sequences)
    return config.text(pretty: true).replacing("\"CHUNK\"", with: "CHUNK")
  }

  @Test(
    arguments: [
      (
        "monthly-composite.json",
        [
          "red_month_median", "green_month_median", "blue_month_median", "ndbi_all_mean", "smoothed",
          "bright",
        ]
      ),
      ("burnt-area.json", ["before", "after", "dnbr", "burnt"]),
      ("water-extent.json", ["water_frequency", "usually_water"]),
    ])
  func `ready configs run on a simulated archive`(name: String, variables: [String]) async throws {
    let folder = try await folder()
    let text = try ready(name)
    for (chunk, output) in [(32, "one"), (90, "other")] {
      try await run(folder, text, chunk: chunk, output: output)
    }
    try await compare(folder, variables, sequence: "landsat")
    guard name == "monthly-composite.json" else { return }
    let layers = try LocalFiles.list(folder.path + "/one/quicklooks/landsat/true_colour")
    let pictures = ["true_colour.png", "true_colour/\(try #require(layers.first))"]
      .map { "/quicklooks/landsat/\($0)" }
    for path in pictures {
      let picture = try LocalFiles.readAll("\(folder.path)/one\(path)")
      #expect(try picture == LocalFiles.readAll("\(folder.path)/other\(path)"))
      #expect(ColourPicture(png: picture)?.texts["apus-scale"]?.contains("red_month_median") == true)
    }
    let page = String(decoding: try LocalFiles.readAll(folder.path + "/one/report.html"), as: UTF8.self)
    #expect(page.contains("red_month_median, green_month_median, blue_month_median as red, green and blue"))
  }

  @Test func `the ready config of fields gives tables that do not depend on chunks`() async throws {
    let folder = try await folder()
    let items = try JSONParser.parse(try LocalFiles.readAll(folder.path + "/archive/items.json"))
    let box = (items["features"]?.array?.first?["bbox"]?.array ?? []).compactMap(\.double)
    try #require(box.count == 4)
    func corner(_ x: Double, _ y: Double) -> JSONValue {
      [.number(box[0] + x * (box[2] - box[0])), .number(box[1] + y * (box[3] - box[1]))]
    }
    // A field over the edges of chunks, one of less than a pixel, and one that reaches beyond the images.
    let fields = [("wheat", 0.2, 0.6), ("maize", 0.4, 0.401), ("orchard", 0.7, 1.3)].map { crop, from, to in
      [
        "type": "Feature", "properties": ["id": .string("the \(crop)"), "crop": .string(crop)],
        "geometry": [
          "type": "Polygon",
          "coordinates": [[corner(from, from), corner(to, from), corner(to, to), corner(from, from)]],
        ],
      ] as JSONValue
    }
    let features: JSONValue = ["type": "FeatureCollection", "features": .array(fields)]
    try LocalFiles.writeAtomically(folder.path + "/fields.geojson", text: features.text())
    let text = try ready("field-time-series.json")
    for (chunk, output) in [(32, "one"), (90, "other")] {
      try await run(folder, text, chunk: chunk, output: output)
    }
    for table in ["fields", "curves"] {
      let found = try LocalFiles.readAll("\(folder.path)/one/landsat/\(table).csv")
      #expect(try found == LocalFiles.readAll("\(folder.path)/other/landsat/\(table).csv"))
      let rows = String(decoding: found, as: UTF8.self).split(separator: "\n")
      #expect(rows[0].contains("_mean") && rows.count > 3 && (rows.count - 1).isMultiple(of: 3))
      #expect(rows.contains { $0.contains("the orchard") })
    }
  }

  @Test func `indices, whole pixels, filters and series do not depend on chunks`() async throws {
    let folder = try await folder()
    let text = """
      { "pipeline": "all", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
        "resources": { "threads": 2, "chunk": CHUNK },
        "sequences": [{ "name": "s", "modules": [
          { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
          { "module": "cloud_mask", "reject": ["fill", "cloud"], "dilate": "60 m" },
          { "module": "index", "name": ["NDVI", "EVI", "TCW"] },
          { "module": "composite", "of": ["red", "nir08"], "best": { "highest": "ndvi" }, "period": "quarter" },
          { "module": "composite", "of": ["red", "nir08", "swir16"], "statistic": "geomedian", "as": "geo" },
          { "module": "composite", "of": ["red", "nir08"], "statistic": "medoid" },
          { "module": "composite", "of": "evi", "statistic": ["p10", "mad", "std", "date_of_max"] },
          { "module": "focal", "of": "geo_red", "radius": "90 m", "as": "soft", "save": true },
          { "module": "gapfill", "of": "ndvi", "as": "full" },
          { "module": "smooth", "of": "ndvi", "lambda": 5, "every": 30, "as": "smooth" },
          { "module": "composite", "of": "full", "statistic": "max", "period": "quarter", "as": "greenest" },
          { "module": "trend", "of": "tcw", "as": "wetter" },
          { "module": "threshold", "of": "greenest", "otsu": true, "as": "leafy", "save": true },
          { "module": "expression", "formula": "smooth * 2", "as": "twice" },
          { "module": "threshold", "of": "twice", "percentile": 75, "as": "most", "save": true },
          { "module": "harmonic", "of": "ndvi", "as": "wave" }
        ] }] }
      """
    for (chunk, output) in [(32, "one"), (77, "other")] {
      try await run(folder, text, chunk: chunk, output: output)
    }
    try await compare(
      folder,
      [
        "red_quarter_best", "nir08_quarter_best", "geo_red", "geo_emad", "geo_bcmad", "red_all_medoid",
        "evi_all_p10",
        "evi_all_mad", "evi_all_date_of_max", "soft", "full", "smooth", "greenest", "leafy", "most",
        "wetter_slope",
        "wetter_p",
        "wave_amplitude1", "wave_rmse",
      ], sequence: "s")
  }
}
