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

  /// Three months of a depth on four cells.
  private static let rain = ArrayFile(variables: [
    .init(
      name: "longitude", dimensions: ["longitude"], shape: [2], values: .numbers([27.5, 28]),
      attributes: ["units": "degrees_east"]),
    .init(
      name: "latitude", dimensions: ["latitude"], shape: [2], values: .numbers([11.75, 11.25]),
      attributes: ["units": "degrees_north"]),
    .init(
      name: "time", dimensions: ["time"], shape: [3], values: .numbers([0, 744, 1416]),
      attributes: ["units": "hours since 2018-01-01 00:00:00"]),
    .init(
      name: "tp", dimensions: ["time", "latitude", "longitude"], shape: [3, 2, 2],
      values: .numbers((0..<12).map { Double($0 * $0 * 7 % 31) / 8 }), attributes: ["units": "m"]),
  ])

  /// In the grid's own coordinates.
  private static func features(_ shapes: [VectorFeatures.Shape]) -> VectorFeatures {
    VectorFeatures(
      features: shapes.enumerated().map { .init(number: $0 + 1, attributes: [:], shape: $1) },
      attributeNames: [], projecting: { shape, _ in shape }, box: { _ in nil })
  }

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
    bench.scope.moduleFiles = FakeModuleFiles(
      texts: ["model.txt": model, "spectra.csv": spectra, "weather.csv": weather],
      arrays: ["era5.nc": rain],
      features: [
        "points.geojson": features([
          .points([.init(x: 27.9031, y: 11.6104)]), .points([.init(x: 27.9, y: 11.62)]),
          .points([.init(x: 30, y: 11.6)]),
        ]),
        "polygons.geojson": features([
          .polygons([
            [(27.90013, 11.61007), (27.90417, 11.61151), (27.90208, 11.61803), (27.90013, 11.61007)].map {
              .init(x: $0, y: $1)
            }
          ])
        ]),
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
    try expectKnown(name, type.descriptor.revision, Self.numbers(of: module))
  }

  @Test func `sampled points and polygons get another revision when their numbers change`() throws {
    let bench = try Self.bench()
    func module(_ parameters: String) throws -> any TableModule {
      try #require(
        try bench.make(Sample.self, #"{ "module": "sample", "of": ["red", "nir08"], \#(parameters) }"#),
        "\(bench.mistakes)")
    }
    let points = try module(#""features": "points.geojson", "size": 3, "as": "points""#)
    let polygons = try module(
      #""features": "polygons.geojson", "statistics": ["count", "mean", "std", "median", "p10"], "as": "polygons""#
    )
    try expectKnown(
      "sample", Sample.descriptor.revision, Self.numbers(of: points) + Self.numbers(of: polygons))
  }

  @Test func `weather gets another revision when its numbers change`() throws {
    let bench = try Self.bench()
    let module = try #require(
      try bench.make(
        Weather.self,
        #"""
        { "module": "weather", "source": "era5.nc", "variables": [
          { "name": "tp", "as": "rain", "reduce": "sum", "per": "month_mean" }, { "name": "tp", "as": "most", "reduce": "max" },
          { "name": "tp", "as": "usual" }] }
        """#), "\(bench.mistakes)")
    let steps = try [("2018-01-01", "2018-02-01"), ("2018-01-16", "2018-03-15")].map { first, end in
      let days = try (#require(CalendarDate(first)), #require(CalendarDate(end)))
      return NumberStep(label: first, days: days.0..<days.1, time: nil)
    }
    let found = try module.numbers(
      of: steps, over: Self.grid, within: BoundingBox(minX: 27.6, minY: 11.2, maxX: 28.1, maxY: 11.9))
    try #require(found.values.joined().count { !$0.isNaN } >= 4, "\(found.values)")
    try expectKnown("weather", Weather.descriptor.revision, Self.bits(found.values.joined()))
  }

  private static let (width, height) = (120, 170)
  private static let grid = Grid(
    crs: CoordinateReference(wkt: "", authorityCode: "EPSG:4326", isGeographic: true),
    transform: AffineTransform(originX: 27.9, originY: 11.62, pixelWidth: 0.0001, pixelHeight: -0.0001),
    width: width, height: height)

  private static func bits(_ numbers: some Sequence<Double>) -> [UInt32] {
    numbers.flatMap { number -> [UInt32] in
      let bits = number.isNaN ? Double.nan.bitPattern : number.bitPattern
      return [UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32)]
    }
  }

  /// A table's rows over values that are always the same.
  private static func numbers(of module: any TableModule) throws -> [UInt32] {
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
      numbers += bits(found.rows.joined())
    }
    return numbers
  }
}
