import Engine
import Geo
import NetCDF

/// CF NetCDF: `SEQUENCE/VARIABLE/DATE.nc`, or `SEQUENCE/DATE.nc` with all variables of a date where the layout is by date;
/// `SEQUENCE/VARIABLE.nc` for the layers of a period, with the variable's companions in the same file. Compressed chunks
/// are moved as they are.
struct NetCDFProduct: ProductFormat {
  func files(of unit: ProductUnit, in plan: SequencePlan) -> [ProductFile] {
    guard let main = unit.products.first else { return [] }
    let path = place(of: main, layer: unit.layer ?? 0, in: plan)
    return [ProductFile(.netcdf, path, products: unit.products, layer: unit.layer)]
  }

  func place(of product: Int, layer: Int, in plan: SequencePlan) -> String {
    Self.place(of: product, layer: layer, in: plan, isGroupedByDate: plan.isGroupedByDate)
  }

  /// The places where a layer of a product may be by either layout, that of the plan first.
  static func places(of product: Int, layer: Int, in plan: SequencePlan) -> [String] {
    [plan.isGroupedByDate, !plan.isGroupedByDate].map {
      place(of: product, layer: layer, in: plan, isGroupedByDate: $0)
    }
  }

  private static func place(
    of product: Int, layer: Int, in plan: SequencePlan, isGroupedByDate: Bool
  ) -> String {
    let described = plan.products[product]
    if described.isPerDate {
      let label = plan.timeSteps[layer].label
      return isGroupedByDate
        ? "\(plan.name)/\(label).nc" : "\(plan.name)/\(described.variable.name)/\(label).nc"
    }
    return "\(plan.name)/\(plan.main(of: described).variable.name).nc"
  }

  /// - Throws: `NetCDFError`, `StorageError`, `PublishError` when the store no longer holds a chunk.
  func publish(
    _ file: ProductFile, by publisher: ProductPublisher, at now: Instant
  ) async throws -> FileFingerprint? {
    let path = publisher.absolute(file)
    let definition = try ProductDefinition(publisher: publisher, file: file, now: now).dataset()
      .makeDefinition()
    let chunks = StoredChunks(of: file, by: publisher)
    let largest = chunks.largest
    let writer = try await NetCDFThread.run {
      try NetCDFFileWriter(creating: path, definition, largestReserved: largest)
    }
    do {
      let places = try await reserve(chunks, in: writer)
      try await ChunkTransfer(chunks: chunks, places: places, largest: largest, writer: writer).run(
        workers: min(
          publisher.plan.memory.workers, publisher.hasOthersBeside(file) ? 1 : NetCDFProduct.copiers))
      // Chunks in which every pixel is missing are left out.
      let known = try await NetCDFThread.run { try writer.close(allowingMissingChunks: true) }
      // Waits for the disk while the one thread of the libraries goes on with other files.
      try writer.sync()
      let fingerprint = try writer.fingerprint(knowing: known)
      try writer.publish()
      return fingerprint
    } catch {
      await NetCDFThread.run { writer.abandon() }
      throw error
    }
  }

  /// Chunks that are copied at once of a file that has no others beside it: one is read while another is written.
  /// Systems write one file from one thread at a time.
  private static let copiers = 2

  /// Has HDF5 find room for every chunk: all that its one thread does for them.
  ///
  /// - Returns: where in the file each belongs, in the order of their numbers; -1 where every pixel is missing.
  private func reserve(_ chunks: StoredChunks, in writer: NetCDFFileWriter) async throws -> [Int] {
    var places: [Int] = []
    places.reserveCapacity(chunks.count)
    while places.count < chunks.count {
      try Task.checkCancellation()
      // Other files have their turn in between.
      let part = places.count..<min(places.count + 1024, chunks.count)
      places += try await NetCDFThread.run {
        try part.map { number in
          guard let chunk = chunks[number] else { return -1 }
          return try writer.reserveChunk(
            variable: chunk.variable, chunk: chunk.place, size: chunk.object.bytes,
            checksum: chunk.object.checksum)
        }
      }
    }
    return places
  }
}
