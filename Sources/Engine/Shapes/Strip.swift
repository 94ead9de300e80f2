public import Raster

/// The inputs of a pixelwise module for one run of pixels; valid during the call that hands it over.
///
/// No enumeration of where they come from: its payload would be copied, and counted, by each question.
public struct Strip {
  /// Of a program that runs; else `samples` are the inputs.
  private let registers: StripRegisters?
  /// The registers of the inputs.
  private let inputs: [Int]
  private let samples: [LinearSamples]
  private let ownPlace: StripPlace?

  public init(inputs: [LinearSamples], place: StripPlace? = nil) {
    (registers, self.inputs, samples, ownPlace) = (nil, [], inputs, place)
  }

  /// Whatever strip is in the registers when it is looked at.
  init(registers: StripRegisters, inputs: [Int]) {
    (self.registers, self.inputs, samples, ownPlace) = (registers, inputs, [], nil)
  }

  /// Where and when its pixels are; nil where that is not known, as in a test.
  public var place: StripPlace? { registers.map { $0.place } ?? ownPlace }

  /// How many pixels the strip has.
  public var count: Int { registers?.count ?? samples.first?.samples.count ?? 0 }

  /// The samples of an input, counted in the order of the module's `inputs`.
  public func input(_ index: Int) -> LinearSamples {
    registers?.samples(inputs[index]) ?? samples[index]
  }

  /// An input as its file stores it, for modules that know a shorter way from there; `input` has the same samples.
  ///
  /// Nil where they are not 16-bit numbers with a mark for missing ones: what is nil for one strip need not be for
  /// the next.
  public func stored(_ index: Int) -> StoredSamples? { registers?.stored(inputs[index]) }
}

/// Where a pixelwise module leaves its results for one strip; valid during the call that hands it over.
public struct StripOutputs {
  /// Of a program that runs; else `buffers` are the outputs.
  private let registers: StripRegisters?
  /// The registers of the outputs.
  private let outputs: [Int]
  private let buffers: [UnsafeMutableBufferPointer<Float>]

  /// - Parameter buffers: one an output, each with a strip's pixels.
  public init(_ buffers: [UnsafeMutableBufferPointer<Float>]) {
    (registers, outputs, self.buffers) = (nil, [], buffers)
  }

  /// Whatever strip is in the registers when it is looked at.
  init(registers: StripRegisters, outputs: [Int]) {
    (self.registers, self.outputs, buffers) = (registers, outputs, [])
  }

  /// Where an output goes, counted in the order of the module's `outputs`.
  public subscript(index: Int) -> UnsafeMutableBufferPointer<Float> {
    registers?.target(outputs[index]) ?? buffers[index]
  }
}
