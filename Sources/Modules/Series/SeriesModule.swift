public import Engine
public import Geo
internal import JSON
public import Raster

/// A module that sees all time steps of a pixel at once.
public protocol SeriesModule: ReductionModule {
  /// Makes what computes one pixel.
  ///
  /// - Parameters:
  ///   - layers: of the result.
  ///   - days: of the time steps.
  func makeWorker(layers: [PeriodLayer], days: [CalendarDate]) -> any SeriesWorker
  /// Whether results are of a layer each and in order: then a worker's numbers are the first output's layers; else they
  /// are the outputs of one layer.
  var resultsAreLayers: Bool { get }
}

extension SeriesModule {
  public var finishesTogether: Bool { true }

  public func stateBytesPerPixel(layers: [PeriodLayer]) -> Int {
    // A step may go into no layer of its own: all are held.
    let steps = layers.flatMap(\.dates).max().map { $0 + 1 } ?? 0
    return (steps + (resultsAreLayers ? layers.count : outputs.count)) * MemoryLayout<Float>.stride
  }

  public func makeReducer(pixels: Int, layers: [PeriodLayer], days: [CalendarDate]) -> any TimeReducer {
    SeriesReducer(
      makeWorker(layers: layers, days: days), storages: outputs.map(\.storage),
      resultsAreLayers: resultsAreLayers, steps: days.count, pixels: pixels)
  }
}

/// Holds all values of a chunk, and computes its pixels when the last is there.
final class SeriesReducer: TimeReducer {
  private let worker: any SeriesWorker
  private let storages: [Variable.Storage]
  private let resultsAreLayers: Bool
  private let steps: Int
  private var pixels: Int
  private var stack: PlaneStack?
  /// Which time steps were fed, in order.
  private var fed: [Int] = []
  /// The worker's numbers, a plane each.
  private let results = SamplePlane()
  private var isComputed = false

  init(
    _ worker: any SeriesWorker, storages: [Variable.Storage], resultsAreLayers: Bool, steps: Int, pixels: Int
  ) {
    self.worker = worker
    self.storages = storages
    self.resultsAreLayers = resultsAreLayers
    self.steps = steps
    self.pixels = pixels
  }

  func feed(_ values: [UnsafeBufferPointer<Float>], step: Int) {
    if fed.isEmpty, stack.map({ !$0.restart(pixels: pixels) }) ?? true {
      stack = PlaneStack(pixels: pixels, capacity: steps)
    }
    fed.append(step)
    stack?.append(values[0])
  }

  func finish(output: Int, layer: Int, into result: UnsafeMutableRawBufferPointer) {
    computeIfNeeded()
    let plane = resultsAreLayers ? layer : output
    let all = results.samples(as: Float.self)
    let values = UnsafeBufferPointer(rebasing: all[(plane * pixels)..<((plane + 1) * pixels)])
    if case .int32 = storages[output] {
      let target = result.bindMemory(to: Int32.self)
      for pixel in 0..<pixels { target[pixel] = Int32(values[pixel]) }
    } else {
      _ = result.bindMemory(to: Float.self).update(fromContentsOf: values)
    }
  }

  private func computeIfNeeded() {
    guard !isComputed else { return }
    isComputed = true
    let count = worker.resultCount
    results.reshape(type: .float32, width: pixels, height: max(count, 1))
    let target = results.samples(as: Float.self)
    let planes = stack.flatMap { fed.isEmpty ? nil : $0.values }
    withUnsafeTemporaryAllocation(of: Double.self, capacity: max(steps, 1)) { series in
      series.initialize(repeating: .nan)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: max(count, 1)) { own in
        own.initialize(repeating: .nan)
        let values = UnsafeBufferPointer(rebasing: series[..<steps])
        let numbers = UnsafeMutableBufferPointer(rebasing: own[..<count])
        for pixel in 0..<pixels {
          if let planes {
            for (place, step) in fed.enumerated() { series[step] = Double(planes[place * pixels + pixel]) }
          }
          worker.compute(values, into: numbers)
          for number in 0..<count { target[number * pixels + pixel] = numbers[number] }
        }
      }
    }
  }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    fed = []
    isComputed = false
    return true
  }
}

extension Period {
  /// The period of results that have a layer for each value of a series of this period.
  var ofSeries: Period { self == .date ? .everyDate : self }
}

/// Finds what a series is of, reporting every mistake.
struct SeriesInput {
  let arguments: ModuleArguments
  let scope: ModuleScope
  let module: String

  static let parameter = ModuleParameter(
    "of", .variable,
    "The variable: of single dates, or of layers that follow one another, such as monthly composites; by default the "
      + "latest computed one.")

  func entry() -> ModuleScope.Entry? {
    guard
      let entry = FilterInput(arguments: arguments, scope: scope, module: module)
        .entry(isFlagsTaken: false, needs: "numbers")
    else { return nil }
    guard entry.period.dimension == "time" else {
      scope.report(
        "\"\(entry.variable.name)\" has \(entry.period.phrase): that is no series in time", at: "of",
        of: arguments, suggestion: "use the variable of single dates")
      return nil
    }
    return entry
  }
}

extension [CalendarDate] {
  /// Days since 1 January 1970.
  var numbers: [Double] { map { Double($0.daysSince1970) } }
}

extension Variable {
  /// A variable of the same quantity under another name.
  func derived(_ name: String, _ title: String) -> Variable {
    var copy = named(name)
    copy.longName = title
    copy.companions = []
    copy.cellMethods = nil
    copy.storage = .float32
    return copy
  }

  /// A variable of another quantity that is about this one.
  func about(_ name: String, _ title: String, units: String, range: ClosedRange<Double>) -> Variable {
    Variable(name: name, longName: title, units: units, statisticsRange: range)
  }

  /// The same of a variable in this one's unit, or in that a year.
  func change(
    _ name: String, _ title: String, isPerYear: Bool = false, range: ClosedRange<Double>
  ) -> Variable {
    var change = about(name, title, units: isPerYear ? "\(units) year-1" : units, range: range)
    change.origin = origin?.derived(isPerYear: isPerYear)
    return change
  }

  /// How many values a series has.
  static func seriesCount(_ name: String, of variable: Variable) -> Variable {
    var count = Variable(
      name: name, longName: "number of observations of \(variable.name)",
      standardName: "number_of_observations",
      statisticsRange: 0...4096, storage: .int32)
    count.isAuxiliary = true
    return count
  }

  /// The width of the values that statistics resolve.
  var span: Double { statisticsRange.upperBound - statisticsRange.lowerBound }
}
