internal import Storage

/// Why nothing can be planned.
public struct PlanError: Error, CustomStringConvertible {
  /// Whether the config asks for something impossible (exit status 64), or the data are not as expected (1).
  public let isConfigMistake: Bool
  public let description: String

  public init(_ description: String, isConfigMistake: Bool = false) {
    self.description = Secrets.hidden(in: description)
    self.isConfigMistake = isConfigMistake
  }
}
