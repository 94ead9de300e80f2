import Engine
import GDAL
import Geo
import JSON
import Raster
import Storage

/// Cloud-optimised GeoTIFF, a file for each layer: `SEQUENCE/VARIABLE/DATE.tif` or `SEQUENCE/VARIABLE/SEASON.tif`.
struct CloudOptimizedProduct: ProductFormat {
  /// Threads that compress blocks: each has a few of them in memory, whatever the limit is.
  static func threads(_ workers: Int) -> Int { max(1, min(workers, 4)) }

  /// What making a file takes besides GDAL's block cache: buffers of overviews, and blocks on their way through each
  /// thread. Measured with GDAL 3.6 on rasters of 2,500² and 6,000² pixels.
  static func bytes(threads: Int) -> Int { (40 << 20) + threads * (18 << 20) }

  func files(of unit: ProductUnit, in plan: SequencePlan) -> [ProductFile] {
    unit.products.flatMap { product in
      let layers =
        unit.layer.map { [$0] } ?? Array(plan.layerLabels(of: plan.products[product]).indices)
      return layers.map {
        ProductFile(.cog, place(of: product, layer: $0, in: plan), products: [product], layer: $0)
      }
    }
  }

  func place(of product: Int, layer: Int, in plan: SequencePlan) -> String {
    let described = plan.products[product]
    return "\(plan.name)/\(described.variable.name)/\(plan.layerLabels(of: described)[layer]).tif"
  }

  /// - Throws: `GDALError`, `StorageError`, `PublishError` when the store no longer holds a chunk,
  ///   `CancellationError`.
  func publish(
    _ file: ProductFile, by publisher: ProductPublisher, at now: Instant
  ) async throws -> FileFingerprint? {
    guard let product = file.products.first, let layer = file.layer else { return nil }
    let path = publisher.absolute(file)
    let options = options(product, layer, file, publisher)
    // GDAL blocks: not a thread of Swift's shared ones.
    try await BlockingWork.run(workers: 1) {
      try Self.write(path, grid: publisher.plan.grid, options) { writer in
        try fill(&writer, product, layer, publisher)
      }
    }
    return nil
  }

  /// Makes a file, which comes to its place when it is whole and on the disk.
  static func write(
    _ path: String, grid: Grid, _ options: CloudOptimizedWriter.Options,
    fill: (inout CloudOptimizedWriter) throws -> Void
  ) throws {
    let scratch = LocalFiles.temporaryPath(for: path)
    try LocalFiles.createDirectory(scratch)
    defer { _ = try? LocalFiles.removeTree(scratch) }
    let made = scratch + "/layer.tif"
    var writer = try CloudOptimizedWriter(creating: made, grid: grid, options: options)
    try fill(&writer)
    do {
      try writer.finish(isCancelled: { Task.isCancelled })
    } catch {
      try Task.checkCancellation()
      throw error
    }
    try LocalFiles.sync(made)
    try LocalFiles.rename(made, to: path)
    try LocalFiles.syncDirectory(LocalFiles.parent(of: path))
  }

  /// Hands over every chunk of a layer.
  private func fill(
    _ writer: inout CloudOptimizedWriter, _ product: Int, _ layer: Int, _ publisher: ProductPublisher
  ) throws {
    let storage = publisher.plan.products[product].variable.storage
    let layout = publisher.plan.layout
    let codec = ChunkCodec()
    let plane = SamplePlane()
    plane.reshape(type: storage.sampleType, width: layout.chunkWidth, height: layout.chunkHeight)
    try publisher.forEachChunk(of: product, layer: layer) { chunk, compressed in
      try Task.checkCancellation()
      if let compressed {
        try compressed.withUnsafeBytes {
          try codec.decode($0, elementSize: storage.size, into: plane.bytes)
        }
      } else {
        plane.fill(storage.missing)
      }
      try writer.write(
        window: layout.window(chunk), from: UnsafeRawBufferPointer(plane.bytes), rowStride: layout.chunkWidth)
    }
  }

  private func options(
    _ product: Int, _ layer: Int, _ file: ProductFile, _ publisher: ProductPublisher
  ) -> CloudOptimizedWriter.Options {
    let plan = publisher.plan
    let description = publisher.description(of: product, layer: layer)
    let variable = description.variable
    var options = CloudOptimizedWriter.Options(
      type: variable.storage.sampleType, nodata: variable.storage.missing,
      deflateLevel: publisher.store.deflateLevel(of: variable), threads: Self.threads(plan.memory.workers),
      description: variable.longName, units: description.units)
    options.scale = description.packing?.scale
    options.offset = description.packing?.offset
    if description.flags != nil { options.overviews = .nearest }
    for (name, value) in description.attributes.members where !Self.saidByGDAL.contains(name) {
      options.metadata[name] = Self.text(value)
    }
    // The mean of two flags is no flag.
    let isQuality = plan.program.bands.contains { $0.isQuality && $0.variable.name == variable.name }
    if isQuality { options.overviews = .nearest }
    let dates = publisher.dates(of: product, layer: layer).map { plan.timeSteps[$0] }
    options.metadata["variable"] = variable.name
    options.metadata["layer"] = plan.layerLabels(of: plan.products[product])[layer]
    options.metadata["source_scenes"] = dates.flatMap { $0.scenes.map(\.id) }.joined(separator: " ")
    options.metadata["apus_version"] = publisher.context.version
    options.metadata["apus_config"] = publisher.context.config
    options.metadata["apus_failed_cells"] = String(file.failedCells)
    return options
  }
}

extension CloudOptimizedProduct {
  /// Attributes that a GeoTIFF has a place of its own for.
  private static let saidByGDAL = ["units", "scale_factor", "add_offset", "grid_mapping"]

  /// An attribute as metadata of a GeoTIFF, where everything is text: "-1 1".
  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .string(let text): text
    case .number(let number): Int(exactly: number).map(String.init) ?? "\(number)"
    case .array(let values): values.map(text).joined(separator: " ")
    default: value.text()
    }
  }
}

extension Variable.Storage {
  /// The type of stored samples.
  var sampleType: SampleType {
    switch self {
    case .float32: .float32
    case .int16: .int16
    case .int32: .int32
    case .flags: .uint8
    }
  }

  /// The stored number of a missing sample. Of counts none is missing: it stands for none at all.
  var missing: Double {
    switch self {
    case .float32: .nan
    case .int16: Double(VariableEncoding.Packing.missing)
    case .int32: -1
    case .flags: 255
    }
  }
}
