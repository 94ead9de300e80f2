import Engine
import Geo
import JSON
import Modules
import Raster
import Testing

/// Makes modules from the text of their configs, one after the other, as a config reader does.
struct ModuleBench {
  let scope = ModuleScope()

  /// A sequence that begins with a download of these bands.
  init(bands: [String], collection: String? = "landsat-c2-l2", more: String = "") throws {
    let list = bands.map { "\"\($0)\"" }.joined(separator: ", ")
    let named = collection.map { "\"collection\": \"\($0)\", " } ?? ""
    _ = try make(
      Download.self,
      "{\"module\": \"download\", \"source\": \"items.json\", \(named)\"bands\": [\(list)]\(more)}")
  }

  init() {}

  /// Makes a module; mistakes are in `scope.diagnostics`, with paths below `$.m`.
  func make<M: Module>(_: M.Type, _ text: String) throws -> M? {
    let node = try JSONParser.parse(text, dialect: .relaxed)
    return M.make(ModuleArguments(node: node, path: JSONPath.root.appending("m")), in: scope)
  }

  /// The mistakes as a user reads them.
  var mistakes: [String] { scope.diagnostics.map(\.description) }
}

/// Runs a pixelwise module over strips of values, with the scales given.
func run(_ module: some PixelwiseModule, _ bands: [[Float]], scale: Double = 1, offset: Double = 0) -> [Float]
{
  let buffers = bands.map { band in
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: band.count)
    _ = buffer.initialize(from: band)
    return buffer
  }
  defer { for buffer in buffers { buffer.deallocate() } }
  let inputs = buffers.map { LinearSamples(UnsafeBufferPointer($0), scale: scale, offset: offset) }
  let count = bands.first?.count ?? 0
  return module.results(of: Strip(inputs: inputs), count: count)[0]
}

extension PixelwiseModule {
  /// Every output for one strip.
  func results(of strip: Strip, count: Int) -> [[Float]] {
    let targets = outputs.map { _ in UnsafeMutableBufferPointer<Float>.allocate(capacity: count) }
    defer { for target in targets { target.deallocate() } }
    for target in targets { target.initialize(repeating: 0) }
    process(strip, into: StripOutputs(targets))
    return targets.map { Array($0) }
  }
}

extension ReductionModule {
  /// Every layer of every output of a reduction of these dates, as the engine gets them: a layer is finished when its
  /// last date was fed; nil stands for a date that brings nothing.
  func reduce(
    _ dates: [CalendarDate], _ values: [[[Float]]?], by reducer: (any TimeReducer)? = nil, pixels: Int
  ) -> [[Results]] {
    let layers = period.layers(of: dates)
    let reducer = reducer ?? makeReducer(pixels: pixels, layers: layers, days: dates)
    var results = outputs.map { _ in layers.map { _ in Results() } }
    func finish(_ layer: Int) {
      for (output, variable) in outputs.enumerated() {
        if variable.storage == .int32 {
          var numbers = [Int32](repeating: -9, count: pixels)
          numbers.withUnsafeMutableBytes { reducer.finish(output: output, layer: layer, into: $0) }
          results[output][layer].counts = numbers
        } else if variable.storage.isFlags {
          var numbers = [UInt8](repeating: 99, count: pixels)
          numbers.withUnsafeMutableBytes { reducer.finish(output: output, layer: layer, into: $0) }
          results[output][layer].counts = numbers.map(Int32.init)
        } else {
          var numbers = [Float](repeating: -9, count: pixels)
          numbers.withUnsafeMutableBytes { reducer.finish(output: output, layer: layer, into: $0) }
          results[output][layer].values = numbers
        }
      }
      reducer.discard(layer: layer)
    }
    for step in dates.indices {
      if let inputs = values[step] {
        let buffers = inputs.map { input in
          let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: input.count)
          _ = buffer.initialize(from: input)
          return buffer
        }
        reducer.feed(buffers.map { UnsafeBufferPointer($0) }, step: step)
        for buffer in buffers { buffer.deallocate() }
      }
      for (layer, described) in layers.enumerated()
      where (finishesTogether ? dates.count - 1 : described.dates.last) == step {
        finish(layer)
      }
    }
    for (layer, described) in layers.enumerated() where described.dates.isEmpty && !finishesTogether {
      finish(layer)
    }
    return results
  }
}

/// One layer of an output, in the type it has.
struct Results: Equatable {
  var values: [Float] = []
  var counts: [Int32] = []

  /// Missing for missing, bit for bit.
  static func == (left: Results, right: Results) -> Bool {
    left.values.map(\.bitPattern) == right.values.map(\.bitPattern) && left.counts == right.counts
  }
}

/// Days that a test writes as text.
func days(_ texts: String...) throws -> [CalendarDate] { try texts.map { try #require(CalendarDate($0)) } }

/// So many days, `step` days apart, from the first of January 2021.
func days(_ count: Int, step: Int) -> [CalendarDate] {
  (0..<count).map { CalendarDate(daysSince1970: 18_628 + $0 * step) }
}
