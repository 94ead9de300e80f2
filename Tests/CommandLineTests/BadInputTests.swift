import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// Bad input: what the user is told, with which status, and that what is lost is missing and nothing else changes.
@Suite(.serialized) struct BadInputTests {
  /// One way in which the second date's scene is bad.
  struct Damage: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// What the message says, besides the scene.
    let message: [String]
    /// Cells of the date's twenty that are lost; nil for some of them.
    var lost: Int? = 20
    let apply: @Sendable (CommandBench) throws -> Void
  }

  static let damages = [
    Damage(
      testDescription: "cut in the pixels",
      message: ["band \"red\"", "SR_B4.tif", "columns", "fetch it again"], lost: nil
    ) { bench in
      let path = try bench.file("SR_B4")
      try LocalFiles.truncate(path, to: try LocalFiles.size(path) / 2)
    },
    Damage(
      testDescription: "a quality layer cut in the pixels", message: ["band \"qa_pixel\"", "QA_PIXEL.tif"],
      lost: nil
    ) {
      bench in
      let path = try bench.file("QA_PIXEL")
      try LocalFiles.truncate(path, to: try LocalFiles.size(path) / 2)
    },
    Damage(
      testDescription: "corrupt bytes in a block", message: ["band \"nir08\"", "SR_B5.tif", "damaged"],
      lost: nil
    ) { bench in
      let path = try bench.file("SR_B5")
      var bytes = try LocalFiles.readAll(path)
      for place in (bytes.count / 2)..<(bytes.count / 2 + 3000) { bytes[place] = 0xFF }
      try LocalFiles.writeAtomically(path, bytes)
    },
    Damage(testDescription: "one flipped bit in a block", message: ["band \"nir08\"", "SR_B5.tif"], lost: 1) {
      bench in
      let path = try bench.file("SR_B5")
      var bytes = try LocalFiles.readAll(path)
      bytes[bytes.count * 2 / 3] ^= 0x10
      try LocalFiles.writeAtomically(path, bytes)
    },
    Damage(testDescription: "no header", message: ["band \"red\"", "SR_B4.tif"]) { bench in
      try LocalFiles.truncate(try bench.file("SR_B4"), to: 6)
    },
    Damage(
      testDescription: "an empty file", message: ["band \"nir08\"", "the file is empty (fetch it again)"]
    ) { bench in
      try LocalFiles.truncate(try bench.file("SR_B5"))
    },
    Damage(
      testDescription: "a missing file", message: ["band \"nir08\"", "SR_B5.tif: No such file or directory"]
    ) { bench in
      try LocalFiles.remove(try bench.file("SR_B5"))
    },
    Damage(testDescription: "no asset", message: ["has no asset for band \"nir08\" (it has: "]) { bench in
      try bench.changeItem { item in
        var assets = item["assets"] as? [String: Any] ?? [:]
        assets["nir08"] = nil
        item["assets"] = assets
      }
    },
    Damage(testDescription: "a scale of zero", message: ["a scale of 0.0"]) { bench in
      try bench.changeItem { item in
        var assets = item["assets"] as? [String: Any] ?? [:]
        var red = assets["red"] as? [String: Any] ?? [:]
        red["raster:bands"] = [["nodata": 0, "scale": 0, "offset": -0.2]]
        assets["red"] = red
        item["assets"] = assets
      }
    },
  ]

  /// The data of a run on the sound archive.
  private static let whole = Task {
    let bench = try await CommandBench()
    try #require(try await bench.runPipeline().status == 0)
    return try await bench.data()
  }

  @Test(arguments: damages)
  func `what cannot be read is missing, and said everywhere`(damage: Damage) async throws {
    let whole = try await Self.whole.value
    let bench = try await CommandBench()
    try damage.apply(bench)
    let result = try await bench.runPipeline()
    #expect(result.status == 1)

    // On the terminal, in the summary, in the ledger, and for `apus status`.
    for text in damage.message + ["2021-03-02: ", "LC08_L2SP_233085_20210302_02_T1"] {
      #expect(result.errors.contains(text), "\(result.errors)")
    }
    let summary = try bench.json("out/summary.json")
    let lost = try #require(summary["losses"]?.integer)
    #expect(damage.lost.map { $0 == lost } ?? (1..<20).contains(lost))
    let losses = try #require(summary["sequences"]?.array?.first?["losses"]?.array)
    #expect(losses.count == 1)
    let loss = try #require(losses.first)
    #expect(loss["date"]?.string == "2021-03-02")
    #expect(loss["cells"]?.integer == lost)
    let ledger = try String(contentsOfFile: bench.folder + "/out/ledger/landsat.jsonl", encoding: .utf8)
    #expect(ledger.components(separatedBy: "\"reason\"").count - 1 == lost)
    let status = try await bench.run("status", "out")
    #expect(status.status == 1)
    #expect(status.output.contains("loss on 2021-03-02: scene \"LC08_L2SP_233085_20210302_02_T1\""))

    // The date's values are those of the whole run, or missing; the other dates are the same.
    let data = try await bench.data()
    for (name, values) in data where name.hasPrefix("ndvi/") && name != "ndvi/2021-03-02.nc" {
      #expect(values == whole[name], "\(name)")
    }
    if lost == 20 {
      #expect(data["ndvi/2021-03-02.nc"] == nil)
    } else {
      let before = try #require(whole["ndvi/2021-03-02.nc"])
      let values = try #require(data["ndvi/2021-03-02.nc"])
      #expect(zip(values, before).allSatisfy { $0 == $1 || Float(bitPattern: $0).isNaN })
      #expect(values != before)
    }
  }

  /// What a catalogue says wrongly of a sound file.
  private static let wrongs: [Damage] = [
    Damage(testDescription: "an unknown coordinate system", message: []) { bench in
      try bench.changeProperty("proj:epsg", 99999)
    },
    Damage(
      testDescription: "half a pixel aside",
      message: ["from (299715.0, 6104115.0)", "its catalogue says 150 × 100", "from (299730.0, 6104100.0)"]
    ) { bench in
      try bench.changeProperty("proj:transform", [30, 0, 299_730, 0, -30, 6_104_100])
    },
    Damage(
      testDescription: "another resolution", message: ["pixels of 30.0 × 30.0", "pixels of 60.0 × 60.0"]
    ) { bench in
      try bench.changeProperty("proj:transform", [60, 0, 299_715, 0, -60, 6_104_115])
    },
    Damage(testDescription: "another size", message: ["the file is taken to be right"]) { bench in
      try bench.changeProperty("proj:shape", [100, 149])
    },
    Damage(testDescription: "a raster beyond measure", message: []) { bench in
      try bench.changeProperty("proj:shape", [1_000_000_000_000_000, 1_000_000_000_000_000])
    },
  ]

  @Test(arguments: wrongs)
  func `where the catalogue is wrong about a file the file is right, and that is said`(wrong: Damage)
    async throws
  {
    let whole = try await Self.whole.value
    let bench = try await CommandBench()
    try wrong.apply(bench)
    let result = try await bench.runPipeline()
    #expect(result.status == 0, "\(result.errors)")
    for text in wrong.message { #expect(result.errors.contains(text), "\(result.errors)") }
    #expect(try await bench.data() == whole)
  }

  @Test func `a file that comes later completes the run`() async throws {
    let bench = try await CommandBench()
    let whole = try await Self.whole.value
    let path = try bench.file("SR_B4")
    try LocalFiles.rename(path, to: path + ".later")
    #expect(try await bench.runPipeline().status == 1)
    try LocalFiles.rename(path + ".later", to: path)
    let result = try await bench.runPipeline()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == whole)
    #expect(try bench.json("out/summary.json")["losses"]?.integer == 0)
    #expect(try await bench.run("status", "out").output.contains("complete"))
  }

  @Test func `results of old and new inputs are not mixed`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let reference = try await bench.data()
    let path = try bench.file("SR_B4")
    try LocalFiles.writeAtomically(path, try LocalFiles.readAll(path))
    try bench.write()
    let result = try await bench.run("run", "config.json", "--progress", "plain")
    #expect(result.status == 0)
    #expect(result.errors.contains("SR_B4.tif has changed"), "\(result.errors)")
    #expect(result.errors.contains("publishing 7 files"), "\(result.errors)")
    #expect(try await bench.data() == reference)
  }

  @Test func `scenes outside the area are left out with a note`() async throws {
    let bench = try await CommandBench()
    bench.config["area"] = ["bbox": [299_745, 6_102_000, 301_000, 6_104_000], "bbox_crs": "EPSG:32719"]
    try bench.changeProperty("proj:transform", [30, 0, 599_715, 0, -30, 6_104_115])
    bench.download["trust"] = "catalogue"
    try bench.write()
    let result = try await bench.run("run", "config.json", "--progress", "plain")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("1 of 7 scenes lie outside the area"))
    #expect(try await bench.data()["ndvi/2021-03-02.nc"] == nil)
  }

  @Test(arguments: ["plan", "run"])
  func `an empty search says which condition leaves nothing, and what there is`(command: String) async throws
  {
    let bench = try await CommandBench()
    func errors() async throws -> String {
      try bench.write()
      let result = try await bench.run(command, "config.json")
      #expect(result.status == 1)
      return result.errors
    }
    bench.config["dates"] = ["start": "2019-01-01", "end": "2019-12-31"]
    #expect(
      try await errors().contains(
        "is from 2019-01-01 to 2019-12-31: its 7 scenes are from 2021-01-01 to 2021-11-01"))
    bench.config["dates"] = nil
    bench.config["area"] = ["bbox": [10, 50, 11, 51]]
    #expect(try await errors().contains("none of the 7 scenes in archive/items.json touches the area"))
    bench.config["area"] = "native"
    bench.download["collection"] = "landsat-c2-l3"
    #expect(try await errors().contains("(it has landsat-c2-l2); did you mean \"landsat-c2-l2\"?"))
    bench.download["collection"] = nil
    bench.download["query"] = ["eo:cloud_cover": ["lt": -1]]
    #expect(try await errors().contains("meets \"query\""))
    #expect(!LocalFiles.exists(bench.folder + "/out/run.json"))
  }

  @Test(arguments: [
    ("", "the file is empty"), ("{\"type\": \"FeatureColl", "the file may be cut short"),
    ("{\"a\": 1}", "is no STAC"),
  ])
  func `a catalogue that is none fails with its place`(text: String, message: String) async throws {
    let bench = try await CommandBench()
    try LocalFiles.writeAtomically(bench.folder + "/archive/items.json", text: text)
    let result = try await bench.runPipeline()
    #expect(result.status == 1)
    #expect(result.errors.contains("archive/items.json:1:1"))
    #expect(result.errors.contains(message))
  }
}
