public import Raster

/// The inputs of a pixelwise module for one run of pixels; valid during the call that hands it over.
public struct Strip {
  /// How many pixels the strip has.
  public let count: Int
  private let inputs: [LinearSamples]

  public init(count: Int, inputs: [LinearSamples]) {
    self.count = count
    self.inputs = inputs
  }

  /// The samples of an input, counted in the order of the module's `inputs`.
  public func input(_ index: Int) -> LinearSamples { inputs[index] }
}
