internal import Engine
internal import Geo
internal import Raster

/// Reduces each variable of a composite by reducers of its own.
final class CompositeReducer: TimeReducer {
  /// Of each variable.
  private let parts: [[any VariableReducer]]
  private let outputs: [CompositeOutput]
  private let layers: [PeriodLayer]
  /// By time step.
  private let layersOfSteps: [[Int]]
  private let days: [Float]
  private let minimumCount: UInt16
  private let ddof: UInt16
  /// Whether what values weigh follows them, variable by variable.
  private let isWeighted: Bool
  private var pixels: Int
  /// Values of results that are stored as whole numbers.
  private let scratch = SamplePlane()

  /// - Parameters:
  ///   - outputs: in the module's order.
  ///   - days: of the time steps.
  ///   - minimumCount: with fewer values statistics are missing.
  ///   - ddof: taken from the number of values in variances.
  ///   - isWeighted: whether what the values weigh is fed after them, variable by variable.
  init(
    _ parts: [[any VariableReducer]], outputs: [CompositeOutput], layers: [PeriodLayer], days: [CalendarDate],
    minimumCount: Int, ddof: Int, isWeighted: Bool = false, pixels: Int
  ) {
    self.isWeighted = isWeighted
    self.parts = parts
    self.outputs = outputs
    self.layers = layers
    layersOfSteps = layers.layersOfDates(days.count)
    self.days = days.map { Float($0.daysSince1970) }
    self.minimumCount = UInt16(clamping: minimumCount)
    self.ddof = UInt16(clamping: ddof)
    self.pixels = pixels
  }

  func feed(_ values: [UnsafeBufferPointer<Float>], step: Int) {
    for layer in layersOfSteps[step] {
      for (place, parts) in parts.enumerated() {
        let weights = isWeighted ? values[self.parts.count + place] : nil
        for part in parts { part.feed(values[place], weights: weights, layer: layer, step: step) }
      }
    }
  }

  func finish(output: Int, layer: Int, into result: UnsafeMutableRawBufferPointer) {
    let wanted = outputs[output]
    let part = parts[wanted.variable][wanted.part]
    switch wanted.storage {
    case .int32: writeCounts(part.counts(layer: layer), into: result.bindMemory(to: Int32.self))
    case .flags:
      scratch.reshape(type: .float32, width: pixels, height: 1)
      let values = scratch.samples(as: Float.self)
      write(wanted, part, layer, into: values)
      let flags = result.bindMemory(to: UInt8.self)
      for pixel in 0..<pixels { flags[pixel] = values[pixel].isNaN ? 255 : UInt8(values[pixel]) }
    case .float32, .int16: write(wanted, part, layer, into: result.bindMemory(to: Float.self))
    }
  }

  private func writeCounts(
    _ counts: UnsafeBufferPointer<UInt16>?, into target: UnsafeMutableBufferPointer<Int32>
  ) {
    guard let counts else { return target.update(repeating: 0) }
    var span = target.mutableSpan
    RunningMean.counts(counts.span, into: &span)
  }

  private func write(
    _ wanted: CompositeOutput, _ part: any VariableReducer, _ layer: Int,
    into target: UnsafeMutableBufferPointer<Float>
  ) {
    if wanted.result == .statistic(.validFraction) {
      let dates = Float(layers[layer].dates.count)
      guard dates > 0 else { return target.update(repeating: .nan) }
      guard let counts = part.counts(layer: layer) else { return target.update(repeating: 0) }
      for pixel in 0..<pixels { target[pixel] = Float(counts[pixel]) / dates }
      return
    }
    guard part.finish(wanted.result, layer: layer, days: days, ddof: ddof, into: target),
      let counts = part.counts(layer: layer)
    else { return target.update(repeating: .nan) }
    guard minimumCount > 1 else { return }
    var span = target.mutableSpan
    RunningStatistics.require(minimumCount, counts: counts.span, in: &span)
  }

  func discard(layer: Int) {
    for part in parts.joined() { part.discard(layer: layer) }
  }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    return parts.joined().allSatisfy { $0.restart(pixels: pixels) }
  }
}

/// One output of a composite.
struct CompositeOutput: Sendable {
  /// The place of the variable among the inputs, and of the reducer among its own.
  let variable: Int
  let part: Int
  let result: VariableResult
  let storage: Variable.Storage
}

/// What a variable's reducer gives of a layer.
enum VariableResult: Hashable {
  case statistic(Statistic)
  /// The day of the date whose value the statistic is, as days since 1970.
  case day(Statistic)
  /// How many time steps have a value.
  case count
}

/// The state of one variable's reduction over one chunk, layer by layer.
protocol VariableReducer: AnyObject {
  /// Takes in one time step's values, in order of time within each layer; NaN is missing.
  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int, step: Int)
  /// The same with what each value weighs, where values weigh differently.
  func feed(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>?, layer: Int, step: Int)
  /// Writes a result of a layer that all its time steps were fed to, missing where there is no value.
  ///
  /// - Parameters:
  ///   - days: of the time steps.
  ///   - ddof: taken from the number of values in variances.
  /// - Returns: false where nothing was fed to the layer.
  func finish(
    _ result: VariableResult, layer: Int, days: [Float], ddof: UInt16,
    into target: UnsafeMutableBufferPointer<Float>
  ) -> Bool
  /// How many time steps of a layer have a value; nil where nothing was fed to it.
  func counts(layer: Int) -> UnsafeBufferPointer<UInt16>?
  /// Gives a layer's memory to those that come.
  func discard(layer: Int)
  /// Forgets everything, to begin with another chunk; false when there is no memory for so many pixels.
  func restart(pixels: Int) -> Bool
}

extension VariableReducer {
  /// What values weigh says nothing to most statistics.
  func feed(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>?, layer: Int, step: Int
  ) {
    feed(values, layer: layer, step: step)
  }
}
