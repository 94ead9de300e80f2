internal import Geo
internal import Raster

/// The registers of a program: where each lies in memory, and what it holds of the present strip. One a worker.
///
/// A band's samples are brought into a register when somebody asks for them there: whoever takes them as they are stored
/// does without.
final class StripRegisters {
  /// A source in a register.
  private struct Loading {
    let source: Int
    /// As many of the masks count.
    var masks: Int
  }

  private struct Register {
    /// Where the present strip's samples are, or go.
    var memory: UnsafeMutablePointer<Float>
    var loading: Loading?
    /// Whether the memory holds what it should.
    var isFilled = false
    var scale = 1.0
    var offset = 0.0
  }

  private let loaded: [LoadedBand]
  private let rejected: [SamplePlane]
  /// The output plane in which a register lies, where it does not lie in `memory`.
  let planeOfRegister: [Int?]
  private let memory: UnsafeMutablePointer<Float>
  private let registers: UnsafeMutableBufferPointer<Register>
  /// A source of the present cell; found once, not for each strip.
  private struct Source {
    /// Whether anybody needs it; else all of it is missing, and nothing was read.
    var isNeeded = false
    /// The numbers as stored, where there is a short way from them, and what means missing.
    var numbers: UnsafeMutablePointer<UInt16>?
    var missing: UInt16 = 0
    var scale = 1.0
    var offset = 0.0
    /// The number that all pixels have, where it is one.
    var number: Float?
  }

  private let sources: UnsafeMutableBufferPointer<Source>
  /// What the first n masks reject in the present cell, n counted from 1.
  private let marks: UnsafeMutableBufferPointer<UnsafeMutablePointer<UInt8>?>
  /// Where the present cell's output planes begin.
  private let planes: UnsafeMutableBufferPointer<UnsafeMutablePointer<Float>?>
  /// The present cell's time step and window; nil before the first.
  var cell:
    (step: NumberStep, window: PixelWindow, positions: PositionLattice?, numbers: [LayerNumber: Double])?
  /// The present strip.
  private var start = 0
  private(set) var count = 0

  /// - Parameters:
  ///   - sources: counted like the program's; read before a cell is run.
  ///   - rejected: what the first n masks reject, n counted from 1, over the window.
  init(program: Program, sources loaded: [LoadedBand], rejected: [SamplePlane]) {
    self.loaded = loaded
    self.rejected = rejected
    planeOfRegister = StripRegisters.planeOfRegister(program)
    memory = .allocate(capacity: max(1, program.registerCount) * StripRunner.length)
    registers = .allocate(capacity: program.registerCount)
    for register in registers.indices {
      registers.initializeElement(at: register, to: Register(memory: memory + register * StripRunner.length))
    }
    sources = .allocate(capacity: loaded.count)
    sources.initialize(repeating: Source())
    marks = .allocate(capacity: rejected.count)
    marks.initialize(repeating: nil)
    planes = .allocate(capacity: program.planeCount)
    planes.initialize(repeating: nil)
  }

  deinit {
    registers.deallocate()
    sources.deallocate()
    marks.deallocate()
    planes.deallocate()
    memory.deallocate()
  }

  /// What a module computes to be given out as it is, it computes in its place.
  private static func planeOfRegister(_ program: Program) -> [Int?] {
    var planes = [Int?](repeating: nil, count: program.registerCount)
    for instruction in program.instructions {
      if case .emit(let register, let plane) = instruction, planes[register] == nil {
        planes[register] = plane
      }
    }
    for instruction in program.instructions {
      switch instruction {
      // Sources have a scale; and what is rejected later must not be rejected in what was given out before.
      case .load(_, let register, _), .reject(let register, _): planes[register] = nil
      case .compute, .emit: break
      }
    }
    return planes
  }

  /// Where and when the present strip is.
  var place: StripPlace? {
    cell.map {
      StripPlace(
        step: $0.step, window: $0.window, start: start, positions: $0.positions, numbers: $0.numbers)
    }
  }

  // MARK: Strips

  /// Begins a cell: all planes have its shape, but for those of bands that nobody needs.
  func begin(needed: [Bool], pixels: Int, _ filled: [SamplePlane]) {
    for (index, plane) in filled.enumerated() {
      precondition(plane.count == pixels)
      planes[index] = plane.samples(as: Float.self).baseAddress
    }
    for (index, band) in loaded.enumerated() {
      sources[index] = needed[index] ? StripRegisters.source(band) : Source()
      precondition(!sources[index].isNeeded || band.number != nil || band.plane.count == pixels)
    }
    for (index, plane) in rejected.enumerated() {
      precondition(plane.count == pixels)
      marks[index] = plane.samples(as: UInt8.self).baseAddress
    }
  }

  private static func source(_ band: LoadedBand) -> Source {
    if let number = band.number { return Source(isNeeded: true, number: number) }
    let (scale, offset) = band.format.scaleAfterLoading
    var source = Source(isNeeded: true, scale: scale, offset: offset)
    if band.plane.type == .uint16, !band.hasUncovered,
      let missing = band.format.nodata.flatMap({ UInt16(exactly: $0) })
    {
      source.numbers = band.plane.samples(as: UInt16.self).baseAddress
      source.missing = missing
    }
    return source
  }

  /// Begins a strip; every register is empty afterwards.
  func begin(start: Int, count: Int) {
    self.start = start
    self.count = count
    for register in registers.indices {
      registers[register].loading = nil
      registers[register].isFilled = false
      guard let plane = planeOfRegister[register], let first = planes[plane] else { continue }
      registers[register].memory = first + start
    }
  }

  /// An output plane's part of the present strip.
  func strip(of plane: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: planes[plane].map { $0 + start }, count: count)
  }

  /// Says which source is in a register, with what so many masks reject missing.
  func load(_ source: Int, into register: Int, masks: Int) {
    registers[register].loading = Loading(source: source, masks: masks)
    registers[register].isFilled = false
    (registers[register].scale, registers[register].offset) = (sources[source].scale, sources[source].offset)
  }

  /// Makes what so many masks reject missing in a register.
  func reject(in register: Int, masks: Int) {
    // More masks reject all that fewer do.
    registers[register].loading?.masks = masks
    guard registers[register].isFilled else { return }
    var samples = buffer(register).mutableSpan
    guard let rejected = rejected(masks) else { return }
    LoadSamples.reject(rejected.span, in: &samples)
  }

  /// Says that a register is about to be filled with physical values.
  func fill(_ register: Int) {
    registers[register].loading = nil
    registers[register].isFilled = true
    (registers[register].scale, registers[register].offset) = (1, 0)
  }

  /// Where a register's samples of the present strip go.
  func target(_ register: Int) -> UnsafeMutableBufferPointer<Float> { buffer(register) }

  /// What a register holds.
  func samples(_ register: Int) -> LinearSamples {
    let samples = buffer(register)
    if !registers[register].isFilled, let loading = registers[register].loading {
      fill(samples, loading)
      registers[register].isFilled = true
    }
    return LinearSamples(
      UnsafeBufferPointer(samples), scale: registers[register].scale, offset: registers[register].offset)
  }

  /// The same as its file stores it; nil where it does not come from a file with 16-bit numbers, some of which mean
  /// missing.
  func stored(_ register: Int) -> StoredSamples? {
    guard let loading = registers[register].loading else { return nil }
    let source = sources[loading.source]
    guard let numbers = source.numbers else { return nil }
    return StoredSamples(
      UnsafeBufferPointer(start: numbers + start, count: count), missing: source.missing,
      rejected: rejected(loading.masks), scale: source.scale, offset: source.offset)
  }

  private func fill(_ samples: UnsafeMutableBufferPointer<Float>, _ loading: Loading) {
    guard sources[loading.source].isNeeded else { return samples.update(repeating: .nan) }
    if let number = sources[loading.source].number {
      samples.update(repeating: number)
      guard let rejected = rejected(loading.masks) else { return }
      var target = samples.mutableSpan
      LoadSamples.reject(rejected.span, in: &target)
      return
    }
    let band = loaded[loading.source]
    var target = samples.mutableSpan
    band.format.load(band.plane, start: start, rejected: rejected(loading.masks)?.span, into: &target)
    guard band.hasUncovered else { return }
    let uncovered = UnsafeMutableBufferPointer(
      rebasing: band.uncovered.samples(as: UInt8.self)[start..<(start + count)])
    LoadSamples.reject(uncovered.span, in: &target)
  }

  private func buffer(_ register: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: registers[register].memory, count: count)
  }

  /// What so many masks reject in the present strip; nil for none of them.
  private func rejected(_ masks: Int) -> UnsafeBufferPointer<UInt8>? {
    guard masks > 0, let marks = marks[masks - 1] else { return nil }
    return UnsafeBufferPointer(start: marks + start, count: count)
  }
}
