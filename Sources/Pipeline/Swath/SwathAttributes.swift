internal import Engine
internal import Geo
internal import Granules
internal import NetCDF
internal import Swath

/// What products of granules take over from the variables that they were made of.
struct SwathAttributes {
  private let file: BandFile?
  /// The bands of the sequence, by what the granule calls them.
  private let bands: [(name: String, variables: [String])]

  init(_ plan: SequencePlan) {
    let files =
      plan.timeSteps.lazy.flatMap(\.scenes).map { $0.bands.compactMap(\.file) }
      .first { $0.contains { $0.swath != nil } } ?? []
    file = files.first { $0.swath != nil }
    bands = files.map { ($0.band, $0.variables) }
  }

  /// The granule that attributes are taken from; nil where there are none.
  var path: String? { file?.path }

  /// Whether there are granules.
  var isThere: Bool { file != nil }

  /// Attributes that say how to show a quantity.
  private static let kept = ["display_scale", "display_min", "display_max", "reference"]

  /// Completes a variable of a file that holds the quantity of a band.
  func complete(_ cf: inout CFVariable, of variable: Variable) {
    guard let file, let swath = file.swath, let origin = variable.origin, origin.isQuantity,
      let meant = bands.first(where: { $0.name == origin.band }),
      let opened = try? OpenGranules.shared.granule(
        OpenGranules.Key(
          path: file.path, bands: swath.bands,
          wishes: Granule.Wishes(
            longitude: swath.regridding.longitude, latitude: swath.regridding.latitude))),
      let band = try? opened.band(meant.variables).band
    else { return }
    for name in Self.kept {
      if let value = band.variable.attribute(name), !cf.attributes.contains(where: { $0.name == name }) {
        cf.attributes.append(FileAttribute(name, value))
      }
    }
    guard swath.regridding.appliesRange, file.encoding.scale == nil, file.encoding.offset == nil else {
      return
    }
    cf.attributes += limits(band.numbers, of: variable)
  }

  /// Statistics whose results lie between the values that they are of.
  private static let between: Set<Substring> = ["point", "mean", "median", "minimum", "maximum"]

  /// The valid range of a band, which is that of everything between its values; empty where it is in other numbers.
  private func limits(_ numbers: StoredNumbers, of variable: Variable) -> [FileAttribute] {
    guard let range = numbers.range, numbers.scale ?? 1 == 1, numbers.offset ?? 0 == 0,
      variable.storage == .float32, let method = variable.cellMethods?.split(separator: " ").last,
      Self.between.contains(method)
    else { return [] }
    return [("valid_min", range.lowerBound), ("valid_max", range.upperBound)].filter { $0.1.isFinite }
      .map { FileAttribute($0.0, .floats([Float($0.1)])) }
  }

  /// What NASA's mapped files say of themselves as a whole, so that programs made for them find it.
  ///
  /// - Parameter statistic: what the file's main variable is of its dates, as CF names it; nil for single dates.
  func globals(_ plan: SequencePlan, statistic: String?) -> [FileAttribute] {
    guard isThere else { return [] }
    var all = [
      FileAttribute("number_of_lines", .int(Int32(clamping: plan.grid.height))),
      FileAttribute("number_of_columns", .int(Int32(clamping: plan.grid.width))),
    ]
    if !plan.flagNames.isEmpty {
      all.append(FileAttribute("l2_flag_names", .text(plan.flagNames.joined(separator: ","))))
    }
    if let statistic {
      all.append(FileAttribute("measure", statistic.prefix(1).uppercased() + statistic.dropFirst()))
    }
    let (grid, box) = (plan.grid, plan.grid.bounds)
    guard SwathGrid.isGeographic(grid) else { return all }
    let (latitudeStep, longitudeStep) = (
      grid.transform.pixelHeight.magnitude, grid.transform.pixelWidth.magnitude
    )
    let kilometres = (latitudeStep * .pi / 180 * Sphere.radius / 10).rounded() / 100
    return all + [
      FileAttribute("map_projection", "Equidistant Cylindrical"),
      FileAttribute("latitude_units", "degrees_north"), FileAttribute("longitude_units", "degrees_east"),
      FileAttribute("northernmost_latitude", .double(box.maxY)),
      FileAttribute("southernmost_latitude", .double(box.minY)),
      FileAttribute("westernmost_longitude", .double(box.minX)),
      FileAttribute("easternmost_longitude", .double(box.maxX)),
      FileAttribute("latitude_step", .double(latitudeStep)),
      FileAttribute("longitude_step", .double(longitudeStep)),
      FileAttribute("spatialResolution", "\(kilometres) km"),
    ]
  }
}
