import Engine
import JSON
import Raster
import Testing

@testable import Modules

/// Products as data: Apus's own, and those a config adds or changes.
@Suite struct SensorTableTests {
  static func read(_ text: String) throws -> (table: SensorTable, mistakes: [String]) {
    let node = try JSONParser.parse(text, dialect: .relaxed)
    let (table, mistakes) = SensorTableReader.read(node, path: .root.appending("sensors"))
    return (table, mistakes.map { "\($0.path): \($0.message)" })
  }

  static let own = """
    {"my-sensor": {
      "title": "My sensor", "collections": ["my-collection*"], "scale": 0.0001, "nodata": 0,
      "bands": {"red": {"names": ["B4"]}, "nir": {"names": ["B5"], "scale": 0.0002, "offset": -0.5}},
      "quality": {"qa": {"nodata": 255, "flags": {
        "cloud": {"bit": 3}, "shadow": {"bits": [8, 9], "value": 3}, "snow": {"values": [11, 12]},
        "haze": {"bits": [4, 5], "states": {"none": 0, "thin": 1, "thick": 3}}}}}}}
    """

  @Test func `the built-in table is read without a mistake, every entry of it`() throws {
    let node = try JSONParser.parse(Array(SensorTable.builtInText.utf8))
    #expect(node.members?.map(\.key) == SensorTable.builtIn.sensors.map(\.id))
    let (table, mistakes) = try Self.read(SensorTable.builtInText)
    #expect(mistakes == [])
    #expect(table.sensors.map(\.id) == SensorTable.builtIn.sensors.map(\.id))
    for (sensor, same) in zip(table.sensors, SensorTable.builtIn.sensors) {
      #expect(sensor.bands == same.bands, "merged over itself it stays the same")
      #expect(sensor.quality.map(\.flagNames) == same.quality.map(\.flagNames))
    }
  }

  @Test func `Landsat's and Sentinel's numbers are those of their handbooks`() throws {
    let landsat = try #require(SensorTable.builtIn.sensor(collection: "landsat-c2-l2"))
    #expect(landsat.band(named: "red")?.encoding == SampleEncoding(nodata: 0, scale: 0.0000275, offset: -0.2))
    #expect(
      landsat.band(named: "lwir11")?.encoding == SampleEncoding(nodata: 0, scale: 0.00341802, offset: 149))
    let sentinel = try #require(SensorTable.builtIn.sensor(collection: "sentinel-2-l2a"))
    #expect(sentinel.band(named: "B8A")?.encoding == SampleEncoding(nodata: 0, scale: 0.0001, offset: 0))
    #expect(sentinel.band(named: "nir")?.id == "nir" && sentinel.band(named: "nir08")?.role == .nir)
  }

  @Test func `a config's product has its own names, numbers and flags`() throws {
    let (table, mistakes) = try Self.read(Self.own)
    #expect(mistakes == [])
    let sensor = try #require(table.sensor(collection: "my-collection-7"))
    #expect(sensor.name == "My sensor")
    #expect(sensor.band(named: "B4")?.encoding == SampleEncoding(nodata: 0, scale: 0.0001, offset: 0))
    #expect(sensor.band(named: "nir")?.encoding == SampleEncoding(nodata: 0, scale: 0.0002, offset: -0.5))
    let qa = try #require(table.qualityLayer(band: "qa", collections: ["my-collection"]))
    #expect(qa.nodata == 255)
    #expect(qa.flagNames == ["cloud", "shadow", "snow", "haze_none", "haze_thin", "haze_thick"])
    let rejects = { (flag: String, value: UInt16) in qa.rule(rejecting: flag)?.rejects(UInt64(value)) }
    #expect(rejects("cloud", 8) == true && rejects("cloud", 7) == false)
    #expect(rejects("shadow", 0x300) == true && rejects("shadow", 0x100) == false)
    #expect(rejects("snow", 11) == true && rejects("snow", 12) == true && rejects("snow", 13) == false)
    #expect(rejects("haze_thick", 0x30) == true && rejects("haze_thick", 0x10) == false)
    #expect(rejects("wind", 1) == nil)
  }

  @Test func `its quality layer counts for its own collections only`() throws {
    let (table, _) = try Self.read(Self.own)
    #expect(table.qualityLayer(band: "qa", collections: ["another"]) == nil)
    #expect(table.qualityLayer(band: "qa") != nil)
    #expect(table.qualityLayer(band: "qa_pixel", collections: ["my-collection"])?.nodata == 1)
  }

  @Test func `a product of Apus can be changed piece by piece`() throws {
    let (table, mistakes) = try Self.read(
      """
      {"landsat-c2-l2": {
        "collections": ["our-landsat"], "scale": 0.5,
        "bands": {"green": {"names": ["g"]}, "pan": {"title": "panchromatic", "scale": 2}},
        "quality": {"qa_pixel": {"flags": {"cloud": {"bits": [8, 9], "value": 3}, "ours": {"bit": 15}}}}}}
      """)
    #expect(mistakes == [])
    #expect(table.sensors.count == SensorTable.builtIn.sensors.count)
    let sensor = try #require(table.sensor(collection: "our-landsat"))
    #expect(table.sensor(collection: "landsat-c2-l2")?.name == sensor.name)
    // The scale given at the top takes the place of Apus's scale and offset; what a band says itself stays.
    #expect(sensor.band(named: "red")?.encoding == SampleEncoding(nodata: 0, scale: 0.5, offset: 0))
    #expect(sensor.band(named: "lwir11")?.encoding.scale == 0.00341802)
    #expect(sensor.band(named: "pan")?.encoding.scale == 2)
    #expect(sensor.band(named: "g")?.role == .green)
    let qa = try #require(table.qualityLayer(band: "qa_pixel", collections: ["our-landsat"]))
    #expect(
      qa.rule(rejecting: "cloud")?.rejects(8) == false && qa.rule(rejecting: "cloud")?.rejects(0x300) == true)
    #expect(
      qa.rule(rejecting: "ours")?.rejects(0x8000) == true && qa.rule(rejecting: "water")?.rejects(128) == true
    )
  }

  @Test(arguments: [
    (#"{"a": {"scale": 0}}"#, "$.sensors.a.scale: a scale of 0 leaves nothing of the numbers"),
    (
      #"{"a": {"bands": {"x": {"names": ["B1"]}, "y": {"names": ["B1"]}}}}"#,
      #"$.sensors.a.bands.y.names[0]: "B1" is a name of "x" already"#
    ),
    (
      #"{"a": {"bands": {"x": {"names": [""]}}}}"#,
      "$.sensors.a.bands.x.names[0]: a band's name must not be empty"
    ),
    (
      #"{"a": {"quality": {"q": {"flags": {"f": {"bits": [8, 10], "value": 1}}}}}}"#,
      "$.sensors.a.quality.q.flags.f.bits: bits must be neighbours, the lowest first, as in [8, 9]"
    ),
    (
      #"{"a": {"quality": {"q": {"flags": {"f": {"bits": [8, 9], "values": [1, 4]}}}}}}"#,
      "$.sensors.a.quality.q.flags.f.values[1]: the flag's bits hold numbers from 0 to 3"
    ),
    (
      #"{"a": {"quality": {"q": {"flags": {"f": {"states": {}}}}}}}"#,
      "$.sensors.a.quality.q.flags.f.states: no state is named"
    ),
    (
      #"{"a": {"baseline": {"since": 4}}}"#,
      #"$.sensors.a.baseline: a baseline needs "properties", "since" and "offset""#
    ),
    (#"{"": {}}"#, "$.sensors[\"\"]: a product's name must not be empty"),
  ])
  func `what makes no sense is said where it stands`(text: String, expected: String) throws {
    #expect(try Self.read(text).mistakes == [expected])
  }

  @Test(arguments: ["{}", #"{"bit": 1, "value": 1}"#, #"{"bit": 1, "bits": [1]}"#, #"{"bits": [1]}"#])
  func `a flag is one thing`(flag: String) throws {
    let mistakes = try Self.read(#"{"a": {"quality": {"q": {"flags": {"f": \#(flag)}}}}}"#).mistakes
    #expect(mistakes.count == 1 && mistakes[0].contains("a flag takes one of"), "\(mistakes)")
  }

  @Test func `modules use a config's product as they use Apus's own`() throws {
    let bench = ModuleBench()
    bench.scope.inform(try Self.read(Self.own).table)
    let source = try #require(
      try bench.make(
        Download.self,
        #"{"module": "download", "source": "i", "collection": "my-collection", "bands": ["red", "qa"]}"#))
    #expect(source.bands[0].aliases == ["red", "B4"])
    #expect(source.bands[0].fallback == SampleEncoding(nodata: 0, scale: 0.0001, offset: 0))
    #expect(source.bands[1].isQuality && source.bands[1].fallback.nodata == 255)
    let mask = try #require(
      try bench.make(CloudMask.self, #"{"module": "cloud_mask", "band": "qa", "reject": ["cloud", "snow"]}"#))
    #expect(mask.test.rejects(8) && mask.test.rejects(11) && !mask.test.rejects(1))
    #expect(try bench.make(NDVI.self, #"{"module": "ndvi"}"#)?.inputs == ["red", "B5"])
    #expect(
      try bench.make(CloudMask.self, #"{"module": "cloud_mask", "band": "qa", "reject": ["clowd"]}"#) == nil)
    #expect(bench.mistakes.last?.contains("did you mean \"cloud\"?") == true, "\(bench.mistakes)")
  }

  @Test func `bands of two products in one cube are those that mean the same in both`() throws {
    let bench = ModuleBench()
    let source = try #require(
      try bench.make(
        Download.self,
        """
        {"module": "download", "source": "i", "collection": ["hls2-l30", "hls2-s30"],
          "bands": ["red", "nir08", "B05", "Fmask"]}
        """))
    // B05 is near infrared in one and red edge in the other.
    #expect(try bench.make(NDVI.self, #"{"module": "ndvi"}"#)?.inputs == ["red", "nir08"])
    let nir = source.bands[1]
    #expect(source.request(nir, in: "hls2-l30").aliases.contains("B05"))
    #expect(source.request(nir, in: "hls2-s30").aliases.contains("B8A"))
    #expect(!source.request(nir, in: "hls2-s30").aliases.contains("B05"))
    #expect(source.request(nir, in: "hls2-s30").fallback.nodata == -9999)
    #expect(source.request(nir, in: "something") == nir && source.request(nir, in: nil) == nir)
  }
}
