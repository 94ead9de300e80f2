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

  private var timeSteps: [TimeStep] { file.layer.map { [plan.timeSteps[$0]] } ?? plan.timeSteps }

  private func mapping() -> GridMapping {
    let cf = SpatialReference.cfGridMapping(plan.grid.crs)
    var mapping = GridMapping(
      attributes: cf.attributes.map { attribute in
        switch attribute.value {
        case .text(let text): FileAttribute(attribute.name, text)
        case .number(let number): FileAttribute(attribute.name, .double(number))
        case .numbers(let numbers): FileAttribute(attribute.name, .doubles(numbers))
        }
      },
      crsWKT: plan.grid.crs.wkt, xStandardName: cf.xStandardName, yStandardName: cf.yStandardName,
      xUnits: cf.xUnits, yUnits: cf.yUnits)
    // Maps of ocean colour and temperature have these names, and programs that read them look for them.
    if swath.isThere, plan.grid.crs.isGeographic { (mapping.xName, mapping.yName) = ("lon", "lat") }
    return mapping
  }

  private var swath: SwathAttributes { SwathAttributes(plan) }

  private var axis: LeadingAxis {
    if let layer = file.layer { return .time([plan.timeSteps[layer].time]) }
    guard let product = file.products.first.map({ plan.products[$0] }) else { return .none() }
    let all = plan.layers(of: product)
    let layers = publisher.layers(of: product.index, nil).map { all[$0] }
    switch product.period {
    case .all, .fixed: return .none(layers.first)
    case .monthOfYear: return .climatology(.month, layers)
    case .seasonOfYear: return .climatology(.season, layers)
    case .dekadOfYear: return .climatology(.dekad, layers)
    default: return .periods(layers)
    }
  }

  private func variables() -> [CFVariable] {
    file.products.map { product in
      let description = publisher.description(of: product, layer: file.layer)
      let variable = description.variable
      var cf = CFVariable(
        variable.name, .float32, fill: .nan, units: description.units, longName: variable.longName,
        standardName: variable.standardName, validRange: description.storedRange,
        cellMethods: description.cellMethods, ancillaryVariables: description.ancillaryVariables)
      cf.coverageContentType = description.coverageContentType
      cf.deflateLevel = variable.deflateLevel
      switch variable.storage {
      case .float32: break
      case .int16(let packing):
        (cf.type, cf.fill) = (.int16, Double(VariableEncoding.Packing.missing))
        // As doubles: the numbers the config has, not their neighbours among floats.
        cf.attributes += [
          FileAttribute("scale_factor", .double(packing.scale)),
          FileAttribute("add_offset", .double(packing.offset)),
        ]
      case .int32: (cf.type, cf.fill) = (.int32, nil)
      case .flags(let flags):
        (cf.type, cf.fill) = (.uint8, 255)
        cf.flags = CFVariable.Flags(
          meanings: flags.map(\.meaning), values: flags.map { Double($0.value) })
      }
      if !description.thresholds.isEmpty {
        cf.attributes.append(FileAttribute("apus_threshold", .doubles(description.thresholds)))
      }
      if description.outOfRange > 0 {
        cf.attributes.append(
          FileAttribute("apus_out_of_range", .int(Int32(clamping: description.outOfRange))))
      }
      swath.complete(&cf, of: variable)
      if let references = variable.references {
        cf.attributes.append(FileAttribute("references", references))
      }
      cf.attributes += variable.attributes.sorted { $0.key < $1.key }.map { FileAttribute($0.key, $0.value) }
      return cf
    }
  }

  // MARK: The file as a whole

  private func text() -> DatasetDescription {
    let main = file.products.first.map { plan.products[$0] }
    let label = file.layer.map { plan.timeSteps[$0].label }
    let isGroup = file.layer != nil && file.products.count > 1
    let names = file.products.map { plan.products[$0].variable.name }
    let longName = isGroup ? names.joined(separator: ", ") : main?.variable.longName ?? ""
    let dates = [timeSteps.first?.date, timeSteps.last?.date].compactMap { $0?.description }
    let period = label ?? dates.joined(separator: " to ")
    var text = DatasetDescription(
      title: "\(longName), \(period)",
      summary:
        "\(longName) of \(plan.collection ?? "the scenes listed"), \(period), computed by the modules of "
        + "sequence \"\(plan.name)\" of pipeline \"\(publisher.context.pipeline)\" "
        + GridPlacement(timeSteps, on: plan.grid).text + ".")
    text.keywords =
      file.products.prefix(isGroup ? .max : 1).map {
        plan.products[$0].variable.standardName ?? plan.products[$0].variable.name
      } + ["satellite", "time series"]
    text.source = "surface observations by satellite: \(plan.collection ?? "see source_scenes")"
    text.history =
      "\(now) \(publisher.context.software): \(plan.name)/\(isGroup ? label ?? "" : names.first ?? "")"
    // Each variable of several names its own.
    text.references = isGroup ? nil : main?.variable.references
    text.id = "\(publisher.context.pipeline)/\(file.path)"
    text.processingLevel = main?.isPerDate ?? true ? "derived variable for each date" : "composite over time"
    if swath.isThere { text.processingLevel = "L3 Mapped" }
    text.productVersion = publisher.context.version
    text.dateCreated = now
    text.geographicBounds = geographicBounds()
    if let first = timeSteps.first?.time, let last = timeSteps.last?.time {
      text.timeCoverage = first...max(first, last)
    }
    if file.failedCells > 0 {
      text.comment =
        "\(file.failedCells) of \(file.cells) cells behind this file could not be read and are missing; "
        + "the run's summary.json and ledger give the reasons."
    }
    text.attributes = [
      FileAttribute("source_scenes", timeSteps.flatMap { $0.scenes.map(\.id) }.joined(separator: " ")),
      FileAttribute("apus_version", publisher.context.version),
      FileAttribute("apus_config", publisher.context.config),
      FileAttribute("apus_failed_cells", .int(Int32(clamping: file.failedCells))),
    ]
    text.attributes += swath.globals(plan, statistic: main.flatMap(Self.statistic))
    return text
  }

  /// What a product is of its dates, in CF's word: "mean" of "time: mean"; nil for what is of single dates.
  private static func statistic(_ product: Product) -> String? {
    guard !product.isPerDate, let methods = product.variable.cellMethods else { return nil }
    return methods.split(separator: ":").last.flatMap { $0.split(separator: " ").first.map(String.init) }
  }

  private func geographicBounds() -> BoundingBox? {
    guard let lonLat = try? SpatialReference.parse("EPSG:4326"),
      let box = try? SpatialReference.transform(
        plan.grid.bounds, from: plan.grid.crs, to: lonLat, densify: 21)
    else { return nil }
    return box
  }
}
