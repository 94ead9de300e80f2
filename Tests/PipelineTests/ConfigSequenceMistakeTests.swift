import JSON
import Pipeline
import TestSupport
import Testing

/// What is said about mistakes in sequences and their modules.
@Suite struct ConfigSequenceMistakeTests {
  static let download = ConfigFixture.download
  static let ndvi = ConfigFixture.ndvi
  static let first = "$.sequences[0].modules[0]"
  static let second = "$.sequences[0].modules[1]"
  static let third = "$.sequences[0].modules[2]"

  @Test(arguments: [
    ("ndiv", #"unknown module "ndiv"; did you mean "ndvi"?"#),
    (
      "pansharpening",
      #"unknown module "pansharpening"; there are download, cloud_mask, ndvi, albedo, seasonal_mean, summary"#
    ),
  ])
  func `unknown modules are named once`(name: String, message: String) {
    let module = #"{ "module": "\#(name)", "as": "mine", "factor": 2 }"#
    let user = #"{ "module": "seasonal_mean", "of": "mine" }"#
    #expect(
      ConfigFixture.mistakes(modules: Self.download, module, user) == ["\(Self.second).module: \(message)"])
  }

  @Test func `a module needs a name`() {
    #expect(
      ConfigFixture.mistakes(modules: Self.download, "{}", #"{ "module": 5 }"#, "7") == [
        #"\#(Self.second): missing key "module" (a module's name)"#,
        "\(Self.third).module: expected a module's name, found a number",
        "$.sequences[0].modules[3]: expected an object, found a number",
      ])
  }

  @Test(arguments: [
    (
      #"{ "module": "cloud_mask", "band": "qa_pixel", "reject": ["fill"], "dilat": 2 }"#,
      #".dilat: unknown key "dilat"; did you mean "dilate"?"#
    ),
    (
      #"{ "module": "cloud_mask", "band": "qa_pixel", "rejct": ["fill"] }"#,
      #".rejct: unknown key "rejct"; did you mean "reject"?"#
    ),
    (
      #"{ "module": "cloud_mask", "band": "qa_pixel", "reject": 5 }"#,
      ".reject: expected a list of strings, found a number"
    ),
    (
      #"{ "module": "cloud_mask", "band": "qa_pixel", "reject": ["fill", 5] }"#,
      ".reject[1]: expected a string, found a number"
    ),
    (
      #"{ "module": "cloud_mask", "band": "qa_pixel" }"#, #": missing key "reject" (a list of strings)"#
    ),
    (
      #"{ "module": "cloud_mask", "band": "qa_pixel", "reject": ["fill"], "dilate": 101 }"#,
      ".dilate: expected a whole number from 0 to 100, found 101"
    ),
    (
      #"{ "module": "cloud_mask", "band": "qa_pixle", "reject": ["fill"] }"#,
      #".band: unknown variable "qa_pixle" (here there are: red, nir08, qa_pixel); did you mean "qa_pixel"?"#
    ),
    (
      #"{ "module": "cloud_mask", "band": "qa_pixel", "reject": ["cloud", "clod_shadow"] }"#,
      #".reject[1]: unknown flag "clod_shadow"; did you mean "cloud_shadow"?"#
    ),
    (
      #"{ "module": "albedo", "formula": "liang_2000" }"#,
      #".formula: expected "liang_2001" or "knap_1999", found "liang_2000"; did you mean "liang_2001"?"#
    ),
    (
      #"{ "module": "seasonal_mean", "of": "ndwi" }"#,
      #".of: unknown variable "ndwi" (here there are: red, nir08, qa_pixel)"#
    ),
    (#"{ "module": "ndvi", "save": "yes" }"#, ".save: expected true or false, found a string"),
    (
      #"{ "module": "ndvi", "run_mode": "cloud" }"#,
      #".run_mode: expected "local", "slurm", "grid_engine", "kubernetes" or "azure_batch", found "cloud""#
    ),
    (
      #"{ "module": "ndvi", "as": "a/b" }"#,
      #".as: "a/b" may have only letters (a-z), digits, "_", "-" and "."; a result's name is its folder's name"#
    ),
    (
      #"{ "module": "ndvi", "as": "..", "save": true }"#,
      #".as: ".." must not begin with a dot; a result's name is its folder's name"#
    ),
    (
      #"{ "module": "ndvi", "as": "time" }"#,
      #".as: a result cannot be named "time": files of results have another variable of this name"#
    ),
  ])
  func `one mistake in a module is one message`(module: String, expected: String) {
    #expect(ConfigFixture.mistakes(modules: Self.download, module) == [Self.second + expected])
  }

  @Test func `one module may have several mistakes`() {
    let mask = #"{ "module": "cloud_mask", "band": "qa_pixel", "reject": ["snow"], "dilat": 1, "as": "a/b" }"#
    #expect(
      ConfigFixture.mistakes(modules: Self.download, mask) == [
        #"\#(Self.second).reject[0]: unknown flag "snow""#,
        #"\#(Self.second).dilat: unknown key "dilat"; did you mean "dilate"?"#,
        #"\#(Self.second).as: "a/b" may have only letters (a-z), digits, "_", "-" and "."; "#
          + "a result's name is its folder's name",
      ])
  }

  @Test(arguments: [
    (
      #"{ "module": "download", "source": "https://example.org", "bands": { "red": { "scal": 1 } } }"#,
      #".bands.red.scal: unknown key "scal"; did you mean "scale"?"#
    ),
    (
      #"{ "module": "download", "source": "https://example.org", "bands": ["red", "nir8"] }"#,
      #".bands[1]: unknown band "nir8"; did you mean "nir08"?"#
    ),
    (
      #"{ "module": "download", "source": "https://example.org", "bnads": ["red", "nir08"] }"#,
      #".bnads: unknown key "bnads"; did you mean "bands"?"#
    ),
    (
      #"{ "module": "download", "source": "https://example.org", "bands": [] }"#,
      ".bands: expected a list of strings with at least one element, found an empty list"
    ),
    (
      #"{ "module": "download", "source": "https://example.org" }"#,
      #": missing key "bands" (a list of strings or an object whose values are objects)"#
    ),
    (
      #"{ "module": "download", "source": "https://example.org", "bands": ["red", "nir08"], "mode": "strem" }"#,
      #".mode: expected "stream" or "copy", found "strem"; did you mean "stream"?"#
    ),
    (
      #"{ "module": "download", "source": "https://example.org", "bands": ["red", "nir08"], "resampling": {"*": 5} }"#,
      #".resampling["*"]: expected "nearest" or "average", found a number"#
    ),
    (
      #"{ "module": "download", "source": "https://example.org", "bands": ["red", "nir08"], "query": { "a": { "le": 2 } } }"#,
      #".query.a.le: unknown comparison "le"; did you mean "lte"?"#
    ),
    (
      #"{ "module": "download", "source": "https://example.org", "bands": ["red", "nir08"], "as": "x" }"#,
      #".as: unknown key "as"; valid keys are module, save, encoding, resources, run_mode, source, collection, bands, "#
        + "query, sign, group_by, resampling, mode, retries"
    ),
  ])
  func `one mistake in the source is one message`(module: String, expected: String) {
    #expect(
      ConfigFixture.mistakes(modules: module, Self.ndvi, #"{ "module": "seasonal_mean", "of": "ndvi" }"#)
        == [Self.first + expected])
  }

  @Test(arguments: [
    (#""dilat": 1, "dilate": 0"#, ".dilat"),
    (#""resources": { "memry": "1GB" }"#, ".resources"),
    (#""good_pixel_flags": { "cloud": 5 }"#, ".good_pixel_flags.cloud"),
    (#""dilate": 1000, "reject_bits": [3]"#, ".dilate"),
  ])
  func `the real mask says each mistake once`(members: String, place: String) {
    let mask = #"{ "module": "cloud_mask", "band": "qa_pixel", "reject": ["cloud"], \#(members) }"#
    let text = ConfigFixture.config(sequences: ConfigFixture.sequence(Self.download, mask, Self.ndvi))
    let reading = ConfigReader.read(Array(text.utf8), file: "configs/a.json")
    #expect(reading.diagnostics.map { "\($0.path)" } == [Self.second + place])
  }

  @Test(arguments: ["5", "[]", "[5]", "null"])
  func `bands of the real source that are lost are missed by nobody`(bands: String) {
    let download =
      #"{ "module": "download", "source": "https://example.org", "bands": \#(bands), "#
      + #""resampling": { "qa_pixel": "nearest" } }"#
    let mask = #"{ "module": "cloud_mask", "band": "qa_pixel", "reject": ["cloud"] }"#
    let mean = #"{ "module": "seasonal_mean" }"#
    let text = ConfigFixture.config(sequences: ConfigFixture.sequence(download, mask, Self.ndvi, mean))
    let reading = ConfigReader.read(Array(text.utf8), file: "configs/a.json")
    #expect(reading.messages.count == 1, "\(reading.messages)")
  }

  @Test func `a local source must exist`() throws {
    let folder = try TemporaryFolder()
    let download = #"{ "module": "download", "source": "archive/items.json", "bands": ["red", "nir08"] }"#
    let reading = ConfigFixture.read(
      ConfigFixture.config(sequences: ConfigFixture.sequence(download, Self.ndvi)),
      file: folder.path + "/a.json")
    #expect(
      reading.diagnostics.map { "\($0.path): \($0.message)" } == [
        #"\#(Self.first).source: there is no "archive/items.json""#
      ])
    #expect(reading.diagnostics.first?.suggestion?.contains(folder.path + "/archive/items.json") == true)
  }

  @Test func `a sequence begins with its only source`() {
    #expect(
      ConfigFixture.mistakes(modules: Self.ndvi, #"{ "module": "seasonal_mean", "of": "nothing" }"#) == [
        #"\#(Self.first): "ndvi" has nothing to work on: the first module of a sequence must be a source; "#
          + #"begin the sequence with "download""#
      ])
    #expect(
      ConfigFixture.mistakes(modules: Self.ndvi, Self.download) == [
        #"\#(Self.second): "download" must be the first module of its sequence"#
      ])
    #expect(
      ConfigFixture.mistakes(modules: Self.download, Self.download, Self.ndvi) == [
        "\(Self.second): a sequence has one source only"
      ])
  }

  @Test func `whole run modules stand alone`() {
    let expected =
      #""summary" runs once, after everything else, and cannot work on a cube; "#
      + #"move it to a sequence of its own, with "depends_on""#
    #expect(
      ConfigFixture.mistakes(modules: Self.download, Self.ndvi, #"{ "module": "summary" }"#) == [
        "\(Self.third): \(expected)"
      ])
  }

  @Test func `a sequence has modules`() {
    #expect(
      ConfigFixture.mistakes(ConfigFixture.config(sequences: #"{ "name": "s", "modules": [] }"#)) == [
        "$.sequences[0].modules: expected a list with at least one element, found an empty list"
      ])
    #expect(
      ConfigFixture.mistakes(ConfigFixture.config(sequences: #"{ "name": "s" }"#)) == [
        #"$.sequences[0]: missing key "modules" (a list)"#
      ])
    #expect(
      ConfigFixture.mistakes(#"{ "pipeline": "p", "sequences": [] }"#) == [
        "$.sequences: expected a list with at least one element, found an empty list"
      ])
  }

  @Test(arguments: [
    ("..", #"".." must not begin with a dot; a sequence's name is its folder's name"#),
    (
      "a b",
      #""a b" may have only letters (a-z), digits, "_", "-" and "."; a sequence's name is its folder's name"#
    ),
    ("", "a name must not be empty; a sequence's name is its folder's name"),
    ("ledger", #"the run directory has a "ledger" of its own; choose another name"#),
  ])
  func `sequences are named like folders`(name: String, expected: String) {
    let text = ConfigFixture.config(sequences: ConfigFixture.sequence(Self.download, Self.ndvi, name: name))
    #expect(ConfigFixture.mistakes(text) == ["$.sequences[0].name: \(expected)"])
  }

  @Test func `saved results of a sequence have different names`() {
    let saved = #"{ "module": "ndvi", "save": true }"#
    #expect(
      ConfigFixture.mistakes(modules: Self.download, saved, saved) == [
        #"\#(Self.third): another saved result of this sequence is named "ndvi" (line 1); "#
          + #"give one of them another name with "as""#
      ])
    let reduction = #"{ "module": "seasonal_mean", "of": "red" }"#
    let count = #"{ "module": "ndvi", "as": "red_seasonal_mean_count" }"#
    #expect(
      ConfigFixture.mistakes(modules: Self.download, reduction, count) == [
        #"\#(Self.third).as: another saved result of this sequence is named "red_seasonal_mean_count" (line 1); "#
          + #"give one of them another name with "as""#
      ])
    #expect(ConfigFixture.mistakes(modules: Self.download, Self.ndvi, saved) == [])
    let upper = #"{ "module": "ndvi", "as": "NDVI", "save": true }"#
    let found = ConfigFixture.mistakes(modules: Self.download, saved, upper)
    #expect(
      found.count == 1
        && found[0].hasPrefix("\(Self.third).as: \"NDVI\" and \"ndvi\" (line 1) differ in nothing but case"),
      "\(found)")
  }

  static func summary(_ name: String, _ needs: String) -> String {
    ConfigFixture.sequence(#"{ "module": "summary" }"#, name: name, dependsOn: needs)
  }

  @Test func `sequences have different names`() {
    let text = ConfigFixture.config(sequences: Self.summary("a", "[]") + ", " + Self.summary("a", "[]"))
    #expect(ConfigFixture.mistakes(text) == [#"$.sequences[1].name: another sequence is named "a" (line 1)"#])
  }

  @Test func `dependencies must exist`() {
    let text = ConfigFixture.config(
      sequences: Self.summary("landsat", "[]") + ", " + Self.summary("b", #"["landsta"]"#))
    #expect(
      ConfigFixture.mistakes(text) == [
        #"$.sequences[1].depends_on[0]: unknown sequence "landsta"; did you mean "landsat"?"#
      ])
  }

  @Test func `every loop of dependencies is named once`() {
    let text = ConfigFixture.config(
      sequences: [
        Self.summary("d", #"["a"]"#), Self.summary("a", #"["c"]"#), Self.summary("b", #"["a"]"#),
        Self.summary("c", #"["b"]"#), Self.summary("e", #"["e"]"#), Self.summary("f", "[]"),
      ].joined(separator: ", "))
    #expect(
      ConfigFixture.mistakes(text) == [
        "$.sequences[1].depends_on[0]: sequences depend on each other in a loop: a → c → b → a",
        #"$.sequences[4].depends_on[0]: "e" depends on itself"#,
      ])
  }

  @Test func `five mistakes are five messages in order`() {
    let reading = ConfigFixture.read(
      """
      {
        "pipeline": "p",
        "dates": { "start": "2021-12-31", "end": "2021-02-31" },
        "resources": { "memory": "100MiB" },
        "sequences": [
          { "name": "s", "modules": [
            { "module": "download", "source": "https://example.org", "bands": ["red", "nir08", "qa_pixel"], "mode": "steam" },
            { "module": "cloud_mask", "band": "qa_pixel", "reject": ["snow", "cloud"] },
            { "module": "ndvi", "sav": true },
            { "module": "seasonal_mean", "of": "ndvi" } ] } ]
      }
      """)
    #expect(
      reading.messages == [
        #"configs/a.json:3:44: $.dates.end: "2021-02-31" is not a valid day of the calendar"#,
        "configs/a.json:4:28: $.resources.memory: 100MiB is too little memory; the minimum is 256MiB",
        #"configs/a.json:7:111: $.sequences[0].modules[0].mode: expected "stream" or "copy", found "steam"; "#
          + #"did you mean "stream"?"#,
        #"configs/a.json:8:64: $.sequences[0].modules[1].reject[0]: unknown flag "snow""#,
        #"configs/a.json:9:27: $.sequences[0].modules[2].sav: unknown key "sav"; did you mean "save"?"#,
      ])
  }

  @Test func `five other mistakes are five messages in order`() {
    let reading = ConfigFixture.read(
      """
      {
        "pipeline": "p",
        "area": { "bbox": [-71, -36, -72, -35] },
        "sequences": [
          { "name": "s", "depends_on": ["t"], "modules": [
            { "module": "downlod", "source": "https://example.org", "bands": ["red", "nir08"] },
            { "module": "nvdi", "as": "greenness" },
            { "module": "seasonal_mean", "of": "greenness" },
            { "module": "seasonal_mean", "of": 3 } ] },
          { "name": "t", "depends_on": ["s"], "modules": [{ "module": "summary" }] } ]
      }
      """)
    #expect(
      reading.messages == [
        "configs/a.json:3:21: $.area.bbox: west, -71, must be less than east, -72",
        "configs/a.json:5:35: $.sequences[0].depends_on[0]: "
          + "sequences depend on each other in a loop: s → t → s",
        #"configs/a.json:6:19: $.sequences[0].modules[0].module: unknown module "downlod"; "#
          + #"did you mean "download"?"#,
        #"configs/a.json:7:19: $.sequences[0].modules[1].module: unknown module "nvdi"; did you mean "ndvi"?"#,
        "configs/a.json:9:42: $.sequences[0].modules[3].of: expected a variable's name, found a number",
      ])
  }
}
