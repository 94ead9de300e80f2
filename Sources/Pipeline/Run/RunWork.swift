internal import Engine
internal import Geo

/// What a run does once chunks are computed, by kinds of which equal amounts take equally long.
public enum RunWork: Hashable, Sendable, CaseIterable {
  /// Files that take over chunks as they are stored, by bytes before compression.
  case netcdf
  /// Stores that are finished, by their number.
  case zarr
  /// GeoTIFF of measured values, by bytes before compression: GDAL makes them from pixels, with overviews.
  case values
  /// The same of counts and flags, which compress faster.
  case counts
  /// The same of colours.
  case colours
  /// Pictures of layers, by their number, in those of the largest size.
  case pictures
  /// The same for maps of the report.
  case maps

  /// A part of a kind.
  public struct Part: Hashable, Sendable {
    public let kind: RunWork
    public let amount: Double

    init(_ kind: RunWork, _ amount: Double) { (self.kind, self.amount) = (kind, amount) }
  }

  /// Seconds of a unit on one machine of two cores: what is expected until something tells how fast this one is.
  var usualSeconds: Double {
    switch self {
    case .netcdf: 1 / 3e9
    case .zarr: 0.05
    case .values: 1 / 36e6
    case .counts: 1 / 85e6
    case .colours: 1 / 12e6
    case .pictures: 0.01
    case .maps: RunWork.mapsPerPicture * RunWork.pictures.usualSeconds
    }
  }

  /// How many times longer a map of the report takes than a picture: it is read, reduced and compressed harder.
  static let mapsPerPicture = 4.2
  /// Pictures of one variable that one of three takes as long as.
  static let picturesPerComposite = 3.0

  /// What a file takes besides its samples, as if it had so many more.
  var amountPerFile: Double {
    switch self {
    case .netcdf: 15e6
    case .values, .counts, .colours: 0.7e6
    case .zarr, .pictures, .maps: 0
    }
  }

  /// GeoTIFFs of a variable.
  static func geoTIFF(of variable: Variable) -> RunWork {
    switch variable.storage {
    case .float32, .int16: .values
    case .int32, .flags: .counts
    }
  }

  /// The time of several threads that make a GeoTIFF, as a share of that of one: they compress blocks, of which small
  /// files have few, and overviews are made by one alone.
  static func share(threads: Int, blocks: Int) -> Double {
    let parallel = 0.75 * Double(blocks) / Double(blocks + 10)
    return 1 - parallel * (1 - 1 / Double(max(threads, 1)))
  }
}

extension RunWork.Part {
  /// A file of a plan's products.
  init(_ file: ProductFile, of plan: SequencePlan) {
    let products = file.products.map { plan.products[$0] }
    let bytes = products.reduce(0.0) { sum, product in
      let layers = file.layer == nil ? plan.layerLabels(of: product).count : 1
      return sum + Double(layers * plan.grid.window.count) * RunStages.sampleBytes(product)
    }
    switch file.format {
    case .zarr: self.init(.zarr, 1)
    case .netcdf: self.init(.netcdf, bytes + RunWork.netcdf.amountPerFile)
    case .cog:
      let kind = products.first.map { RunWork.geoTIFF(of: $0.variable) } ?? .values
      self.init(kind, bytes + kind.amountPerFile)
    }
  }

  /// A file of colours and opacity in all pixels of a plan's grid.
  init(coloursOf plan: SequencePlan) {
    self.init(.colours, 4 * Double(plan.grid.window.count) + RunWork.colours.amountPerFile)
  }
}

extension [RunWork: Double] {
  init(_ parts: [RunWork.Part]) {
    self = parts.reduce(into: [:]) { $0[$1.kind, default: 0] += $1.amount }
  }

  /// Every amount so many times.
  func times(_ factor: Double) -> [RunWork: Double] { mapValues { factor * $0 } }
}
