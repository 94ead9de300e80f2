/// A length or an area that a config gives in pixels or on the ground.
public enum GroundSize: Hashable, Sendable {
  case pixels(Double)
  /// Metres, or square metres.
  case metres(Double)

  /// Reads "90 m", "0.5 km"; for areas "900 m2", "2 ha", "1 km2". Nil when the text is neither.
  public init?(_ text: String, isArea: Bool = false) {
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(digits.count).filter { $0 != " " }
    let units: [String: Double] =
      isArea ? ["m2": 1, "m²": 1, "ha": 10_000, "km2": 1e6, "km²": 1e6] : ["m": 1, "km": 1000]
    guard let number = Double(digits), number.isFinite, let factor = units[unit] else { return nil }
    self = .metres(number * factor)
  }

  /// The size in pixels; what is given in pixels stays.
  ///
  /// - Parameter pixel: the length of a pixel's side, or its area.
  public func inPixels(of pixel: Double) -> Double {
    switch self {
    case .pixels(let size): size
    // A multiple of the pixel's size must not miss it by what division loses.
    case .metres(let size): (size / pixel * 1e6).rounded() / 1e6
    }
  }
}

/// A module with lengths on the ground: they become pixels when the grid is known.
public protocol GroundSizedModule: Module {
  /// Whether any of its sizes is in metres.
  var hasGroundSizes: Bool { get }

  /// The same module with its sizes in pixels.
  ///
  /// - Parameter side: the length of a pixel's side in metres.
  /// - Throws: what is wrong with them.
  func sized(forPixels side: Double) throws(GroundSizeError) -> Self
}

/// A size on the ground that cannot be had in pixels.
public struct GroundSizeError: Error, Hashable, Sendable {
  public let message: String

  public init(_ message: String) {
    self.message = message
  }
}
