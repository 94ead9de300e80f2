/// What a search found, and what it left out.
public struct SearchResult: Sendable {
  /// The scenes in order of their moments, then of their ids; each (collection, id, moment) once.
  public var scenes: [Scene]
  /// How many scenes were looked at.
  public var considered: Int
  /// Matching scenes that came again with the same collection, id and moment.
  public var duplicatesDropped: Int
  /// Matching scenes left out because newer processing of the same acquisition is there.
  public var replaced: Int
  /// Matching scenes that the search's limit cut off.
  public var beyondLimit: Int
  /// Items that the search may have wanted and that cannot be used.
  public var lost: [LostItem]
  /// What the reader should know and is no error.
  public var notes: [String]
  /// What may be wrong with the result.
  public var warnings: [String]

  public init(
    scenes: [Scene], considered: Int, duplicatesDropped: Int, replaced: Int = 0, beyondLimit: Int,
    lost: [LostItem] = [], notes: [String] = [], warnings: [String] = []
  ) {
    self.scenes = scenes
    self.considered = considered
    self.duplicatesDropped = duplicatesDropped
    self.replaced = replaced
    self.beyondLimit = beyondLimit
    self.lost = lost
    self.notes = notes
    self.warnings = warnings
  }
}
