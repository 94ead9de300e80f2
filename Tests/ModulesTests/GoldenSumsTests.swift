import Engine
import Foundation
import Geo
import JSON
import Modules
import Raster
import Testing

/// The numbers of every module, against what its revision computed when it was written: a module whose numbers change
/// gets another revision, so that runs never mix them.
@Suite struct GoldenSumsTests {
  /// Modules that compute pixels from their parameters alone; `GoldenFileSumsTests` has those that need files, and tables.
  private static let computing = ModuleRegistry.all.map { $0.descriptor }.filter { descriptor in
    [.mask, .pixelwise, .neighbourhood, .reduction].contains(descriptor.shape)
      && !descriptor.parameters.contains { $0.isRequired && $0.type.isFile }
  }.map(\.name)

  @Test(arguments: computing)
  func `a module whose numbers change gets another revision`(name: String) throws {
    let type = try #require(ModuleRegistry.module(named: name))
    let descriptor = type.descriptor
    try #require(!descriptor.examples.isEmpty, "\(name) has no examples, which are what is computed here")
    let results = try descriptor.examples.map { try Self.numbers(of: type, $0) }
    let sums = try results.map { try GoldenSums.sum(#require($0)) }
    let found = GoldenSums.Record(module: name, revision: descriptor.revision, sums: sums)
    let known = GoldenSums.records.filter { $0.module == name && $0.revision == descriptor.revision }
    #expect(
      known == [found],
      """
      \(name) computes other numbers than its revision \(descriptor.revision) did (or other examples). Where that is \
      meant, raise `revision` in its descriptor; then golden-sums.txt needs the line
      \(found.line)
      """)
  }

  /// What modules can do besides their examples: a name for the line, behind the module's, and the parameters.
  private static let further: [(name: String, parameters: String)] = [
    ("composite:geomedian", #""of": ["red", "green", "blue"], "statistic": "geomedian", "spread": true"#),
    ("composite:best", #""of": ["red", "green"], "best": { "highest": "red" }, "period": "season""#),
    ("composite:nearest", #""of": ["red", "green"], "best": { "nearest_to": "2021-04-01" }"#),
    ("composite:medoid", #""of": ["red", "green", "blue"], "statistic": "medoid", "to": "median""#),
    (
      "composite:spread",
      #""of": "red", "statistic": ["iqr", "mad", "range", "var", "p10", "p90"], "period": "year""#
    ),
    (
      "composite:dates",
      #""of": "red", "statistic": ["first", "last", "date_of_max"], "period": "season_of_year""#
    ),
    (
      "composite:sums",
      #""of": "red", "statistic": ["sum", "geometric_mean", "valid_fraction"], "min_count": 3"#
    ),
    ("composite:mode", #""of": "water", "statistic": "mode", "period": "month""#),
    ("smooth:golay", #""of": "ndvi", "method": "savitzky_golay", "window": 5"#),
    ("smooth:gcv", #""of": "ndvi", "every": 8"#),
    ("trend:ols", #""of": "ndvi", "method": "ols""#),
    ("phenology:least", #""of": "ndvi", "threshold": 0.2, "least_amplitude": 0.1"#),
    ("breaks:plain", #""of": "ndvi", "start": "2021-06-01", "terms": 0, "trend": false, "window": 1"#),
    ("focal:mode", #""of": "water", "statistic": "mode", "radius": 2"#),
    ("focal:extremes", #""of": "ndvi", "statistic": "max", "radius": 3, "shape": "square""#),
    ("gaussian:mirror", #""of": "ndvi", "sigma": 0.25, "mode": "mirror", "missing": "propagate""#),
    ("gaussian:constant", #""of": "ndvi", "sigma": [1, 3], "mode": "constant""#),
    ("morphology:close", #""of": "water", "operation": "close", "radius": 2, "shape": "square""#),
    (
      "expression:functions",
      #""formula": "where(red > 0.2, sqrt(abs(green)), log(nir08 + 2)) ** 2 - min(red, green)", "as": "e""#
    ),
    ("index:several", #""name": ["EVI", "SAVI", "NBR", "MNDWI"]"#),
  ]

  @Test(arguments: further)
  func `the ways of a module that no example shows keep their numbers too`(name: String, parameters: String)
    throws
  {
    let module = String(name.prefix { $0 != ":" })
    let type = try #require(ModuleRegistry.module(named: module))
    let numbers = try #require(try Self.numbers(of: type, #"{ "module": "\#(module)", \#(parameters) }"#))
    let found = GoldenSums.Record(
      module: name, revision: type.descriptor.revision, sums: [try GoldenSums.sum(numbers)])
    let known = GoldenSums.records.filter { $0.module == name && $0.revision == found.revision }
    #expect(
      known == [found],
      """
      \(name) computes other numbers than its revision \(found.revision) did. Where that is meant, raise `revision` in \
      \(module)'s descriptor; then golden-sums.txt needs the line
      \(found.line)
      """)
  }

  @Test func `every line is a module's`() {
    #expect(!GoldenSums.records.isEmpty && Self.computing.count >= 15)
    for record in GoldenSums.records {
      let module = String(record.module.prefix { $0 != ":" })
      let revision = ModuleRegistry.module(named: module)?.descriptor.revision
      #expect(revision.map { record.revision <= $0 } ?? false, "\(record.line)")
    }
  }

  // MARK: What is computed

  static let (width, height) = (48, 32)

  /// The module's results on values that are always the same; nil when it computes no pixels.
  private static func numbers(of type: any Module.Type, _ example: String) throws -> [UInt32]? {
    let node = try JSONParser.parse(example, dialect: .relaxed)
    let bench = try ModuleBench(bands: ["red", "green", "blue", "nir08", "swir16", "swir22", "qa_pixel"])
    for text in type.descriptor.trial.before {
      let before = try JSONParser.parse(text, dialect: .relaxed)
      if let module = before["module"]?.string.flatMap(ModuleRegistry.module(named:)) {
        _ = try bench.make(module, text)
      }
    }
    for name in named(node["of"]) where bench.scope.entry(name) == nil {
      if type.descriptor.name == "morphology" || name == "water" {
        _ = try bench.make(
          ExpressionModule.self, #"{ "module": "expression", "formula": "red > 0.4", "as": "\#(name)" }"#)
      } else {
        // Of a composite's layer the example says so in its name.
        let date = name.replacing("_month_median", with: "")
        _ = try bench.make(NDVI.self, #"{ "module": "ndvi", "as": "\#(date)" }"#)
        if date != name {
          _ = try bench.make(
            Composite.self,
            #"{ "module": "composite", "of": "\#(date)", "statistic": "median", "period": "month" }"#)
        }
      }
    }
    let module = try bench.make(type, example)
    try #require(bench.mistakes == [], "\(example)")
    return try numbers(of: #require(module))
  }

  private static func named(_ node: JSONNode?) -> [String] {
    node?.string.map { [$0] } ?? node?.array?.compactMap(\.string) ?? []
  }

  static func numbers(of module: any Module, step given: NumberStep? = nil) throws -> [UInt32]? {
    switch module {
    case let module as any PixelwiseModule:
      // Stored numbers with the scale of reflectance, and one that lies beyond it.
      let bands = module.inputs.indices.map { input in values(input).map { $0 * 40_000 } }
      let buffers = bands.map { band in
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: band.count)
        _ = buffer.initialize(from: band)
        return buffer
      }
      defer { for buffer in buffers { buffer.deallocate() } }
      let inputs = buffers.map { LinearSamples(UnsafeBufferPointer($0), scale: 2.75e-5, offset: -0.2) }
      let window = PixelWindow(column: 0, row: 0, width: width, height: height)
      // What a module asks of the whole layer is a number in the middle of the values.
      let step = given ?? NumberStep(label: "2021-01", days: nil, time: nil)
      let place =
        module.layerNumber.map { StripPlace(step: step, window: window, start: 0, numbers: [$0: 0.5]) }
        ?? given.map { StripPlace(step: $0, window: window, start: 0) }
      return module.results(of: Strip(inputs: inputs, place: place), count: width * height).flatMap {
        $0.map(\.bitPattern)
      }
    case let module as any NeighbourhoodModule:
      let planes = (module.inputs + module.outputs.map(\.name)).map { _ in plane(.float32) }
      for (input, plane) in planes.prefix(module.inputs.count).enumerated() {
        for (pixel, value) in values(input).enumerated() { plane.samples(as: Float.self)[pixel] = value }
      }
      let window = PixelWindow(column: 0, row: 0, width: width, height: height)
      let outputs = Array(planes.dropFirst(module.inputs.count))
      module.process(Array(planes.prefix(module.inputs.count)), window: window, grid: window, into: outputs)
      return outputs.flatMap { $0.samples(as: Float.self).map(\.bitPattern) }
    case let module as any MaskModule:
      let (layer, rejected) = (plane(.uint16), plane(.uint8))
      for (pixel, value) in values(0).enumerated() {
        // Fill where there is no value; else one of the bits up to 7 in one pixel of nine.
        let bits: UInt16 = pixel % 9 == 4 ? 1 << (UInt16(pixel / 9) % 8) : 64
        layer.samples(as: UInt16.self)[pixel] = value.isNaN ? 1 : bits
      }
      module.reject(
        layer, window: PixelWindow(column: 0, row: 0, width: width, height: height), scratch: plane(.uint16),
        into: rejected)
      return rejected.samples(as: UInt8.self).map { UInt32($0) }
    case let module as any ReductionModule:
      // Two years, every eleventh day; one date in seven brings nothing.
      let dates = days(66, step: 11)
      let fed = dates.indices.map { step -> [[Float]]? in
        step % 7 == 3 ? nil : module.inputs.indices.map { values($0, step: step) }
      }
      return module.reduce(dates, fed, pixels: width * height).flatMap { layers in
        layers.flatMap { $0.values.map(\.bitPattern) + $0.counts.map { UInt32(bitPattern: $0) } }
      }
    default: return nil
    }
  }

  /// Values from -0.05 to 1.2, some of them missing, some zero.
  static func values(_ input: Int, step: Int = 0) -> [Float] {
    (0..<(width * height)).map { pixel in
      let place = (pixel * 7919 + input * 104_729 + step * 1_299_709) % 10_007
      if place % 13 == 5 { return .nan }
      return place % 17 == 0 ? 0 : Float(place) / 8000 - 0.05
    }
  }

  static func plane(_ type: SampleType) -> SamplePlane {
    let plane = SamplePlane()
    plane.reshape(type: type, width: width, height: height)
    return plane
  }
}

extension ParameterType {
  /// Whether it names files.
  fileprivate var isFile: Bool {
    switch self {
    case .file: true
    case .list(let type, _): type.isFile
    case .either(let types): types.contains(where: \.isFile)
    default: false
    }
  }
}
