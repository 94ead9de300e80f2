import Engine
import Geo
import Raster

// Modules with the engine's shapes and arithmetic that can be followed by eye.

extension Module {
  static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Self? { nil }
}

private func stubDescriptor(_ name: String, _ shape: ModuleDescriptor.Shape) -> ModuleDescriptor {
  ModuleDescriptor(name: name, shape: shape, summary: "", discussion: "", parameters: [])
}

extension Variable {
  static func stub(_ name: String, _ storage: Storage = .float32) -> Variable {
    Variable(name: name, longName: name, statisticsRange: -1000...1000, storage: storage)
  }
}

struct StubSource: SourceModule {
  static let descriptor = stubDescriptor("download", .source)
  var bands: [BandRequest]
  var fuse: FuseRule

  init(_ names: String..., fuse: FuseRule = .first) {
    self.fuse = fuse
    bands = names.map {
      BandRequest(
        name: $0, variable: .stub($0), aliases: [$0], isQuality: false, override: SampleEncoding(),
        fallback: SampleEncoding())
    }
  }

  func adding(_ bands: [BandRequest]) -> StubSource {
    var copy = self
    copy.bands += bands
    return copy
  }
}

/// Rejects pixels whose number is odd, and their neighbours within `halo` columns and rows.
struct OddMask: MaskModule {
  static let descriptor = stubDescriptor("cloud_mask", .mask)
  var band = "qa"
  var halo = 0
  var output: Variable {
    .stub("mask", .flags([.init(value: 0, meaning: "kept"), .init(value: 1, meaning: "rejected")]))
  }

  func reject(_ layer: SamplePlane, window: PixelWindow, scratch: SamplePlane, into rejected: SamplePlane) {
    rejected.reshape(type: .uint8, width: window.width, height: window.height)
    let numbers = layer.numbers
    let result = rejected.samples(as: UInt8.self)
    for row in 0..<window.height {
      for column in 0..<window.width {
        let near = PixelWindow(column: window.column + column, row: window.row + row, width: 1, height: 1)
          .grown(by: halo)
          .intersection(PixelWindow(column: 0, row: 0, width: layer.width, height: layer.height))
        var isOdd = false
        if let near {
          for y in near.row..<near.endRow {
            for x in near.column..<near.endColumn { isOdd = isOdd || numbers[y * layer.width + x] & 1 == 1 }
          }
        }
        result[row * window.width + column] = isOdd ? 1 : 0
      }
    }
  }
}

/// The sum of its inputs' values.
struct SumOf: PixelwiseModule {
  static let descriptor = stubDescriptor("sum", .pixelwise)
  let inputs: [String]
  let outputs: [Variable]

  init(_ inputs: String..., as name: String) {
    self.inputs = inputs
    outputs = [.stub(name)]
  }

  func process(_ strip: Strip, into outputs: StripOutputs) {
    let output = outputs[0]
    for pixel in 0..<strip.count {
      var sum = 0.0
      for index in inputs.indices {
        let samples = strip.input(index)
        sum += Double(samples.samples[pixel]) * samples.scale + samples.offset
      }
      output[pixel] = Float(sum)
    }
  }
}

/// Its input's values, and −1 where it has none.
struct Filling: PixelwiseModule {
  static let descriptor = stubDescriptor("filling", .pixelwise)
  let inputs: [String]
  let outputs: [Variable]
  let fillsMissing = true

  init(_ input: String, as name: String) {
    inputs = [input]
    outputs = [.stub(name)]
  }

  func process(_ strip: Strip, into outputs: StripOutputs) {
    let samples = strip.input(0)
    for pixel in 0..<strip.count {
      let value = Float(Double(samples.samples[pixel]) * samples.scale + samples.offset)
      outputs[0][pixel] = value.isNaN ? -1 : value
    }
  }
}

/// A band's value from its stored number; −1 where that cannot be had.
struct AsStored: PixelwiseModule {
  static let descriptor = stubDescriptor("as_stored", .pixelwise)
  let inputs: [String]
  let outputs: [Variable]

  init(_ input: String, as name: String) {
    inputs = [input]
    outputs = [.stub(name)]
  }

  func process(_ strip: Strip, into outputs: StripOutputs) {
    let output = outputs[0]
    let stored = strip.stored(0)
    for pixel in 0..<strip.count {
      guard let stored else {
        output[pixel] = -1
        continue
      }
      let isMissing = stored.samples[pixel] == stored.missing || stored.rejected?[pixel] ?? 0 != 0
      output[pixel] =
        isMissing ? .nan : Float(Double(stored.samples[pixel]) * stored.scale + stored.offset)
    }
  }
}

/// A value and whether it is above a limit, at once.
struct Split: PixelwiseModule {
  static let descriptor = stubDescriptor("split", .pixelwise)
  let inputs: [String]
  let outputs: [Variable]
  let limit: Float

  init(_ input: String, above limit: Float, as name: String) {
    inputs = [input]
    self.limit = limit
    outputs = [
      .stub(name),
      .stub(name + "_flag", .flags([.init(value: 0, meaning: "below"), .init(value: 1, meaning: "above")])),
    ]
  }

  func process(_ strip: Strip, into outputs: StripOutputs) {
    let samples = strip.input(0)
    for pixel in 0..<strip.count {
      let value = Float(Double(samples.samples[pixel]) * samples.scale + samples.offset)
      outputs[0][pixel] = value * 2
      outputs[1][pixel] = value.isNaN ? .nan : value > limit ? 1 : 0
    }
  }
}

/// The sum of a square of values around each pixel, as far as the grid reaches; missing where one of them is.
struct BoxSum: NeighbourhoodModule {
  static let descriptor = stubDescriptor("box_sum", .neighbourhood)
  let inputs: [String]
  let outputs: [Variable]
  let radius: Int
  let scratchBytesPerPixel = 0

  init(_ input: String, radius: Int, as name: String) {
    inputs = [input]
    self.radius = radius
    outputs = [.stub(name)]
  }

  func process(_ inputs: [SamplePlane], window: PixelWindow, grid: PixelWindow, into outputs: [SamplePlane]) {
    let values = inputs[0].samples(as: Float.self)
    let sums = outputs[0].samples(as: Float.self)
    for row in 0..<window.height {
      for column in 0..<window.width {
        var sum: Float = 0
        for y in max(0, row - radius)...min(window.height - 1, row + radius) {
          for x in max(0, column - radius)...min(window.width - 1, column + radius) {
            sum += values[y * window.width + x]
          }
        }
        sums[row * window.width + column] = sum
      }
    }
  }
}

/// A reduction whose result depends on the order in which time steps are fed: halved, then the next one added.
struct HalvingSum: ReductionModule {
  static let descriptor = stubDescriptor("halving_sum", .reduction)
  let inputs: [String]
  let period: Period
  let name: String
  var outputs: [Variable] {
    var main = Variable.stub(name)
    main.companions = ["\(inputs[0])_count"]
    return [main, .stub("\(inputs[0])_count", .int32)]
  }

  init(_ input: String, period: Period = .all, as name: String? = nil) {
    inputs = [input]
    self.period = period
    self.name = name ?? "\(input)_halving"
  }

  func stateBytesPerPixel(layers: [PeriodLayer]) -> Int { 8 * layers.count }

  func makeReducer(pixels: Int, layers: [PeriodLayer], days: [CalendarDate]) -> any TimeReducer {
    State(pixels, layers.count, layers.layersOfDates(days.count))
  }

  private final class State: TimeReducer {
    private let layersOfSteps: [[Int]]
    private var sums: [[Float]]
    private var counts: [[Int32]]

    init(_ pixels: Int, _ layers: Int, _ layersOfSteps: [[Int]]) {
      self.layersOfSteps = layersOfSteps
      sums = Array(repeating: Array(repeating: 0, count: pixels), count: layers)
      counts = Array(repeating: Array(repeating: 0, count: pixels), count: layers)
    }

    func feed(_ values: [UnsafeBufferPointer<Float>], step: Int) {
      for layer in layersOfSteps[step] {
        for pixel in sums[layer].indices where !values[0][pixel].isNaN {
          sums[layer][pixel] = sums[layer][pixel] / 2 + values[0][pixel]
          counts[layer][pixel] += 1
        }
      }
    }

    func finish(output: Int, layer: Int, into result: UnsafeMutableRawBufferPointer) {
      for pixel in sums[layer].indices {
        if output == 1 {
          result.storeBytes(of: counts[layer][pixel], toByteOffset: pixel * 4, as: Int32.self)
        } else {
          let sum = counts[layer][pixel] == 0 ? Float.nan : sums[layer][pixel]
          result.storeBytes(of: sum, toByteOffset: pixel * 4, as: Float.self)
        }
      }
    }
  }
}

extension SamplePlane {
  /// The samples of an integer plane, whatever their width.
  fileprivate var numbers: [Int] {
    switch type.size {
    case 1: samples(as: UInt8.self).map(Int.init)
    case 2: samples(as: UInt16.self).map(Int.init)
    default: samples(as: UInt32.self).map(Int.init)
    }
  }
}

/// Rasters without a date.
struct StubLayer: LayerModule {
  static let descriptor = stubDescriptor("layer", .layer)
  let layers: [FixedLayer]

  init(_ names: String...) {
    layers = names.map {
      FixedLayer(
        band: BandRequest(
          name: $0, variable: .stub($0), aliases: [$0], isQuality: false, override: SampleEncoding(),
          fallback: SampleEncoding()), file: $0, number: 1, resampling: .nearest)
    }
  }
}

/// Numbers of a period.
struct StubNumbers: NumberModule {
  static let descriptor = stubDescriptor("weather", .number)
  let outputs: [Variable]
  let period: Period

  init(_ name: String, period: Period = .date) {
    outputs = [.stub(name)]
    self.period = period
  }

  func values(of steps: [NumberStep], over grid: Grid) -> [[Double]] { [steps.map { _ in 0 }] }
}

/// The sum and the number of valid pixels of areas.
struct AreaSums: TableModule {
  static let descriptor = stubDescriptor("sums", .table)
  let name: String
  let inputs: [String]
  let windows: [PixelWindow]
  let columns = [
    TableColumn(name: "sum", longName: "sum"), TableColumn(name: "count", longName: "count", isWhole: true),
  ]
  let scratchBytesPerPixel = 0
  let isComputedWithCells: Bool

  init(_ input: String, in windows: [PixelWindow], as name: String, withCells: Bool = false) {
    isComputedWithCells = withCells
    inputs = [input]
    self.windows = windows
    self.name = name
  }

  func areas(on grid: Grid) -> [TableArea] {
    windows.enumerated().map {
      TableArea(window: $1, features: [TableFeature(id: "area \($0)", x: 0, y: 0)])
    }
  }

  func rows(_ inputs: [SamplePlane], of area: TableArea, at index: Int, layer: String) throws -> TableRows {
    let valid = inputs[0].samples(as: Float.self).filter { !$0.isNaN }
    return TableRows(
      rows: [[valid.reduce(0) { $0 + Double($1) }, Double(valid.count)]],
      files: [RunFile(path: "\(index)-\(layer).txt", bytes: Array("\(valid.count)".utf8))])
  }
}
