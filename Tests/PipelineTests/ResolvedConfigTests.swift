import Engine
import JSON
import Modules
import NetCDF
import Storage
import Testing

@testable import Pipeline

/// What a run records of its config, with every default filled in, is itself a config of the same meaning.
@Suite struct ResolvedConfigTests {
  private static let configs = LocalFiles.parent(of: #filePath) + "/../../configs"

  /// Reads a config, and again what became of it.
  ///
  /// - Returns: both; nil where the config names what is not here.
  private func resolve(
    _ text: String, _ file: String, modules: [any Module.Type] = ModuleRegistry.all
  ) -> (first: PipelineConfig, again: PipelineConfig)? {
    NetCDFThread.prepareProcess()
    guard let first = ConfigReader.read(Array(text.utf8), file: file, modules: modules).config else {
      return nil
    }
    let resolved = Array(first.resolved.text(pretty: true).utf8)
    let again = ConfigReader.read(resolved, file: file, modules: modules)
    #expect(again.diagnostics.map(\.description) == [], "\(text)")
    guard let config = again.config else { return nil }
    #expect(config.resolved == first.resolved, "\(text)")
    #expect(Self.meaning(of: config) == Self.meaning(of: first), "\(text)")
    return (first, config)
  }

  /// All that a config decides besides its modules' own values.
  private static func meaning(of config: PipelineConfig) -> [String] {
    let modules = config.sequences.flatMap { sequence in
      sequence.modules.map { module in
        """
        \(sequence.name) \(sequence.dependsOn) \(module.name) \(module.result) \(module.isSaved) \(module.files) \
        \(module.encoding) \(module.parameters.text(sortedKeys: true)) \(module.runMode) \(module.resources)
        """
      }
    }
    return [
      "\(config.name) \(config.area) \(String(describing: config.dates)) \(config.output) \(config.resources) "
        + "\(config.runMode) \(config.cluster)"
    ] + modules
  }

  @Test func `of the example that is read whole`() {
    #expect(resolve(ConfigReaderTests.example, "configs/a.json", modules: ConfigModules.all) != nil)
  }

  @Test func `of every config that comes with Apus`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    // The archive that the demo makes first.
    try LocalFiles.createDirectory(folder + "/out/demo-archive")
    try LocalFiles.writeAtomically(folder + "/out/demo-archive/items.json", text: "{}")
    try LocalFiles.createDirectory(folder + "/configs")
    let names = try LocalFiles.list(Self.configs).filter { $0.hasSuffix("json") }
    for name in names {
      try LocalFiles.writeAtomically(
        "\(folder)/configs/\(name)", try LocalFiles.readAll("\(Self.configs)/\(name)"))
    }
    let configs = names.filter { $0.hasSuffix(".json") }
    let left = try configs.filter { name in
      let file = "\(folder)/configs/\(name)"
      return resolve(String(decoding: try LocalFiles.readAll(file), as: UTF8.self), file) == nil
    }
    // These name files of the user's own; the first has a test by itself.
    #expect(left.sorted() == ["greenland-ice.json", "sahel-patterns.json"])
  }

  /// A config of one module's example, behind what it needs.
  private func config(_ type: any Module.Type, _ example: String, source: String) throws -> String? {
    let shape = type.descriptor.shape
    guard ![.source, .wholeRun].contains(shape) else { return nil }
    var modules = [source]
    let node = try JSONParser.parse(example, dialect: .relaxed)
    let bands = ["red", "green", "blue", "nir08", "swir16", "swir22", "qa_pixel"]
    for name in names(node["of"]) where !bands.contains(name) {
      modules.append(
        type.descriptor.name == "morphology"
          ? #"{ "module": "expression", "formula": "red > 0.4", "as": "\#(name)" }"#
          : #"{ "module": "ndvi", "as": "\#(name)" }"#)
    }
    modules.append(example)
    // A mask by itself is no result.
    if shape == .mask || shape == .number { modules.append(#"{ "module": "ndvi", "as": "last" }"#) }
    return
      #"{ "pipeline": "p", "dates": { "start": "2021-01-01", "end": "2021-12-31" }, "sequences": "#
      + #"[{ "name": "s", "modules": [\#(modules.joined(separator: ", "))] }] }"#
  }

  private func names(_ node: JSONNode?) -> [String] {
    node?.string.map { [$0] } ?? node?.array?.compactMap(\.string) ?? []
  }

  @Test func `of every module's examples, which give products with the same keys`() async throws {
    let fixture = try PlannerFixture()
    for place in fixture.scenes.indices {
      fixture.scenes[place].bands = ["red", "green", "blue", "nir08", "swir16", "swir22", "qa_pixel"]
    }
    try fixture.write()
    let source =
      #"{ "module": "download", "source": "items.json", "collection": "landsat-c2-l2", "#
      + #""bands": ["red", "green", "blue", "nir08", "swir16", "swir22", "qa_pixel"] }"#
    var (resolved, keyed) = (0, 0)
    var left: [String] = []
    for type in ModuleRegistry.all {
      for example in type.descriptor.examples {
        guard let text = try config(type, example, source: source) else { continue }
        guard let (first, again) = resolve(text, fixture.folder + "/config.json") else {
          left.append(type.descriptor.name)
          continue
        }
        resolved += 1
        guard example == type.descriptor.examples.first else { continue }
        let keys = try await Self.keys(of: first)
        #expect(try await Self.keys(of: again) == keys, "\(text)")
        if !keys.isEmpty { keyed += 1 } else { left.append(type.descriptor.name) }
      }
    }
    #expect(resolved >= 34 && keyed >= 17, "\(resolved), \(keyed), without \(left)")
  }

  /// The keys of a plan's products and tables.
  private static func keys(of config: PipelineConfig) async throws -> [String] {
    // A raster that a module names is not there, and there is no plan then.
    guard let plan = try? await PipelinePlanner(config).plan() else { return [] }
    return RunKeys(plan, recorded: nil, versions: nil).plan.sequences.compactMap(\.plan).flatMap { plan in
      plan.products.map { "\($0.variable.name) \($0.key)" }
        + plan.tableKeys.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    }
  }

  @Test(arguments: [
    #"{ "module": "composite", "of": "red", "statistic": "percentile", "q": 90, "period": "month" }"#,
    #"{ "module": "composite", "of": ["red", "green"], "statistic": ["mean", "max"], "as": "both" }"#,
    #"{ "module": "composite", "of": "red", "period": [{ "label": "a", "start": "2021-01-01", "end": "2021-02-01" }], "save": true }"#,
    #"{ "module": "index", "name": ["NDVI", "EVI"], "as": "plants" }"#,
    #"{ "module": "index", "name": "SAVI", "constants": { "L": 0.25 } }"#,
    #"{ "module": "smooth", "of": "red", "method": "savitzky_golay", "window": 5, "order": 2 }"#,
    #"{ "module": "gaussian", "of": "red", "sigma": 1, "mode": "constant", "cval": 0.5 }"#,
    #"{ "module": "ndvi", "encoding": { "type": "int16", "scale": 0.0001 }, "save": true }"#,
    #"{ "module": "cloud_mask", "band": "qa_pixel", "reject_bits": [3, 4], "dilate": "90 m" }, { "module": "ndvi" }"#,
    #"{ "module": "cloud_mask", "reject": ["cloud"], "save": true, "as": "clouds" }, { "module": "ndvi" }"#,
  ])
  func `of one choice among several, whose other parameters do not apply`(modules: String) {
    let text =
      #"{ "pipeline": "p", "sequences": [{ "name": "s", "modules": [{ "module": "download", "#
      + #""source": "https://example.org", "collection": "landsat-c2-l2", "#
      + #""bands": ["red", "green", "blue", "nir08", "swir16", "swir22", "qa_pixel"] }, \#(modules)] }] }"#
    let read = ConfigReader.read(Array(text.utf8), file: "a.json")
    #expect(read.messages == [])
    _ = resolve(text, "a.json")
  }

  // MARK: One way of writing for one meaning

  @Test func `the order of keys, white space and notation do not matter`() throws {
    let first = try #require(
      ConfigFixture.read(
        """
        { "pipeline": "p",
          "area": { "bbox": [-71, -36.50, -70, -35], "crs": "EPSG:32719", "resolution": 30 },
          "resources": { "memory": "1GiB", "chunk": 512 },
          "output": { "formats": ["zarr", "netcdf"], "location": "o" },
          "sequences": [
            { "name": "r", "depends_on": ["s"], "modules": [{ "module": "summary" }] },
            { "name": "s", "modules": [
              { "module": "download", "source": "https://example.org/stac", "bands": ["red", "nir08"],
                "query": { "a": { "gt": 1, "lt": 20 } }, "resampling": { "*": "average", "red": "nearest" } },
              { "module": "ndvi" } ] } ] }
        """
      ).config)
    let second = try #require(
      ConfigFixture.read(
        """
        {"sequences":[{"modules":[{"resampling":{"red":"nearest","*":"average"},"retries":3.0,"bands":["red","nir08"],
        "query":{"a":{"lt":2e1,"gt":1.0}},"source":"https://example.org/stac","mode":"stream","module":"download"},
        {"as":"ndvi","bands":["nir08","red"],"module":"ndvi","save":true}],"name":"s"},
        {"modules":[{"module":"summary"}],"depends_on":["s"],"name":"r"}],"run_mode":"local",
        "output":{"delete_local":false,"location":"o","formats":["netcdf","zarr"]},
        "resources":{"chunk":[512,512],"memory":1073741824,"threads":0},
        "area":{"resolution":[30.0,30],"crs":"EPSG:32719","bbox":[-71.0,-36.5,-70,-35]},"pipeline":"p"}
        """
      ).config)
    #expect(first.resolved == second.resolved)
    #expect(first.resolved.text() == second.resolved.text())
  }

  @Test func `different meanings differ`() throws {
    func resolved(_ members: String, _ modules: String) throws -> JSONValue {
      let text = ConfigFixture.config(
        members, sequences: ConfigFixture.sequence(ConfigFixture.download, modules))
      return try #require(ConfigFixture.read(text).config).resolved
    }
    let plain = try resolved("", ConfigFixture.ndvi)
    #expect(
      try plain != resolved(#""dates": { "start": "2021-01-01", "end": "2021-01-02" }"#, ConfigFixture.ndvi)
    )
    #expect(try plain != resolved(#""area": { "bbox": [0, 0, 1, 1] }"#, ConfigFixture.ndvi))
    #expect(try plain != resolved("", #"{ "module": "ndvi", "bands": ["red", "nir08"] }"#))
    #expect(try plain != resolved("", #"{ "module": "ndvi", "as": "other" }"#))
  }

  @Test func `defaults are filled in`() throws {
    let config = try #require(ConfigFixture.read(ConfigFixture.config()).config)
    let expected: JSONValue = [
      "pipeline": "p", "area": "native",
      "output": [
        "location": "out/p", "formats": ["netcdf"], "layout": "per_variable", "allow_empty": false,
        "deflate": 1, "delete_local": false,
      ],
      "resources": ["threads": 0, "memory": 536_870_912, "chunk": "auto", "connections": 0],
      "run_mode": "local",
      "sequences": [
        [
          "name": "s", "depends_on": [],
          "modules": [
            [
              "module": "download", "save": false, "source": "https://example.org/stac",
              "bands": ["red", "nir08", "qa_pixel"], "sign": "none", "group_by": "solar_day",
              "resampling": "nearest", "mode": "stream", "retries": 3,
            ], ["module": "ndvi", "as": "ndvi", "save": true, "bands": ["nir08", "red"]],
          ],
        ]
      ],
    ]
    #expect(config.resolved == expected)
  }
}
