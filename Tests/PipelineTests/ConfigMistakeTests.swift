import JSON
import Pipeline
import TestSupport
import Testing

/// What is said about mistakes outside of modules.
@Suite struct ConfigMistakeTests {
  @Test func `a syntax error is one mistake with its place`() {
    let reading = ConfigFixture.read("{\n  \"pipeline\": \"p\"\n  \"sequences\": []\n}")
    #expect(reading.config == nil)
    #expect(reading.diagnostics.count == 1)
    #expect(reading.diagnostics.first?.position == SourcePosition(line: 3, column: 3))
    #expect(reading.messages.first?.hasPrefix("configs/a.json:3:3: ") == true)
  }

  @Test func `a key that is there twice is a mistake with both places`() throws {
    let reading = ConfigFixture.read("{\n  \"pipeline\": \"p\",\n  \"pipeline\": \"q\"\n}")
    let message = try #require(reading.messages.first)
    #expect(reading.messages.count == 1)
    #expect(message.hasPrefix("configs/a.json:3:3: "))
    #expect(message.contains("line 2, column 3"))
  }

  @Test(arguments: [
    ("before", "2021-01-01", false), ("before", "2021-01-02", true), ("after", "2021-12-31", false),
    ("after", "2021-12-30", true),
  ])
  func `a day that none of the config's dates lies before, or after, is a mistake`(
    _ key: String, _ day: String, _ isRight: Bool
  ) {
    let text = """
      { "pipeline": "p", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
        "sequences": [ { "name": "s", "modules": [
          { "module": "download", "source": "https://a.b/stac", "bands": ["red"] },
          { "module": "composite", "of": ["red"], "best": { "\(key)": "\(day)" } } ] } ] }
      """
    let found = ConfigReader.read(Array(text.utf8), file: "a.json").diagnostics.map {
      "\($0.path) \($0.message)"
    }
    let place = "$.sequences[0].modules[1].best.\(key)"
    let right = "\(place) none of the config's dates, 2021-01-01 to 2021-12-31, lies \(key) \(day)"
    #expect(found == (isRight ? [] : [right]))
  }

  @Test func `a file that cannot be read is named`() throws {
    let reading = ConfigReader.read(path: "/nowhere/at/all.json", modules: ConfigModules.all)
    #expect(reading.config == nil)
    #expect(reading.diagnostics.count == 1)
    let message = try #require(reading.messages.first)
    #expect(message.contains("/nowhere/at/all.json"))
    #expect(message.contains("No such file"))
  }

  @Test func `addresses with secrets are refused wherever they stand`() {
    let reading = ConfigFixture.read(
      """
      { "pipeline": "p",
        "output": { "location": "s3://b/k?X-Amz-Signature=SECRET", "work": "https://u:SECRET@a.b/c" },
        "sequences": [ { "name": "s", "modules": [
          { "module": "download", "source": "https://u:SECRET@a.b/stac", "bands": ["red"],
            "sign": { "method": "s3", "endpoint": "https://KEY:SECRET@minio.example.org" } } ] } ] }
      """)
    #expect(reading.config == nil)
    let paths = ["$.output.location", "$.output.work", "$.sequences[0].modules[0].source"]
    for path in paths + ["$.sequences[0].modules[0].sign.endpoint"] {
      let message = reading.messages.first { $0.contains(path + ": ") }
      #expect(message?.contains("the address holds a password, signature or token") == true, "\(path)")
    }
    #expect(!reading.messages.contains { $0.contains("SECRET") })
  }

  /// A text in C ends at the first NUL; terminals and plots obey others.
  @Test(arguments: [("\\u0000", "0000"), ("\\u001b[31m", "001B"), ("\\u009b", "009B"), ("\\u007f", "007F")])
  func `texts hold no control characters`(written: String, code: String) {
    func mistakes(_ module: String) -> [String] {
      ConfigFixture.mistakes(
        """
        { "pipeline": "p", "sequences": [ { "name": "s", "modules": [
          { "module": "download", "source": "https://a.b/stac", "collection": "c\(written)", "bands": ["red"] },
          { "module": "summary" } ] } ] }
        """)
    }
    #expect(
      mistakes("").contains { $0.hasSuffix("collection: the string holds a control character (U+\(code))") })
  }

  @Test func `anything but an object is no config`() {
    #expect(ConfigFixture.mistakes("[1]") == ["$: expected an object, found a list"])
    #expect(
      ConfigFixture.mistakes("{}") == [
        "$: missing key \"pipeline\" (a string)", "$: missing key \"sequences\" (a list)",
      ])
  }

  @Test func `lines name file place path and what was meant`() {
    let reading = ConfigFixture.read(
      """
      {
        "pipeline": "p",
        "ouptut": { "location": "o", "format": ["netcdf"] },
        "sequences": [
          { "name": "s", "modules": [
            { "module": "download", "source": "https://example.org/stac", "bands": 5 },
            { "module": "cloud_mask", "band": "qa_pixel", "reject": ["clod"] } ] } ]
      }
      """)
    #expect(
      reading.messages == [
        #"configs/a.json:3:3: $.ouptut: unknown key "ouptut"; did you mean "output"?"#,
        #"configs/a.json:3:32: $.ouptut.format: unknown key "format"; did you mean "formats"?"#,
        #"configs/a.json:6:78: $.sequences[0].modules[0].bands: "#
          + #"expected a list of strings or an object whose values are objects, found a number"#,
      ])
  }

  @Test(arguments: [
    (
      #""pipelin": "q""#,
      [#"$.pipelin: unknown key "pipelin"; did you mean "pipeline"?"#]
    ),
    (
      #""zzz": 1"#,
      [
        #"$.zzz: unknown key "zzz"; valid keys are $schema, pipeline, area, dates, sensors, output, resources, run_mode, cluster, "#
          + "sequences"
      ]
    ),
    (
      #""run_mode": "slrum""#,
      [
        #"$.run_mode: expected "local", "slurm", "grid_engine", "kubernetes" or "azure_batch", found "slrum"; did you mean "slurm"?"#
      ]
    ),
    (
      #""run_mode": 1"#,
      [
        #"$.run_mode: expected "local", "slurm", "grid_engine", "kubernetes" or "azure_batch", found a number"#
      ]
    ),
    (#""dates": "2021""#, ["$.dates: expected an object, found a string"]),
  ])
  func `top level mistakes`(members: String, expected: [String]) {
    #expect(ConfigFixture.mistakes(with: members) == expected)
  }

  @Test(arguments: [
    (#"{ "start": "2021-01-01" }"#, [#"$.dates: missing key "end" (a string)"#]),
    (
      #"{ "start": "2021-02-29", "end": "2021-12-31" }"#,
      [#"$.dates.start: "2021-02-29" is not a valid day of the calendar"#]
    ),
    (
      #"{ "start": "2021-01-01T00:00:00Z", "end": "2021" }"#,
      [
        #"$.dates.start: expected a day like "2021-01-31", found "2021-01-01T00:00:00Z""#,
        #"$.dates.end: expected a day like "2021-01-31", found "2021""#,
      ]
    ),
    (
      #"{ "start": "2021-05-02", "end": "2021-05-01" }"#,
      ["$.dates.end: the end, 2021-05-01, is before the start, 2021-05-02"]
    ),
    (
      #"{ "start": "2021-05-02", "stop": "2021-05-01", "end": 5 }"#,
      [
        #"$.dates.stop: unknown key "stop"; valid keys are start, end"#,
        "$.dates.end: expected a string, found a number",
      ]
    ),
  ])
  func `dates must be days in order`(text: String, expected: [String]) {
    #expect(ConfigFixture.mistakes(with: #""dates": \#(text)"#) == expected)
  }

  @Test(arguments: [
    (#""natve""#, [#"$.area: expected "native" or an object, found "natve"; did you mean "native"?"#]),
    ("{}", [#"$.area: an area needs one of "bbox", "geometry", "around" and "like""#]),
    (
      #"{ "bbox": [0, 0, 1, 1], "like": "https://example.org/a.tif" }"#,
      [#"$.area: an area takes only one of "bbox" or "like""#]
    ),
    (#"{ "bbox": [0, 0, 1] }"#, ["$.area.bbox: expected a list of at least 4 numbers, found 3"]),
    (
      #"{ "bbox": [0, 0, 1, 1, 2] }"#, ["$.area.bbox: expected [west, south, east, north], found 5 numbers"]
    ),
    (#"{ "bbox": [0, 0, 1, "1"] }"#, ["$.area.bbox[3]: expected a number, found a string; write 1"]),
    (#"{ "bbox": [1, 0, 1, 1] }"#, ["$.area.bbox: west, 1, must be less than east, 1"]),
    (#"{ "bbox": [-71, 0, -72, 1] }"#, ["$.area.bbox: west, -71, must be less than east, -72"]),
    (#"{ "bbox": [10, 0, -10, 1] }"#, ["$.area.bbox: west, 10, must be less than east, -10"]),
    (#"{ "bbox": [0, 3, 1, 2.5] }"#, ["$.area.bbox: south, 3, must be less than north, 2.5"]),
    (
      #"{ "bbox": [0, -91, 1, 1] }"#,
      [
        "$.area.bbox[1]: -91 is no latitude in degrees; "
          + "a box is [west, south, east, north]: are latitudes and longitudes swapped?"
      ]
    ),
    (
      #"{ "bbox": [0, 0, 1, 1], "crs": "EPSG:4326", "resolution": 30 }"#,
      [
        "$.area.resolution: the unit of EPSG:4326 is degrees, and 30.0 degrees is no size of a pixel; "
          + "30.0 metres are about 0.000269 degrees"
      ]
    ),
    (
      #"{ "bbox": [0, 0, 1, 1], "crs": "EPSG:32719", "resolution": [0.00025, 0.00025] }"#,
      [
        "$.area.resolution: the unit of EPSG:32719 is metres, and 0.00025 metres is no size of a pixel; "
          + "0.00025 degrees are about 27.8 metres"
      ]
    ),
    (
      #"{ "bbox": [0, 0, 1, 1], "crs": 32719 }"#,
      [#"$.area.crs: expected a string, found a number; write "EPSG:32719""#]
    ),
    (
      #"{ "bbox": [300000, 6000000, 400000, 6100000] }"#,
      [
        #"$.area.bbox[0]: 300000 is no longitude in degrees; "#
          + #"name the box's coordinate system with "bbox_crs""#
      ]
    ),
    (
      #"{ "bbox": [0, 0, 1, 1], "resolution": 0 }"#,
      ["$.area.resolution: expected a number greater than 0, found 0"]
    ),
    (
      #"{ "bbox": [0, 0, 1, 1], "resolution": [30, -30] }"#,
      ["$.area.resolution[1]: expected a number greater than 0, found -30"]
    ),
    (
      #"{ "bbox": [0, 0, 1, 1], "resolution": [30, 30, 30] }"#,
      ["$.area.resolution: expected [width, height], found 3 numbers"]
    ),
    (
      #"{ "bbox": [0, 0, 1, 1], "crs": "EPSG:3271999" }"#,
      [#"$.area.crs: unknown coordinate system "EPSG:3271999"; write it like "EPSG:32719""#]
    ),
    (
      #"{ "like": "https://example.org/a.tif", "resolution": 5 }"#,
      [#"$.area.resolution: "resolution" does not go together with "like""#]
    ),
    (
      #"{ "geometry": { "type": "Polygon", "coordinates": [[[0,0],[1,0],[0,100],[0,0]]] } }"#,
      ["$.area.geometry: [0.0, 100.0] is no longitude and latitude in degrees"]
    ),
    (
      #"{ "geometry": { "type": "Point", "coordinates": [0,0] } }"#,
      ["$.area.geometry: the geometry has no polygon"]
    ),
  ])
  func `areas must be places on earth`(text: String, expected: [String]) {
    #expect(ConfigFixture.mistakes(with: #""area": \#(text)"#) == expected)
  }

  @Test(arguments: [
    (#"{ "location": "" }"#, [#"$.output.location: "location" must not be empty"#]),
    (
      #"{ "formats": ["netcdf", "geotiff"] }"#,
      [#"$.output.formats[1]: expected "netcdf", "zarr" or "cog", found "geotiff"; did you mean "cog"?"#]
    ),
    (#"{ "formats": ["zarr", "zarr"] }"#, [#"$.output.formats[1]: "zarr" is here twice"#]),
    (
      #"{ "formats": [] }"#,
      [
        #"$.output.formats: expected a list of "netcdf", "zarr" or "cog" with at least one element, found an empty list"#
      ]
    ),
    (#"{ "upload": 5 }"#, ["$.output.upload: expected a string, found a number"]),
    (#"{ "delete_local": "yes" }"#, ["$.output.delete_local: expected true or false, found a string"]),
    (
      #"{ "delete_local": true }"#,
      [
        #"$.output.delete_local: results would be removed without being anywhere else; "#
          + #"say where they go with "upload""#
      ]
    ),
  ])
  func `output must go somewhere`(text: String, expected: [String]) {
    #expect(ConfigFixture.mistakes(with: #""output": \#(text)"#) == expected)
  }

  @Test(arguments: [
    (
      #"{ "threads": -1 }"#, ["$.resources.threads: expected a whole number from 0 to 1024, found -1"]
    ),
    (
      #"{ "threads": 1.5 }"#, ["$.resources.threads: expected a whole number from 0 to 1024, found 1.5"]
    ),
    (#"{ "memory": "255MiB" }"#, ["$.resources.memory: 255MiB is too little memory; the minimum is 256MiB"]),
    (
      #"{ "memory": 512 }"#,
      ["$.resources.memory: 512 bytes is too little memory; did you mean \"512MiB\"? (the minimum is 256MiB)"]
    ),
    (
      #"{ "memory": "lots" }"#,
      [
        #"$.resources.memory: expected an amount of memory, found "lots"; "#
          + #"write "512MiB", "1GB" or a number of bytes"#
      ]
    ),
    (
      #"{ "memory": true }"#, ["$.resources.memory: expected a string or a whole number, found true"]
    ),
    (
      #"{ "chunk": 15 }"#,
      ["$.resources.chunk: expected a whole number from 16 to 16384, found 15"]
    ),
    (
      #"{ "chunk": [512, 20000] }"#,
      ["$.resources.chunk[1]: expected a whole number from 16 to 16384, found 20000"]
    ),
    (
      #"{ "chunk": [512, 512, 1] }"#,
      ["$.resources.chunk[2]: expected a whole number from 16 to 16384, found 1"]
    ),
    (#"{ "chunk": [512, 512, 16] }"#, ["$.resources.chunk: expected [rows, columns], found 3 numbers"]),
    (
      #"{ "chunk": "big" }"#,
      [
        #"$.resources.chunk: expected "auto", a whole number from 16 to 16384 or "#
          + #"a list of at least 2 whole numbers from 16 to 16384, found "big""#
      ]
    ),
    (
      #"{ "cores": 2 }"#,
      [#"$.resources.cores: unknown key "cores"; valid keys are threads, memory, chunk, connections"#]
    ),
  ])
  func `resources must be enough and real`(text: String, expected: [String]) {
    #expect(ConfigFixture.mistakes(with: #""resources": \#(text)"#) == expected)
    // The same keys on a sequence's source.
    let source =
      #"{ "module": "download", "source": "https://example.org/stac", "bands": ["red", "nir08"], "resources": \#(text) }"#
    #expect(
      ConfigFixture.mistakes(modules: source, ConfigFixture.ndvi)
        == expected.map { "$.sequences[0].modules[0]" + $0.dropFirst() })
  }

  @Test func `a raster to be like must exist`() throws {
    let folder = try TemporaryFolder()
    let reading = ConfigFixture.read(
      ConfigFixture.config(#""area": { "like": "grid.tif" }"#), file: folder.path + "/a.json")
    #expect(
      reading.diagnostics.map(\.message) == ["there is no \"grid.tif\""])
    #expect(reading.diagnostics.first?.suggestion?.contains(folder.path + "/grid.tif") == true)
  }
}
