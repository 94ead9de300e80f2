public import Engine
public import Geo

/// What a reduction is over and gives, whatever module it belongs to.
public protocol ReductionResult: Sendable {
  var inputs: [String] { get }
  var period: Period { get }
  var outputs: [Variable] { get }
  /// As a `ReductionModule` has it.
  var neededInLayers: [String] { get }
  /// As a `ReductionModule` has it.
  var leastSteps: Int { get }
  /// Why the days of time steps make every result missing; nil where they do not.
  func shortage(over days: [CalendarDate]) -> String?
  func stateBytesPerPixel(layers: [PeriodLayer]) -> Int
  func makeReducer(pixels: Int, layers: [PeriodLayer], days: [CalendarDate]) -> any TimeReducer
}

extension ReductionResult {
  public func shortage(over days: [CalendarDate]) -> String? { nil }
}
