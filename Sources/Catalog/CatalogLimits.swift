/// How much a catalogue may take: documents are held in memory, and a value of theirs takes a hundred times the room of
/// its text when it is short.
public struct CatalogLimits: Hashable, Sendable {
  /// The memory that a run is allowed, in bytes.
  public var memory: Int
  /// The most pages of one search: a server that always has a next one has no end.
  public var mostPages = 20_000
  /// The most documents of a catalogue on a server.
  public var mostDocuments = 500_000
  /// The most catalogues inside of each other.
  public var mostNesting = 64

  /// - Parameter memory: `resources.memory`, in bytes.
  public init(memory: Int = 512 << 20) {
    self.memory = max(1 << 20, memory)
  }

  /// The most bytes of one document, unpacked.
  public var mostBytes: Int { memory / 4 }

  /// The most bytes that the values of a document, or the scenes of a search, may take once they are read.
  public var mostTreeBytes: Int { memory / 3 }

  /// What to say of a document that is longer than `mostBytes`.
  public func refusal(ofBytes bytes: Int, location: String) -> CatalogError {
    refusal(location, "the document has \(Self.text(bytes)) or more", needed: bytes, share: 4)
  }

  /// What to say of a document whose values take more than `mostTreeBytes`.
  func refusal(ofTree bytes: Int, location: String) -> CatalogError {
    refusal(location, "the values of the document take about \(Self.text(bytes))", needed: bytes, share: 3)
  }

  /// What to say of scenes that take more than `mostTreeBytes`.
  func refusal(ofScenes bytes: Int, count: Int, location: String) -> CatalogError {
    refusal(
      location, "\(count) scenes came, which take about \(Self.text(bytes)), and there are more",
      needed: bytes * 2,
      share: 3)
  }

  private func refusal(_ location: String, _ finding: String, needed: Int, share: Int) -> CatalogError {
    let needed = needed.multipliedReportingOverflow(by: share)
    return CatalogError(
      location: location,
      message: "\(finding): with \"memory\": \"\(Self.text(memory, separator: ""))\" at most "
        + "\(Self.text(memory / share)) of it are taken",
      advice: (needed.overflow
        ? "" : "\"memory\": \"\(Self.text(needed.partialValue, separator: ""))\" would do; ")
        + "or ask for less: \"dates\", \"query\", \"limit\"", isTooLarge: true)
  }

  /// "64 MiB", rounded up.
  private static func text(_ bytes: Int, separator: String = " ") -> String {
    "\(max(1, bytes / (1 << 20) + (bytes % (1 << 20) > 0 ? 1 : 0)))\(separator)MiB"
  }
}
