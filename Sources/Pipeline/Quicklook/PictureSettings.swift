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
    /// Whether each layer has a stretch of its own; else one holds for all, so that they can be compared.
    public var isStretchedPerLayer = false
    /// Whether each band has a stretch of its own; else one holds for the three, so that grey stays grey.
    public var isStretchedPerBand = false
    /// Whether the layers become an animation.
    public var isAnimated = false
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
      if composite.isStretchedPerLayer { value["per"] = "date" }
      if composite.isStretchedPerBand { value["stretch"] = "each" }
      if composite.isAnimated { value["animation"] = true }
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
