import Engine
import Geo
import JSON
import Modules
import Raster
import Testing

/// The numbers of modules that read a model or a table, and of tables: as `GoldenSumsTests`, with files made here.
@Suite struct GoldenFileSumsTests {
  private static let model = """
    tree
    num_class=1
    num_tree_per_iteration=1
    max_feature_idx=1
    objective=binary sigmoid:1
    feature_names=red nir08

    Tree=0
    num_leaves=3
    num_cat=0
    split_feature=0 1
    threshold=0.25 0.5
    decision_type=10 10
    left_child=-1 -2
    right_child=1 -3
    leaf_value=2 -1 0.5

    end of trees
    """

  private static let spectra = """
    density [kg m-3],grain [um],red,nir08
    """
    + (0..<40).map { row in
      "\n\(300 + 10 * row),\(row * row % 17),\(Double(row) / 40),\(Double(row * 7 % 40) / 40)"
    }.joined()

  private static let weather =
    "day,hour,sw_in,vapour_pressure,air_temperature,wind\n"
    + (0..<24).map { "202,\($0),\(max(0, 600 - 8 * ($0 - 12) * ($0 - 12))),900,5.6,3.5\n" }.joined()

  private static let pixelwise: [(name: String, parameters: String)] = [
    ("classify", #""model": "model.txt", "as": "ice", "bands": ["red", "nir08"]"#),
    ("lookup", #""table": "spectra.csv""#),
    (
      "energy_balance",
      #""albedo": "ndvi", "weather": "weather.csv", "site": {"elevation": 1020}, "sun": {"lat": 67.07, "lon": -49.4}, "slope": 8, "aspect": 200"#
    ),
  ]

  private static func bench() throws -> ModuleBench {
    let bench = try ModuleBench(bands: ["red", "green", "blue", "nir08"])
    bench.scope.moduleFiles = FakeModuleFiles(texts: [
      "model.txt": model, "spectra.csv": spectra, "weather.csv": weather,
    ])
    _ = try bench.make(NDVI.self, #"{ "module": "ndvi" }"#)
    return bench
  }

  private func expectKnown(_ name: String, _ revision: Int, _ numbers: [UInt32]) throws {
    let found = GoldenSums.Record(module: name, revision: revision, sums: [try GoldenSums.sum(numbers)])
    #expect(
      GoldenSums.records.filter { $0.module == name && $0.revision == revision } == [found],
      """
      \(name) computes other numbers than its revision \(revision) did. Where that is meant, raise `revision` in its \
      descriptor; then golden-sums.txt needs the line
      \(found.line)
      """)
  }

  @Test(arguments: pixelwise)
  func `a module that reads a file gets another revision when its numbers change`(
    name: String, parameters: String
  ) throws {
    let type = try #require(ModuleRegistry.module(named: name))
    let bench = try Self.bench()
    let module = try #require(
      try bench.make(type, #"{ "module": "\#(name)", \#(parameters) }"#), "\(bench.mistakes)")
    let day = try #require(CalendarDate("2021-07-21"))
    let step = NumberStep(
      label: "2021-07-21", days: day..<day.next, time: Instant("2021-07-21T12:20:00Z"), sunElevation: 40)
    let numbers = try #require(try GoldenSumsTests.numbers(of: module, step: step))
    try expectKnown(name, type.descriptor.revision, numbers)
  }

  @Test(arguments: ["network_centrality", "ndvi_statistics"])
  func `a table gets another revision when its numbers change`(name: String) throws {
    let type = try #require(ModuleRegistry.module(named: name))
    let bench = try Self.bench()
    _ = try bench.make(
      VegetationImage.self, #"{ "module": "vegetation_image", "coordinates": "pyveg", "region_size": 0.08 }"#)
    let module = try #require(
      try bench.make(type, #"{ "module": "\#(name)" }"#) as? any TableModule, "\(bench.mistakes)")
    let (width, height) = (120, 170)
    let grid = Grid(
      crs: CoordinateReference(wkt: "", authorityCode: "EPSG:4326", isGeographic: true),
      transform: AffineTransform(originX: 27.9, originY: 11.62, pixelWidth: 0.0001, pixelHeight: -0.0001),
      width: width, height: height)
    var numbers: [UInt32] = []
    for (index, area) in try module.areas(on: grid).enumerated() {
      let planes = module.inputs.indices.map { input in
        let plane = SamplePlane()
        plane.reshape(type: .float32, width: area.window.width, height: area.window.height)
        for pixel in 0..<area.window.count {
          let (row, column) = (pixel / area.window.width, pixel % area.window.width)
          let bands = (column * 5 + row * 3) % 97 * 40 / 97 + (column * column * 31 + row * row * 17) % 13
          plane.samples(as: Float.self)[pixel] = 0.05 * Float(input + 1) + 0.001 * Float(bands)
        }
        return plane
      }
      let found = try module.rows(planes, of: area, at: index, layer: "2021-07-21")
      numbers += found.rows.joined().flatMap { number -> [UInt32] in
        let bits = number.isNaN ? Double.nan.bitPattern : number.bitPattern
        return [UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32)]
      }
    }
    try expectKnown(name, type.descriptor.revision, numbers)
  }
}
