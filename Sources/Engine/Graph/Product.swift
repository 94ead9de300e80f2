public import Geo

/// A variable that the store holds: written to files, or kept until a later stage has read it.
public struct Product: Sendable {
  enum Source: Sendable {
    /// A result plane of each cell.
    case plane(Int)
    /// What the mask with this number, counted from 1, rejects.
    case mask(Int)
    /// An output of a reduction of the stage.
    case reduction(Int, output: Int)
  }

  /// Its place among the sequence's products.
  public let index: Int
  /// The module that makes it.
  public let module: String
  public let variable: Variable
  public let period: Period
  /// The stage that computes it.
  public let stage: Int
  /// Whether it becomes files; else it leaves the store when later stages have read it.
  public let isPublished: Bool
  /// Where the values come from, in the program that computes them.
  var source: Source
  /// Its port in the graph.
  let port: Int
  /// The step it is computed for, by its place in the graph: the one whose result it is, or a table.
  let step: Int
  /// What tells it from products of the same name that were computed otherwise; see `ProductKeys`. Empty where nobody
  /// resumes.
  public internal(set) var key = ""

  /// Whether it has one layer a time step of the cube.
  public var isPerDate: Bool { period == .date }

  /// The name of its array in the store; arrays that are not results are hidden from readers.
  public var arrayName: String { isPublished ? variable.name : "." + variable.name }
}
