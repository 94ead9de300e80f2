public import Geo

/// Where and when the pixels of a strip are, for modules whose result depends on it: on the height of the sun, the weather
/// of the day.
public struct StripPlace: Sendable {
  public let step: NumberStep
  /// The window of the grid whose pixels the strip counts.
  public let window: PixelWindow
  /// The strip's first pixel, counted row by row over the window.
  public let start: Int
  /// Longitude and latitude of pixels; nil where no module asked for them.
  public let positions: PositionLattice?
  /// Of the whole layer: those that modules asked for.
  public let numbers: [LayerNumber: Double]

  public init(
    step: NumberStep, window: PixelWindow, start: Int, positions: PositionLattice? = nil,
    numbers: [LayerNumber: Double] = [:]
  ) {
    self.numbers = numbers
    self.step = step
    self.window = window
    self.start = start
    self.positions = positions
  }
}

/// A pixelwise module whose results depend on the date or the place of pixels: `Strip.place` is there for it.
public protocol PlacedModule: PixelwiseModule {
  /// Whether it needs longitude and latitude.
  var needsPositions: Bool { get }

  /// What of a date's needs is not known, before anything is read: its results are missing on that date, which is a
  /// loss; nil where all is known.
  ///
  /// - Parameters:
  ///   - step: the time step, with what its scenes say of the sun.
  ///   - area: where the grid lies, for modules that need positions.
  func gap(of step: NumberStep, over area: PositionLattice?) -> String?
}
