import Engine
import Geo
import NetCDF
import Storage

/// CF NetCDF: `SEQUENCE/VARIABLE/DATE.nc`, or `SEQUENCE/VARIABLE.nc` for a reduction, whose further outputs stand
/// beside the main one in its file. Compressed chunks are moved as they are.
struct NetCDFProduct: ProductFormat {
  func files(of unit: ProductUnit, in plan: SequencePlan) -> [ProductFile] {
    guard let main = unit.products.first else { return [] }
    let path = place(of: main, layer: unit.layer ?? 0, in: plan)
    return [ProductFile(.netcdf, path, products: unit.products, layer: unit.layer)]
  }

  func place(of product: Int, layer: Int, in plan: SequencePlan) -> String {
    let described = plan.program.products[product]
    if described.isPerDate {
      return "\(plan.name)/\(described.variable.name)/\(plan.slices[layer].label).nc"
    }
    let reduction = plan.reduction(of: described)?.index
    let main = plan.program.products.first { plan.reduction(of: $0)?.index == reduction } ?? described
    return "\(plan.name)/\(main.variable.name).nc"
  }

  /// - Throws: `NetCDFError`, `StorageError`, `PublishError` when the store no longer holds a chunk.
  func publish(_ file: ProductFile, by publisher: ProductPublisher, at now: Instant) async throws {
    let path = publisher.absolute(file)
    let definition = try ProductDefinition(publisher: publisher, file: file, now: now).dataset()
      .makeDefinition()
    let writer = try await NetCDFThread.run { try NetCDFFileWriter(creating: path, definition) }
    do {
      for product in file.products { try await move(product, layer: file.layer, from: publisher, to: writer) }
      // Chunks in which every pixel is missing are left out.
      try await NetCDFThread.run { try writer.close(allowingMissingChunks: true) }
      // Waits for the disk, while the one thread of the libraries goes on with other files.
      try writer.publish()
    } catch {
      await NetCDFThread.run { writer.abandon() }
      throw error
    }
  }

  /// Reads chunks on the caller's thread, which may block, and hands them to the thread of the libraries.
  private func move(
    _ product: Int, layer: Int?, from publisher: ProductPublisher, to writer: NetCDFFileWriter
  ) async throws {
    let name = publisher.plan.program.products[product].variable.name
    let layers = publisher.layers(of: product, layer)
    for layer in layers {
      for (number, object) in publisher.state.objects(product: product, layer: layer).enumerated() {
        guard let object else { continue }
        try Task.checkCancellation()
        let chunk = publisher.plan.layout.index(number)
        let bytes = try publisher.bytes(of: object, product: product, layer: layer, chunk: chunk)
        try await NetCDFThread.run {
          try writer.writeChunk(
            variable: name, chunk: [layer - layers.lowerBound, chunk.row, chunk.column], compressed: bytes)
        }
      }
    }
  }
}
