import Catalog
import Engine
import Geo
import JSON
import Pipeline
import TestSupport
import Testing

/// What a right config becomes.
@Suite struct ConfigReaderTests {
  static let example = """
    {
      "pipeline": "maule-ndvi",
      "area": { "bbox": [-71.2, -36.2, -70.2, -35.2], "crs": "EPSG:32719", "resolution": 30 },
      "dates": { "start": "2021-01-01", "end": "2021-12-31" },
      "output": { "location": "out/maule-ndvi", "formats": ["netcdf"], "upload": "az://results/maule", "delete_local": false },
      "resources": { "threads": 0, "memory": "512MiB", "chunk": "auto" },
      "run_mode": "local",
      "sequences": [
        { "name": "landsat",
          "modules": [
            { "module": "download",
              "source": "https://planetarycomputer.microsoft.com/api/stac/v1",
              "collection": "landsat-c2-l2",
              "bands": ["red", "nir08", "qa_pixel"],
              "query": { "eo:cloud_cover": { "lt": 20 } },
              "sign": "planetary_computer",
              "group_by": "solar_day",
              "resampling": { "*": "average", "qa_pixel": "nearest" },
              "mode": "stream" },
            { "module": "cloud_mask", "band": "qa_pixel", "reject": ["fill", "cloud", "cloud_shadow", "water"], "dilate": 0 },
            { "module": "ndvi", "save": true },
            { "module": "seasonal_mean", "of": "ndvi" },
            { "module": "albedo", "formula": "liang_2001", "save": true }
          ] },
        { "name": "report", "depends_on": ["landsat"], "modules": [ { "module": "summary" } ] }
      ]
    }
    """

  @Test func `the example of the documentation reads`() throws {
    let reading = ConfigFixture.read(Self.example)
    #expect(reading.messages == [])
    let config = try #require(reading.config)
    #expect(config.name == "maule-ndvi")
    #expect(
      config.area
        == .box(
          BoundingBox(minX: -71.2, minY: -36.2, maxX: -70.2, maxY: -35.2), crs: nil,
          target: GridTarget(crs: "EPSG:32719", resolution: .init(x: 30, y: 30))))
    let first = try #require(CalendarDate("2021-01-01"))
    let last = try #require(CalendarDate("2021-12-31"))
    #expect(config.dates == first...last)
    #expect(
      config.output
        == PipelineConfig.Output(
          location: "out/maule-ndvi", formats: [.netcdf], upload: "az://results/maule", deleteLocal: false))
    #expect(config.resources == Resources(threads: 0, memory: 512 << 20, chunk: .auto))
    #expect(config.runMode == .local)
    #expect(config.sequences.map(\.name) == ["landsat", "report"])
    #expect(config.sequences[1].dependsOn == ["landsat"])
    #expect(
      config.sequences[0].modules.map(\.result) == ["", "cloud_mask", "ndvi", "ndvi_seasonal_mean", "albedo"])
    #expect(config.sequences[1].modules.map(\.name) == ["summary"])
    #expect(config.sequences[1].modules.map(\.result) == [""])
  }

  @Test func `the example reads with the real modules and gets the bands it does not list`() throws {
    // The example computes albedo without listing the blue and short-wave bands that `liang_2001` needs.
    let reading = ConfigReader.read(Array(Self.example.utf8), file: "configs/a.json")
    #expect(reading.messages == [])
    let modules = try #require(reading.config?.sequences.first?.modules)
    #expect(modules.map(\.name) == ["download", "cloud_mask", "ndvi", "seasonal_mean", "albedo"])
    #expect(modules.map(\.isSaved) == [false, false, true, true, true])
    let source = try #require(modules.first?.module as? any SourceModule)
    #expect(source.bands.map(\.name) == ["red", "nir08", "qa_pixel", "blue", "swir16", "swir22"])
  }

  @Test func `reductions and the last result are saved others on demand`() throws {
    let text = ConfigFixture.config(
      sequences: ConfigFixture.sequence(
        ConfigFixture.download, ConfigFixture.ndvi, #"{ "module": "seasonal_mean", "of": "ndvi" }"#,
        #"{ "module": "albedo", "save": false }"#, #"{ "module": "ndvi", "as": "kept", "save": true }"#,
        #"{ "module": "ndvi", "as": "last" }"#))
    let modules = try #require(ConfigFixture.read(text).config?.sequences.first?.modules)
    #expect(modules.map(\.isSaved) == [false, false, true, false, true, true])
  }

  @Test func `what a config does not say has defaults`() throws {
    let config = try #require(ConfigFixture.read(ConfigFixture.config()).config)
    #expect(config.area == .native)
    #expect(config.dates == nil)
    #expect(config.output == PipelineConfig.Output(location: "out/p", formats: [.netcdf]))
    #expect(config.resources == Resources(threads: 0, memory: 536_870_912, chunk: .auto))
    #expect(config.runMode == .local)
    #expect(config.sequences[0].dependsOn == [])
    #expect(config.sequences[0].modules.map(\.runMode) == [.local, .local])
  }

  @Test func `comments trailing commas and a schema are allowed`() {
    let reading = ConfigFixture.read(
      """
      { // which
        "$schema": "apus.schema.json",
        "pipeline": "p", /* and how */
        "sequences": [ \(ConfigFixture.sequence(ConfigFixture.download, ConfigFixture.ndvi)), ],
      }
      """)
    #expect(reading.messages == [])
    #expect(reading.config != nil)
  }

  @Test func `a sequences source overrides resources`() throws {
    let source =
      #"{ "module": "download", "source": "https://example.org/stac", "bands": ["red", "nir08"], "#
      + #""run_mode": "local", "resources": { "memory": "1GB", "chunk": [256, 1024] } }"#
    let text = ConfigFixture.config(
      #""resources": { "threads": 4, "chunk": 512 }"#,
      sequences: ConfigFixture.sequence(source, ConfigFixture.ndvi))
    let config = try #require(ConfigFixture.read(text).config)
    #expect(config.resources == Resources(threads: 4, chunk: .size(width: 512, height: 512)))
    let modules = config.sequences[0].modules
    #expect(
      modules[0].resources
        == Resources(threads: 4, memory: 1_000_000_000, chunk: .size(width: 1024, height: 256)))
    #expect(modules.map(\.runMode) == [.local, .local])
  }

  @Test(arguments: [
    ("268435456", 268_435_456), ("\"256MiB\"", 268_435_456), ("\"1GB\"", 1_000_000_000),
    ("\"1.5 GiB\"", 1_610_612_736), ("\"300000kb\"", 300_000_000), ("\"2G\"", 2_147_483_648),
  ])
  func `memory is read in the usual units`(text: String, bytes: Int) {
    let reading = ConfigFixture.read(ConfigFixture.config(#""resources": { "memory": \#(text) }"#))
    #expect(reading.messages == [])
    #expect(reading.config?.resources.memory == bytes)
  }

  @Test func `memory is written in the largest unit`() {
    #expect(MemorySize.text(512 << 20) == "512 MiB")
    #expect(MemorySize.text(3 << 29) == "1.5 GiB")
    #expect(MemorySize.text(1_000_000) == "976.5 KiB")
    #expect(MemorySize.text(1023) == "1023 bytes")
    #expect(MemorySize.bytes("99999999999999TiB") == nil)
    #expect(MemorySize.bytes("-1") == nil)
    #expect(MemorySize.bytes("1 parsec") == nil)
  }

  @Test func `sequences run after those they depend on otherwise as they stand`() throws {
    func sequence(_ name: String, _ needs: String) -> String {
      ConfigFixture.sequence(#"{ "module": "summary" }"#, name: name, dependsOn: needs)
    }
    let text = ConfigFixture.config(
      sequences: [
        sequence("d", #"["b", "c"]"#), sequence("a", "[]"), sequence("c", #"["b"]"#), sequence("b", "[]"),
        sequence("e", #"["d", "d"]"#),
      ].joined(separator: ", "))
    let config = try #require(ConfigFixture.read(text).config)
    #expect(config.sequences.map(\.name) == ["a", "b", "c", "d", "e"])
    #expect(config.sequences.map(\.dependsOn) == [[], [], ["b"], ["b", "c"], ["d"]])
  }

  @Test func `areas come in four forms`() throws {
    let folder = try TemporaryFolder()
    let raster = try folder.write("grid.tif", "")
    func area(_ text: String) throws -> Area {
      let reading = ConfigFixture.read(
        ConfigFixture.config(#""area": \#(text)"#), file: folder.path + "/a.json")
      #expect(reading.messages == [])
      return try #require(reading.config).area
    }
    #expect(try area(#""native""#) == .native)
    #expect(try area(#"{ "like": "grid.tif" }"#) == .like(path: raster))
    #expect(try area(#"{ "like": "https://example.org/a.tif" }"#) == .like(path: "https://example.org/a.tif"))
    #expect(
      try area(
        #"{ "bbox": [300000, 6000000, 400000, 6100000], "bbox_crs": "EPSG:32719", "resolution": [10, 20] }"#)
        == .box(
          BoundingBox(minX: 300_000, minY: 6_000_000, maxX: 400_000, maxY: 6_100_000), crs: "EPSG:32719",
          target: GridTarget(resolution: .init(x: 10, y: 20))))
    let triangle = [(0.0, 0.0), (1, 0), (0, 1)].map { LonLat(longitude: $0.0, latitude: $0.1) }
    #expect(
      try area(
        #"{ "geometry": { "type": "Polygon", "coordinates": [[[0,0],[1,0],[0,1],[0,0]]] }, "crs": "EPSG:4326" }"#
      )
        == .geometry([LonLatPolygon(exterior: triangle)], target: GridTarget(crs: "EPSG:4326")))
  }

  @Test(arguments: [
    ("[170, -20, 190, -10]", [170.0, -20, -170, -10]), ("[170, -20, -170, -10]", [170.0, -20, -170, -10]),
    ("[190, -20, 200, -10]", [-170.0, -20, -160, -10]), ("[-190, -20, -170, -10]", [170.0, -20, -170, -10]),
    ("[350, -20, 10, -10]", [-10.0, -20, 10, -10]),
    ("[170, -20, 0, -170, -10, 500]", [170.0, -20, -170, -10]),
    ("[-10, 80, 10, 90.125]", [-10.0, 80, 10, 90]),
    ("[-180, -90, 180, 90]", [-180.0, -90, 180, 90]), ("[0, -90, 360, 90]", [-180.0, -90, 180, 90]),
  ])
  func `boxes may cross the antimeridian`(text: String, box: [Double]) {
    let reading = ConfigFixture.read(
      ConfigFixture.config(#""area": { "bbox": \#(text), "bbox_crs": "EPSG:4326" }"#))
    #expect(reading.messages == [])
    #expect(
      reading.config?.area
        == .box(
          BoundingBox(minX: box[0], minY: box[1], maxX: box[2], maxY: box[3]), crs: nil, target: GridTarget())
    )
    let again = ConfigFixture.read(reading.config?.resolved.text() ?? "")
    #expect(again.config?.area == reading.config?.area)
  }

  @Test func `relative paths start at the configs folder wherever the command runs`() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("items.json", "{}")
    let download = #"{ "module": "download", "source": "items.json", "bands": ["red"] }"#
    let albedo = #"{ "module": "albedo" }"#
    let file = try folder.write(
      "a.json", ConfigFixture.config(sequences: ConfigFixture.sequence(download, albedo)))
    let reading = ConfigReader.read(path: file, modules: ConfigModules.all)
    #expect(reading.messages == [])
    #expect(reading.config?.folder == folder.path)
    #expect(reading.config?.file == file)
  }
}
