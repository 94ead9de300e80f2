internal import Engine
internal import Geo

/// One file of results.
struct ProductFile: Hashable, Sendable {
  let format: OutputFormat
  /// Below the run directory.
  let path: String
  /// Products by position in the program, the main one first.
  let products: [Int]
  /// The one layer of its products that it holds; nil for all of them.
  let layer: Int?
  /// Those of its products.
  var keys: [String] = []
  /// Cells behind the file that failed, and all of them.
  var failedCells = 0
  var cells = 0
  /// Whether it would hold a layer that is left out because nothing is in it.
  var isLeftOut = false

  init(_ format: OutputFormat, _ path: String, products: [Int], layer: Int?) {
    self.format = format
    self.path = path
    self.products = products
    self.layer = layer
  }

  /// Whether not one cell of it could be read: there is nothing to publish.
  var isLost: Bool { failedCells == cells && cells > 0 }
}

/// What leaves the store together: a layer of a per-date product, or of all of them where a date has one file; or all
/// layers of another with its companions.
struct ProductUnit: Sendable {
  /// Products by position in the program, the main one first.
  let products: [Int]
  /// The date, for per-date products.
  let layer: Int?
  /// In the order of the formats.
  var files: [ProductFile] = []
}

/// A file format of results: which files it makes, and how it makes one.
protocol ProductFormat: Sendable {
  /// The files of a unit; none where one file stands for a whole sequence.
  func files(of unit: ProductUnit, in plan: SequencePlan) -> [ProductFile]
  /// The files that stand for a whole sequence.
  func files(of plan: SequencePlan) -> [ProductFile]
  /// Where a reader finds a layer of a product, below the run directory.
  func place(of product: Int, layer: Int, in plan: SequencePlan) -> String
  /// Publishes one of the files: under its final name it is complete.
  ///
  /// - Returns: size and CRC-32 of the file, where they were found on the way.
  func publish(
    _ file: ProductFile, by publisher: ProductPublisher, at now: Instant
  ) async throws -> FileFingerprint?
}

/// Size and CRC-32 of a file.
typealias FileFingerprint = (bytes: Int, checksum: UInt32)

extension ProductFormat {
  func files(of plan: SequencePlan) -> [ProductFile] { [] }
}

extension OutputFormat {
  /// What makes the format's files.
  var maker: any ProductFormat {
    switch self {
    case .netcdf: NetCDFProduct()
    case .zarr: ZarrProduct()
    case .cog: CloudOptimizedProduct()
    }
  }
}
