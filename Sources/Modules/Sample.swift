public import Engine
public import Geo
internal import JSON
public import Raster

/// Values at points, or statistics of polygons, for each date or layer (`sample`).
public struct Sample: TableModule {
  public let name: String
  public let inputs: [String]
  public let columns: [TableColumn]
  public let properties: [String]
  public let scratchBytesPerPixel = 32
  public let keptBytes = CoverageCache.limit
  public let isComputedWithCells = true
  private let coverage = CoverageCache()
  private let places: SamplePlaces
  private let statistics: [[SampleStatistic]]

  public static let descriptor = ModuleDescriptor(
    name: "sample", shape: .table, revision: 2,
    summary: "Values at points, or statistics of polygons, for each date or layer: a table.",
    method:
      "mean = Σ share · value / Σ share over the pixels that a polygon covers a share of; at a point "
      + "the pixel's value.",
    discussion: """
      `features` is a GeoJSON, GeoPackage or Shapefile of points or polygons, in any coordinate system; `points` are \
      given in the config. Each has a row for every date (or layer of a composite) in SEQUENCE/NAME.csv and, as CF time \
      series, in SEQUENCE/NAME.nc; small tables stand in the summary too. A text that a spreadsheet would take for a \
      formula (`=1+1`, `@x`, `-B`) has an apostrophe before it in the CSV, and stands as it is in the NetCDF file. The rows \
      are called by `id`: by default the attribute `id` where the features have it, else `name` where each has its own, \
      else by numbers from 0.

      A point has the value of the pixel it lies in, or with `size` n the mean of the valid ones among the n × n pixels \
      around it; several points of one feature have the mean of theirs. Of a polygon every pixel counts with the share \
      of it that the polygon covers, exactly, as exactextract counts: `count` is the sum of the shares of pixels with a \
      value, `mean` and `std` (of the population) are weighted by them, `min` and `max` take every pixel that is \
      touched, percentiles are weighted quantiles. `fractions` gives, for flags, the share of each class among the valid \
      ones.

      A further attribute that has the name of another column (`id`, `date`, `lon` …) is called `attribute_` and its name.

      A feature outside the area has count 0 and no values, and is named on standard error and in the summary; when all \
      are outside, that is an error. Where a cell behind \
      a date's row could not be read, the row is missing, and computed when the run is continued.
      """,
    references: [
      "exactextract, https://github.com/isciences/exactextract, for shares and weighted statistics"
    ],
    parameters: [
      ModuleParameter(
        "of", .either([.variable, .list(of: .variable, atLeast: 1)]),
        "The variables; by default the latest computed one."),
      ModuleParameter("features", .file, "A file of points or polygons."),
      ModuleParameter("layer", .text, "The layer of a file with several; the first when absent."),
      ModuleParameter(
        "points",
        .list(
          of: .either([
            .list(of: .number(-360...360), atLeast: 2),
            .object([
              .init("id", .text, "What its rows are called."),
              .init("lon", .number(-360...360), "Degrees east, WGS 84."),
              .init("lat", .number(-90...90), "Degrees north, WGS 84."),
            ]),
          ]), atLeast: 1),
        "Points, instead of a file: [lon, lat], or {\"id\": \"A\", \"lon\": 7.1, \"lat\": 50.2}."),
      ModuleParameter(
        "id", .text,
        "The attribute that names features; \"id\" or \"name\" where the file has it, else its numbers."),
      ModuleParameter("properties", .list(of: .text, atLeast: 1), "Further attributes to keep as columns."),
      ModuleParameter(
        "statistics", .list(of: .form(.statistic(SampleStatistic.words)), atLeast: 1),
        default: ["count", "mean", "std", "min", "max"],
        "Of polygons: \"count\", \"sum\", \"mean\", \"std\", \"var\", \"min\", \"max\", \"median\", \"p10\" …, \"fractions\"."
      ),
      ModuleParameter(
        "size", .integer(1...1001), default: 1,
        "Of points: the side, in pixels, of the square whose mean is taken; odd."),
    ],
    trial: ModuleTrial(
      before: [
        #"{ "module": "ndvi" }"#
      ]),
    examples: [
      #"{ "module": "sample", "of": "ndvi", "points": [[-71.1932, -35.1915], { "id": "station", "lon": -71.1901, "lat": -35.197 }], "size": 3, "as": "stations" }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Sample? {
    let before = scope.diagnostics.count
    let entries = entries(arguments, scope)
    let places = SamplePlaces(arguments, in: scope)
    let size = arguments.integer("size") ?? 1
    if size % 2 == 0 {
      scope.report("\"size\" is odd: as many pixels on each side of a point", at: "size", of: arguments)
    }
    let asked = SampleStatistic.read(arguments, in: scope)
    guard let name = scope.resultName(of: arguments, default: "sample"), let places,
      scope.commonPeriod(of: entries, at: "of", of: arguments) != nil, scope.diagnostics.count == before
    else { return nil }
    if places.isPoints, arguments.node("statistics") != nil {
      scope.report(
        "points have a value, no statistics", at: "statistics", of: arguments, suggestion: "use \"size\"")
    }
    if !places.isPoints, arguments.node("size") != nil {
      scope.report("\"size\" is for points; polygons have their own", at: "size", of: arguments)
    }
    guard scope.diagnostics.count == before else { return nil }
    let statistics = entries.map { entry in
      places.isPoints ? [SampleStatistic.value] : asked.flatMap { $0.resolved(for: entry.variable) }
    }
    let columns = zip(entries, statistics).flatMap { entry, own in own.map { $0.column(of: entry.variable) } }
    let names = SampleColumns(columns.map(\.name))
    if let clash = names.clash {
      scope.report(
        "two columns would be called \"\(clash)\"", at: "of", of: arguments,
        suggestion: "name each variable once, or give one another name with \"as\" where it is made")
    }
    if asked.contains(.fractions), !places.isPoints {
      let numbers = entries.filter { !$0.variable.storage.isFlags }.map(\.variable.name)
      if numbers.count == entries.count || asked == [.fractions] && !numbers.isEmpty {
        scope.report(
          "\"\(numbers[0])\" holds numbers, no classes that have \"fractions\"", at: "statistics",
          of: arguments, suggestion: "make classes of it with \"threshold\", or ask for \"mean\"")
      }
    }
    guard scope.diagnostics.count == before else { return nil }
    return Sample(
      name: name, inputs: entries.map(\.variable.name), columns: columns,
      properties: places.properties.map(names.attribute), places: places, statistics: statistics)
  }

  private static func entries(_ arguments: ModuleArguments, _ scope: ModuleScope) -> [ModuleScope.Entry] {
    guard let names = arguments.texts("of") else {
      let found = scope.entries.last { $0.band == nil && $0.isResult } ?? scope.entries.last { !$0.isNumber }
      if found == nil { scope.report("\"sample\" needs the variable to sample", at: nil, of: arguments) }
      return found.map { [$0] } ?? []
    }
    return names.compactMap { name in
      guard let entry = scope.variable(name, at: "of", of: arguments) else { return nil }
      guard !entry.isNumber else {
        scope.report("\"\(name)\" is one number a date, the same everywhere", at: "of", of: arguments)
        return nil
      }
      return entry
    }
  }

  public func areas(on grid: Grid) throws -> [TableArea] { try places.areas(on: grid) }

  public func rows(
    _ inputs: [SamplePlane], of area: TableArea, at index: Int, layer: String
  ) throws -> TableRows {
    let runs = area.isOutside ? [] : coverage.runs(of: area, at: index).runs
    var row: [Double] = []
    for (plane, own) in zip(inputs, statistics) {
      var gathered = WeightedStatistics(keepsValues: own.contains(where: \.needsValues))
      let values = plane.samples(as: Float.self)
      for run in runs {
        let places = Int(run.start)..<Int(run.start + run.count)
        gathered.add(UnsafeBufferPointer(rebasing: values[places]), weight: run.share)
      }
      for statistic in own { row.append(statistic.value(of: &gathered)) }
    }
    return TableRows(rows: [row])
  }
}
