public import JSON
internal import Storage

/// A catalogue that cannot be read: which file, where in it, what is wrong and what to do about it.
public struct CatalogError: Error, Hashable, Sendable {
  /// The file or URL, without what could be secret in it.
  public let location: String
  /// The place in the file; nil when the file as a whole is meant.
  public let position: SourcePosition?
  /// What is wrong, as a sentence without a full stop.
  public let message: String
  /// What to do about it, where that is known.
  public let advice: String?
  /// Whether it is too large for the memory that is allowed.
  public let isTooLarge: Bool

  public init(
    location: String, position: SourcePosition? = nil, message: String, advice: String? = nil,
    isTooLarge: Bool = false
  ) {
    self.isTooLarge = isTooLarge
    self.location = Secrets.hidden(in: location)
    self.position = position
    self.message = Secrets.hidden(in: message)
    self.advice = advice
  }

  init(location: String, _ error: JSONSyntaxError) {
    self.init(
      location: location,
      position: error.position,
      message: "not valid JSON: \(error.message)",
      advice: error.hint
    )
  }
}

extension CatalogError: CustomStringConvertible {
  /// "items.json:12:3: item "LC08_…": …; what to do".
  public var description: String {
    let place = position.map { ":\($0)" } ?? ""
    return "\(location)\(place): \(message)" + (advice.map { "; \($0)" } ?? "")
  }
}
