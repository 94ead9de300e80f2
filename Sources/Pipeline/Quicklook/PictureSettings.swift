public import Engine
import JSON

/// How pictures of results look (`output.pictures`).
public struct PictureSettings: Hashable, Sendable {
  /// The ends of the colours, by variable.
  public var limits: [String: ClosedRange<Double>] = [:]
  /// Colour maps, by variable.
  public var colours: [String: ColourMap] = [:]
  /// The variables whose layers become an animation.
  public var animated: [String] = []
  /// Pictures of three variables as red, green and blue.
  public var composites: [Composite] = []

  /// A picture of three variables.
  public struct Composite: Hashable, Sendable {
    /// Of the pictures.
    public let name: String
    /// Red, green, blue.
    public let bands: [String]
    public let limits: ClosedRange<Double>?
    public let gamma: Double
  }

  public init() {}

  /// As a config has it, each variable with what is said of it; nil when nothing is.
  var json: JSONValue? {
    let names = Set(limits.keys).union(colours.keys).union(animated).sorted()
    guard !names.isEmpty || !composites.isEmpty else { return nil }
    let described = composites.map { composite -> (String, JSONValue) in
      var value: JSONValue = ["bands": .array(composite.bands.map(JSONValue.string))]
      if let limits = composite.limits {
        value["limits"] = [.number(limits.lowerBound), .number(limits.upperBound)]
      }
      value["gamma"] = .number(composite.gamma)
      return (composite.name, value)
    }
    return .object(
      JSONObject(
        described
          + names.map { name in
            var value: JSONValue = [:]
            if let limits = limits[name] {
              value["limits"] = [.number(limits.lowerBound), .number(limits.upperBound)]
            }
            if let colours = colours[name] { value["colours"] = .string(colours.rawValue) }
            if animated.contains(name) { value["animation"] = true }
            return (name, value)
          }))
  }
}
