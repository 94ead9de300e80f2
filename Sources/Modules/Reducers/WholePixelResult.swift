internal import Engine
internal import Geo
internal import Raster

/// What a composite of whole pixels is over, and what it gives: the bands of one observation, or of a point between
/// observations, with the number of observations and the day beside the first band.
struct WholePixelResult: ReductionResult {
  let inputs: [String]
  let period: Period
  let outputs: [Variable]
  let neededInLayers: [String]
  var leastSteps: Int { minimumCount }
  private let method: WholePixel
  /// How many of the inputs are bands; what a best pixel is chosen by may come behind.
  private let bands: Int
  /// The place among the inputs of what a best pixel is chosen by.
  private let chooser: Int?
  private let places: [WholePixelOutput]
  private let minimumCount: Int

  /// The names of the spreads that stand beside a geometric median.
  static let spreads = [
    ("emad", "median Euclidean distance to the geometric median"),
    ("smad", "median spectral distance (1 - cosine) to the geometric median"),
    ("bcmad", "median Bray-Curtis dissimilarity to the geometric median"),
  ]

  /// - Parameters:
  ///   - variables: with the names their results have.
  ///   - spreadNames: of a geometric median's spreads; none where they are not wanted.
  init(
    of variables: [(variable: Variable, name: String)], _ method: WholePixel, spreadNames: [String],
    period: Period, isCounted: Bool, withDays: Bool, minimumCount: Int, dropsEmpty: Bool
  ) {
    self.method = method
    self.period = period
    neededInLayers = dropsEmpty ? variables.map(\.name) : []
    self.minimumCount = minimumCount
    bands = variables.count
    var inputs = variables.map(\.variable.name)
    if case .best(let name, _) = method {
      chooser = inputs.firstIndex(of: name) ?? inputs.count
      if chooser == inputs.count { inputs.append(name) }
    } else {
      chooser = nil
    }
    self.inputs = inputs
    var outputs: [Variable] = []
    var places: [WholePixelOutput] = []
    for (band, (variable, name)) in variables.enumerated() {
      var main = variable.named(name)
      main.longName = "\(method.title) of \(variable.longName)"
      main.companions = []
      main.cellMethods = nil
      var beside: [(Variable, WholePixelOutput)] = []
      if band == 0, isCounted {
        beside.append((StatisticVariable(of: variable, period: period).count(name + "_count"), .count))
      }
      if band == 0, withDays {
        beside.append((StatisticVariable.day(name + "_day", "day of the \(method.title)"), .day))
      }
      main.companions = beside.map(\.0.name)
      outputs += [main] + beside.map(\.0)
      places += [.band(band)] + beside.map(\.1)
    }
    for (order, name) in spreadNames.enumerated() {
      var spread = Variable(
        name: name, longName: WholePixelResult.spreads[order].1,
        units: order == 0 ? variables[0].variable.units : "1", statisticsRange: 0...1,
        references: "Roberts et al. 2018, Remote Sensing 10:1977")
      if order == 0 { spread.origin = variables[0].variable.origin?.derived() }
      outputs.append(spread)
      places.append(.spread(order))
    }
    self.outputs = outputs
    self.places = places
  }

  func stateBytesPerPixel(layers: [PeriodLayer]) -> Int {
    let float = MemoryLayout<Float>.stride
    switch method {
    case .best, .nearest, .beside:
      // Bands and scores with the date's number and the count; the present date's scores and what is taken of it.
      return layers.mostOpen * ((bands + 1) * float + 4) + 2 * float
    case .medoid: return (LayerStacks.mostPlanes(layers) * bands + 1) * float + 2
    case .geomedian(_, let withSpreads):
      let results = bands + (withSpreads ? GeometricMedian.spreads : 0)
      return (LayerStacks.mostPlanes(layers) * bands + results) * float + 2
    }
  }

  func shortage(over days: [CalendarDate]) -> String? {
    guard case .beside(let day, let isBefore) = method, let first = days.min(), let last = days.max(),
      isBefore ? first >= day : last <= day
    else { return nil }
    return
      "none of the \(days.count) dates from \(first) to \(last) lies \(isBefore ? "before" : "after") \(day)"
  }

  func makeReducer(pixels: Int, layers: [PeriodLayer], days: [CalendarDate]) -> any TimeReducer {
    let layersOfSteps = layers.layersOfDates(days.count)
    switch method {
    case .best(_, let isHighest):
      return BestPixelReducer(
        bands: bands, score: .input(chooser ?? 0, isHighest: isHighest), outputs: places,
        layersOfSteps: layersOfSteps, days: days, minimumCount: minimumCount, pixels: pixels)
    case .nearest, .beside:
      return BestPixelReducer(
        bands: bands, score: .steps(method.scores(of: days) ?? []), outputs: places,
        layersOfSteps: layersOfSteps, days: days, minimumCount: minimumCount, pixels: pixels)
    case .medoid, .geomedian:
      var median: GeometricMedian?
      if case .geomedian(let wanted, _) = method { median = wanted }
      var toMedian = false
      if case .medoid(let wanted) = method { toMedian = wanted }
      return ObservationReducer(
        bands: bands, median: median, toMedian: toMedian,
        withSpreads: places.contains { if case .spread = $0 { true } else { false } },
        outputs: places, layers: layers, days: days, minimumCount: minimumCount, pixels: pixels)
    }
  }
}

/// One output of a composite of whole pixels.
enum WholePixelOutput: Hashable, Sendable {
  case band(Int)
  /// How many observations have every band.
  case count
  /// The day of the observation, as days since 1970.
  case day
  case spread(Int)
}
