/// The modules of a sequence, translated into what a worker does with one cell.
///
/// Rejection has levels: level 0 rejects nothing, level n what the first n masks reject together. A module
/// sees its inputs at the level of the masks before it.
public struct Program: Sendable {
  /// One thing to do with each strip of a cell, in order. Slots are float strips, numbered.
  enum Step: Sendable {
    /// Brings a band's samples into a slot, with what `level` rejects missing.
    case load(band: Int, slot: Int, level: Int)
    /// Makes what `level` rejects missing in a slot.
    case reject(slot: Int, level: Int)
    case compute(any PixelwiseModule, inputs: [Int], output: Int)
    /// Copies a slot's physical values to an output plane of the cell.
    case emit(slot: Int, plane: Int)
  }

  /// A mask and the band it reads.
  struct Mask: Sendable {
    let module: any MaskModule
    let band: Int
  }

  /// A reduction over time and the output plane it is fed from.
  public struct Reduction: Sendable {
    public let module: any ReductionModule
    let plane: Int
  }

  /// Something the sequence writes.
  public struct Product: Sendable {
    enum Source: Sendable {
      /// An output plane of each cell.
      case plane(Int)
      /// What the mask of this level (from 1) rejects.
      case mask(level: Int)
      /// An output of a reduction.
      case reduction(Int, output: Int)
    }

    public let module: String
    public let variable: Variable
    let source: Source

    /// Whether it has one layer a date.
    public var isPerDate: Bool {
      if case .reduction = source { return false }
      return true
    }
  }

  /// How scenes of one date that overlap become one layer.
  public private(set) var fuse = FuseRule.first
  /// The bands to read, in the order scenes list them.
  public private(set) var bands: [BandRequest] = []
  private(set) var masks: [Mask] = []
  private(set) var steps: [Step] = []
  public private(set) var reductions: [Reduction] = []
  public private(set) var products: [Product] = []
  private(set) var slotCount = 0
  private(set) var planeCount = 0
  /// For each band the lowest level at which somebody reads it; nil for bands only masks read.
  private(set) var lowestLevel: [Int?] = []

  /// How far beyond a chunk its masks look.
  public var halo: Int { masks.map(\.module.halo).max() ?? 0 }

  /// Translates modules, which were checked when they were made.
  ///
  /// - Parameter modules: in the order of the sequence, with the names their results have and whether they are
  ///   written.
  /// - Parameter encodings: how each module's results are stored, counted like `modules`; the rest plainly.
  /// - Parameter inspecting: whether to write, besides, what comes into the last module.
  public init(
    _ modules: [(name: String, module: any Module, isSaved: Bool)], encodings: [VariableEncoding] = [],
    inspecting: Bool = false
  ) {
    var offered: [BandRequest] = []
    var savedBands: [BandRequest] = []
    var slots: [String: (slot: Int, level: Int)] = [:]
    var planes: [String: (plane: Int, level: Int)] = [:]
    var results: [String: Variable] = [:]
    for (position, (name, module, isSaved)) in modules.enumerated() {
      if inspecting, position == modules.count - 1 {
        inspect(module, offered, &slots, &planes, results)
      }
      if let pixelwise = module as? any PixelwiseModule { results[pixelwise.output.name] = pixelwise.output }
      let encoding = position < encodings.count ? encodings[position] : VariableEncoding()
      switch module {
      case let source as any SourceModule:
        offered = source.bands
        fuse = source.fuse
        if isSaved { savedBands = source.bands }
        for band in savedBands {
          let plane = plane(for: band.name, offered, &slots, &planes)
          products.append(Product(module: name, variable: encoded(band, encoding), source: .plane(plane)))
        }
      case let mask as any MaskModule:
        masks.append(Mask(module: mask, band: bandIndex(mask.band, offered, isMask: true)))
        if isSaved {
          products.append(
            Product(module: name, variable: mask.output, source: .mask(level: masks.count)))
        }
      case let pixelwise as any PixelwiseModule:
        let inputs = pixelwise.inputs.map { slot(for: $0, offered, &slots) }
        let output = newSlot()
        steps.append(.compute(pixelwise, inputs: inputs, output: output))
        slots[pixelwise.output.name] = (output, masks.count)
        planes[pixelwise.output.name] = nil
        if isSaved {
          let plane = plane(for: pixelwise.output.name, offered, &slots, &planes)
          let variable = pixelwise.output.encoded(encoding)
          products.append(Product(module: name, variable: variable, source: .plane(plane)))
        }
      case let reduction as any ReductionModule:
        let plane = plane(for: reduction.input, offered, &slots, &planes)
        reductions.append(Reduction(module: reduction, plane: plane))
        for (index, variable) in reduction.outputs.enumerated() where isSaved {
          products.append(
            Product(
              module: name, variable: variable.encoded(encoding),
              source: .reduction(reductions.count - 1, output: index)))
        }
      default: break
      }
    }
  }

  /// Writes the inputs of a module as they reach it.
  private mutating func inspect(
    _ module: any Module, _ offered: [BandRequest], _ slots: inout [String: (slot: Int, level: Int)],
    _ planes: inout [String: (plane: Int, level: Int)], _ results: [String: Variable]
  ) {
    let inputs: [String] =
      switch module {
      case let mask as any MaskModule: [mask.band]
      case let pixelwise as any PixelwiseModule: pixelwise.inputs
      case let reduction as any ReductionModule: [reduction.input]
      default: []
      }
    for input in inputs {
      guard let variable = results[input] ?? offered.first(where: { $0.name == input })?.variable else {
        continue
      }
      let plane = plane(for: input, offered, &slots, &planes)
      products.append(Product(module: Program.inspectedInput, variable: variable, source: .plane(plane)))
    }
  }

  /// A saved band's variable; the flags of quality layers are no quantities to be packed.
  private func encoded(_ band: BandRequest, _ encoding: VariableEncoding) -> Variable {
    band.isQuality
      ? band.variable.encoded(VariableEncoding(deflateLevel: encoding.deflateLevel))
      : band.variable.encoded(encoding)
  }

  /// The module name under which an inspected module's inputs are written.
  public static let inspectedInput = "input"

  private mutating func newSlot() -> Int {
    slotCount += 1
    return slotCount - 1
  }

  /// The index of a band among those that are read, which it joins.
  private mutating func bandIndex(_ name: String, _ offered: [BandRequest], isMask: Bool = false) -> Int {
    if let index = bands.firstIndex(where: { $0.name == name }) {
      if isMask { bands[index].isQuality = true }
      return index
    }
    guard let band = offered.first(where: { $0.name == name }) else {
      preconditionFailure("a module reads \"\(name)\", which nothing offers: its make() did not check")
    }
    bands.append(band)
    // Flags are never scaled, whatever the catalogue says of them.
    if isMask { bands[bands.count - 1].isQuality = true }
    lowestLevel.append(nil)
    return bands.count - 1
  }

  /// The slot that holds a variable at the present level.
  private mutating func slot(
    for name: String, _ offered: [BandRequest], _ slots: inout [String: (slot: Int, level: Int)]
  ) -> Int {
    let level = masks.count
    if let present = slots[name] {
      if present.level < level { steps.append(.reject(slot: present.slot, level: level)) }
      slots[name] = (present.slot, level)
      return present.slot
    }
    let band = bandIndex(name, offered)
    lowestLevel[band] = min(lowestLevel[band] ?? level, level)
    let slot = newSlot()
    steps.append(.load(band: band, slot: slot, level: level))
    slots[name] = (slot, level)
    return slot
  }

  /// The output plane that gets a variable at the present level.
  private mutating func plane(
    for name: String, _ offered: [BandRequest], _ slots: inout [String: (slot: Int, level: Int)],
    _ planes: inout [String: (plane: Int, level: Int)]
  ) -> Int {
    if let present = planes[name], present.level == masks.count { return present.plane }
    let slot = slot(for: name, offered, &slots)
    steps.append(.emit(slot: slot, plane: planeCount))
    planes[name] = (planeCount, masks.count)
    planeCount += 1
    return planeCount - 1
  }
}
