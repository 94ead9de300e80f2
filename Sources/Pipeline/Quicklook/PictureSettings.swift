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

  public init() {}

  /// As a config has it, each variable with what is said of it; nil when nothing is.
  var json: JSONValue? {
    let names = Set(limits.keys).union(colours.keys).union(animated).sorted()
    guard !names.isEmpty else { return nil }
    return .object(
      JSONObject(
        names.map { name in
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
