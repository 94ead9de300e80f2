import Engine
import GDAL
import Geo
import JSON
import NetCDF
import Raster

/// What a product's NetCDF file says about itself: coordinates, variables, provenance.
struct ProductDefinition {
  let publisher: ProductPublisher
  let file: ProductFile
  let now: Instant

  private var plan: SequencePlan { publisher.plan }

  /// The whole description of the file.
  func dataset() -> CFDataset {
    CFDataset(
      grid: plan.grid, gridMapping: mapping(), axis: axis, variables: variables(), description: text(),
      chunks: plan.layout, deflateLevel: publisher.store.deflateLevel)
  }

  private var slices: [Slice] { file.layer.map { [plan.slices[$0]] } ?? plan.slices }

  private func mapping() -> GridMapping {
    let cf = SpatialReference.cfGridMapping(plan.grid.crs)
    return GridMapping(
      attributes: cf.attributes.map { attribute in
        switch attribute.value {
        case .text(let text): FileAttribute(attribute.name, text)
        case .number(let number): FileAttribute(attribute.name, .double(number))
        case .numbers(let numbers): FileAttribute(attribute.name, .doubles(numbers))
        }
      },
      crsWKT: plan.grid.crs.wkt, xStandardName: cf.xStandardName, yStandardName: cf.yStandardName,
      xUnits: cf.xUnits, yUnits: cf.yUnits)
  }

  private var axis: LeadingAxis {
    if let layer = file.layer { return .time([plan.slices[layer].time]) }
    guard let product = file.products.first.map({ plan.products[$0] }) else { return .none() }
    let layers = plan.layers(of: product)
    switch product.period {
    case .all, .fixed: return .none(layers.first)
    case .monthOfYear: return .climatology(.month, layers)
    case .seasonOfYear: return .climatology(.season, layers)
    default: return .periods(layers)
    }
  }

  private func variables() -> [CFVariable] {
    let products = file.products.map { plan.products[$0] }
    return products.enumerated().map { index, product in
      let variable = product.variable
      var cf = CFVariable(
        variable.name, .float32, fill: .nan, units: variable.units, longName: variable.longName,
        standardName: variable.standardName, validRange: validRange(of: file.products[index]))
      cf.deflateLevel = variable.deflateLevel
      switch variable.storage {
      case .float32: break
      case .int16(let packing): pack(&cf, packing, product: file.products[index])
      case .int32: (cf.type, cf.fill) = (.int32, nil)
      case .flags(let flags):
        (cf.type, cf.fill, cf.units) = (.uint8, 255, nil)
        cf.flags = CFVariable.Flags(
          meanings: flags.map(\.meaning), values: flags.map { Double($0.value) })
      }
      cf.cellMethods = variable.cellMethods
      cf.ancillaryVariables = variable.companions
      if variable.isAuxiliary { cf.coverageContentType = "auxiliaryInformation" }
      if let references = variable.references {
        cf.attributes.append(FileAttribute("references", references))
      }
      return cf
    }
  }

  /// Describes packed values (CF section 8.1): the range is then one of the integers.
  private func pack(_ cf: inout CFVariable, _ packing: VariableEncoding.Packing, product: Int) {
    (cf.type, cf.fill) = (.int16, Double(VariableEncoding.Packing.missing))
    // As doubles: the numbers the config has, not their neighbours among floats.
    cf.attributes += [
      FileAttribute("scale_factor", .double(packing.scale)),
      FileAttribute("add_offset", .double(packing.offset)),
    ]
    if let range = cf.validRange {
      let ends = [range.lowerBound, range.upperBound].compactMap(packing.pack).map(Double.init)
      cf.validRange = ends.count == 2 ? ends[0]...ends[1] : nil
    }
    let lost = publisher.layers(of: product, file.layer)
      .compactMap { publisher.outOfRange(product: product, layer: $0) }.reduce(0, +)
    if lost > 0 { cf.attributes.append(FileAttribute("apus_out_of_range", .int(Int32(clamping: lost)))) }
  }

  /// The valid range of a product, where it is true of every value in the file.
  ///
  /// Readers such as netCDF4-python mask values outside it: claimed for data that leave it, it would hide them.
  private func validRange(of product: Int) -> ClosedRange<Double>? {
    let description = plan.products[product]
    guard let range = description.variable.validRange else { return nil }
    let layers = file.layer.map { $0..<($0 + 1) } ?? plan.layerLabels(of: description).indices
    let isTrue = layers.allSatisfy { layer in
      let statistics = publisher.state.statistics(product: product, layer: layer)
      return statistics.count == 0
        || statistics.minimum >= range.lowerBound && statistics.maximum <= range.upperBound
    }
    return isTrue ? range : nil
  }

  // MARK: The file as a whole

  private func text() -> DatasetDescription {
    let main = file.products.first.map { plan.products[$0] }
    let label = file.layer.map { plan.slices[$0].label }
    let longName = main?.variable.longName ?? ""
    let dates = [slices.first?.date, slices.last?.date].compactMap { $0?.description }
    let period = label ?? dates.joined(separator: " to ")
    var text = DatasetDescription(
      title: "\(longName), \(period)",
      summary:
        "\(longName) of \(plan.collection ?? "the scenes listed"), \(period), computed by the modules of "
        + "sequence \"\(plan.name)\" of pipeline \"\(publisher.context.pipeline)\" on the scenes' own grid.")
    text.keywords = [main?.variable.standardName ?? main?.variable.name ?? "", "satellite", "time series"]
      .filter { !$0.isEmpty }
    text.source = "surface observations by satellite: \(plan.collection ?? "see source_scenes")"
    text.history = "\(now) \(publisher.context.software): \(plan.name)/\(main?.variable.name ?? "")"
    text.references = main?.variable.references
    text.id = "\(publisher.context.pipeline)/\(file.path)"
    text.processingLevel = main?.isPerDate ?? true ? "derived variable for each date" : "composite over time"
    text.productVersion = publisher.context.version
    text.dateCreated = now
    text.geographicBounds = geographicBounds()
    if let first = slices.first?.time, let last = slices.last?.time {
      text.timeCoverage = first...max(first, last)
    }
    if file.failedCells > 0 {
      text.comment =
        "\(file.failedCells) of \(file.cells) cells behind this file could not be read and are missing; "
        + "the run's summary.json and ledger give the reasons."
    }
    text.attributes = [
      FileAttribute("source_scenes", slices.flatMap { $0.scenes.map(\.id) }.joined(separator: " ")),
      FileAttribute("apus_version", publisher.context.version),
      FileAttribute("apus_config", publisher.context.config),
      FileAttribute("apus_failed_cells", .int(Int32(clamping: file.failedCells))),
    ]
    return text
  }

  private func geographicBounds() -> BoundingBox? {
    guard let lonLat = try? SpatialReference.parse("EPSG:4326"),
      let box = try? SpatialReference.transform(
        plan.grid.bounds, from: plan.grid.crs, to: lonLat, densify: 21)
    else { return nil }
    return box
  }
}
