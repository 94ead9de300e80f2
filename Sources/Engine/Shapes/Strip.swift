public import Raster

/// The inputs of a pixelwise module for one run of pixels; valid during the call that hands it over.
public struct Strip {
  /// Where inputs come from.
  private enum Source {
    case registers(StripRegisters, inputs: [Int])
    case samples([LinearSamples], StripPlace?)
  }

  private let source: Source

  public init(inputs: [LinearSamples], place: StripPlace? = nil) {
    source = .samples(inputs, place)
  }

  /// Where and when its pixels are; nil where that is not known, as in a test.
  public var place: StripPlace? {
    switch source {
    case .registers(let registers, _): registers.place
    case .samples(_, let place): place
    }
  }

  /// Whatever strip is in the registers when it is looked at.
  init(registers: StripRegisters, inputs: [Int]) {
    source = .registers(registers, inputs: inputs)
  }

  /// How many pixels the strip has.
  public var count: Int {
    switch source {
    case .registers(let registers, _): registers.count
    case .samples(let samples, _): samples.first?.samples.count ?? 0
    }
  }

  /// The samples of an input, counted in the order of the module's `inputs`.
  public func input(_ index: Int) -> LinearSamples {
    switch source {
    case .registers(let registers, let inputs): registers.samples(inputs[index])
    case .samples(let samples, _): samples[index]
    }
  }

  /// An input as its file stores it, for modules that know a shorter way from there; `input` has the same samples.
  ///
  /// Nil where they are not 16-bit numbers with a mark for missing ones: what is nil for one strip need not be for
  /// the next.
  public func stored(_ index: Int) -> StoredSamples? {
    switch source {
    case .registers(let registers, let inputs): registers.stored(inputs[index])
    case .samples: nil
    }
  }
}

/// Where a pixelwise module leaves its results for one strip; valid during the call that hands it over.
public struct StripOutputs {
  private enum Target {
    case registers(StripRegisters, outputs: [Int])
    case buffers([UnsafeMutableBufferPointer<Float>])
  }

  private let target: Target

  /// - Parameter buffers: one an output, each with a strip's pixels.
  public init(_ buffers: [UnsafeMutableBufferPointer<Float>]) {
    target = .buffers(buffers)
  }

  /// Whatever strip is in the registers when it is looked at.
  init(registers: StripRegisters, outputs: [Int]) {
    target = .registers(registers, outputs: outputs)
  }

  /// Where an output goes, counted in the order of the module's `outputs`.
  public subscript(index: Int) -> UnsafeMutableBufferPointer<Float> {
    switch target {
    case .registers(let registers, let outputs): registers.target(outputs[index])
    case .buffers(let buffers): buffers[index]
    }
  }
}
