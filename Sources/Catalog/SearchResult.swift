/// What a search found, and what it left out.
public struct SearchResult: Sendable {
  /// The scenes in order of their moments, then of their ids; each (collection, id, moment) once.
  public var scenes: [Scene]
  /// How many scenes were looked at.
  public var considered: Int
  /// Matching scenes that came again with the same collection, id and moment.
  public var duplicatesDropped: Int
  /// Matching scenes that the search's limit cut off.
  public var beyondLimit: Int
  /// What the reader should know and is no error.
  public var notes: [String]
  /// What may be wrong with the result.
  public var warnings: [String]

  public init(
    scenes: [Scene], considered: Int, duplicatesDropped: Int, beyondLimit: Int, notes: [String] = [],
    warnings: [String] = []
  ) {
    self.scenes = scenes
    self.considered = considered
    self.duplicatesDropped = duplicatesDropped
    self.beyondLimit = beyondLimit
    self.notes = notes
    self.warnings = warnings
  }
}
