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
  let source: Source
  /// Its port in the graph.
  let port: Int

  /// Whether it has one layer a time step of the cube.
  public var isPerDate: Bool { period == .date }

  /// The name of its array in the store; arrays that are not results are hidden from readers.
  public var arrayName: String { isPublished ? variable.name : "." + variable.name }
}
