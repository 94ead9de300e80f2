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
  let output: Variable

  init(_ inputs: String..., as name: String) {
    self.inputs = inputs
    output = .stub(name)
  }

  func process(_ strip: Strip, into output: inout MutableSpan<Float>) {
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

/// A band's value from its stored number; −1 where that cannot be had.
struct AsStored: PixelwiseModule {
  static let descriptor = stubDescriptor("as_stored", .pixelwise)
  let inputs: [String]
  let output: Variable

  init(_ input: String, as name: String) {
    inputs = [input]
    output = .stub(name)
  }

  func process(_ strip: Strip, into output: inout MutableSpan<Float>) {
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

/// A reduction whose result depends on the order in which dates are fed: halved, then the next date added.
struct HalvingSum: ReductionModule {
  static let descriptor = stubDescriptor("halving_sum", .reduction)
  let input: String
  var outputs: [Variable] { [.stub("\(input)_halving"), .stub("\(input)_count", .int32)] }
  var cellMethod: String { "sum" }

  init(_ input: String) {
    self.input = input
  }

  func layers(for dates: [CalendarDate]) -> [ReductionLayer] {
    [ReductionLayer(label: "all", dates: Array(dates.indices))]
  }

  func stateBytesPerPixel(dates: [CalendarDate]) -> Int { 8 }

  func makeReducer(pixels: Int, dates: [CalendarDate]) -> any TimeReducer { State(pixels) }

  private final class State: TimeReducer {
    private var sums: [Float]
    private var counts: [Int32]

    init(_ pixels: Int) {
      sums = Array(repeating: 0, count: pixels)
      counts = Array(repeating: 0, count: pixels)
    }

    func feed(_ values: UnsafeBufferPointer<Float>, date: Int) {
      for pixel in sums.indices where !values[pixel].isNaN {
        sums[pixel] = sums[pixel] / 2 + values[pixel]
        counts[pixel] += 1
      }
    }

    func merge(_ later: any TimeReducer) {}

    func finish(output: Int, layer: Int, into result: UnsafeMutableRawBufferPointer) {
      for pixel in sums.indices {
        if output == 1 {
          result.storeBytes(of: counts[pixel], toByteOffset: pixel * 4, as: Int32.self)
        } else {
          let sum = counts[pixel] == 0 ? Float.nan : sums[pixel]
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
