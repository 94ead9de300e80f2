/// One stage of a graph, translated into what a worker does with one cell.
///
/// Pixelwise steps run strip by strip while the strip is in the processor's cache (a pass). A step that looks at
/// neighbours needs whole planes: it ends a pass, and what it computes is a source of the next.
///
/// A module sees its inputs with what the masks before it reject missing: instructions carry the number of those
/// masks.
public struct Program: Sendable {
  /// Where samples come from.
  public enum Source: Hashable, Sendable {
    /// A band of the scenes, by its place among the program's bands.
    case band(Int)
    /// What the mask with this number, counted from 1, rejects: 1, else 0, missing where nothing is known.
    case mask(Int)
    /// A product that an earlier stage stored.
    case stored(product: Int)
    /// One number for all pixels: that of a variable at the present time step.
    case number(name: String)
    /// A plane that an earlier pass filled.
    case plane(Int)
  }

  /// One thing to do with each strip of a cell, in order. Registers are float strips, numbered.
  enum Instruction: Sendable {
    /// Brings a source's samples into a register, with what the first `masks` masks reject missing.
    case load(source: Int, register: Int, masks: Int)
    /// Makes what the first `masks` masks reject missing in a register.
    case reject(register: Int, masks: Int)
    case compute(any PixelwiseModule, inputs: [Int], outputs: [Int])
    /// Copies a register's physical values to a plane.
    case emit(register: Int, plane: Int)
  }

  /// Strips, then the neighbourhood step that their planes are for.
  struct Pass: Sendable {
    var instructions: [Instruction] = []
    var filter: Filter?
  }

  /// A neighbourhood step and the planes it reads and fills.
  struct Filter: Sendable {
    let module: any NeighbourhoodModule
    let inputs: [Int]
    let outputs: [Int]
  }

  /// A mask and the quality layer it reads.
  struct Mask: Sendable {
    enum Layer: Hashable, Sendable {
      /// A band of the scenes, by its place among the program's bands.
      case band(Int)
      /// A raster without a date, which an earlier stage stored.
      case stored(product: Int)
    }

    let module: any MaskModule
    let layer: Layer

    /// The band, where it is one.
    var band: Int? {
      if case .band(let band) = layer { return band }
      return nil
    }
  }

  /// A reduction and the planes it is fed from, in the order of its inputs.
  public struct Reduction: Sendable {
    public let module: any ReductionModule
    let planes: [Int]
  }

  /// How scenes of one date that overlap become one layer.
  public internal(set) var fuse = FuseRule.first
  /// The bands to read, in the order scenes list them.
  public internal(set) var bands: [BandRequest] = []
  public internal(set) var sources: [Source] = []
  var masks: [Mask] = []
  /// Masks whose result is a product or a source, counted from 1.
  var reportedMasks: Set<Int> = []
  var passes: [Pass] = [Pass()]
  public internal(set) var reductions: [Reduction] = []
  /// The products that the stage computes, by position in the plan.
  public internal(set) var products: [Int] = []
  /// Numbers of whole layers that modules ask for, and the stored products that they are found in.
  var layerNumbers: [(number: LayerNumber, product: Int)] = []
  var registerCount = 0
  var planeCount = 0
  /// The planes that are kept of a cell, for products and reductions.
  var results: [Int] = []
  /// For each band the fewest masks that come before a reader of it; nil for bands only masks read.
  public internal(set) var fewestMasks: [Int?] = []
  /// Whether results may have values where no scene lies, or the masks keep nothing: no cell is passed over then.
  var computesEverywhere = false
  /// How far beyond a chunk variables are computed, for the neighbourhood steps.
  public internal(set) var margin = 0

  /// How far beyond a chunk quality layers are read.
  public var halo: Int { margin + (masks.map(\.module.halo).max() ?? 0) }

  /// The products of other stages that it reads.
  var storedProducts: [Int] {
    sources.compactMap { if case .stored(let product) = $0 { product } else { nil } }
      + masks.compactMap { if case .stored(let product) = $0.layer { product } else { nil } }
  }

  var instructions: [Instruction] { passes.flatMap(\.instructions) }

  /// Whether planes are computed in the results themselves: nothing lies beyond the chunk, and no pass reads another's.
  var isDirect: Bool { margin == 0 && passes.count == 1 }

  /// The module name under which an inspected module's inputs are written.
  public static let inspectedInput = "input"
}
