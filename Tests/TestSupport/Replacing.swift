extension String {
  /// This text with another in place of one that occurs in it.
  ///
  /// - Throws: `ProgramFailure` when it does not occur: what was to be tested is not there.
  public func replacingFound(_ text: String, with other: String) throws -> String {
    guard contains(text) else {
      throw ProgramFailure("there is no \(text.debugDescription) in \(debugDescription)")
    }
    return replacing(text, with: other)
  }
}
