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
  func publish(
    _ file: ProductFile, by publisher: ProductPublisher, at now: Instant
  ) async throws -> FileFingerprint? {
    let path = publisher.absolute(file)
    let definition = try ProductDefinition(publisher: publisher, file: file, now: now).dataset()
      .makeDefinition()
    let writer = try await NetCDFThread.run { try NetCDFFileWriter(creating: path, definition) }
    do {
      for product in file.products { try await move(product, layer: file.layer, from: publisher, to: writer) }
      // Chunks in which every pixel is missing are left out.
      try await NetCDFThread.run { try writer.close(allowingMissingChunks: true) }
      // Reads the file, and waits for the disk, while the one thread of the libraries goes on with other files.
      async let found = BlockingWork.value { try writer.fingerprint() }
      try writer.sync()
      let fingerprint = try await found
      try writer.publish()
      return fingerprint
    } catch {
      await NetCDFThread.run { writer.abandon() }
      throw error
    }
  }

  /// Reads chunks on the caller's thread, which may block, while those read before are written on the thread of the
  /// libraries.
  private func move(
    _ product: Int, layer: Int?, from publisher: ProductPublisher, to writer: NetCDFFileWriter
  ) async throws {
    let name = publisher.plan.program.products[product].variable.name
    let layers = publisher.layers(of: product, layer)
    // Tasks say whether they were a batch.
    try await withThrowingTaskGroup(of: Bool.self) { group in
      var batch = Batch(variable: name)
      var waiting = 0
      var unsynced = 0
      func send() async throws {
        // One batch is written, another waits for its turn.
        while waiting >= 2, let isBatch = try await group.next() { waiting -= isBatch ? 1 : 0 }
        if unsynced >= Batch.muchToSync {
          // This may have to wait for the disk after all.
          group.addTask {
            writer.beginSync()
            return false
          }
          unsynced = 0
        }
        unsynced += batch.size
        group.addTask { @NetCDFThread [batch] in
          try batch.write(to: writer)
          return true
        }
        waiting += 1
        batch = Batch(variable: name)
      }
      for layer in layers {
        for (number, object) in publisher.state.objects(product: product, layer: layer).enumerated() {
          guard let object else { continue }
          try Task.checkCancellation()
          let chunk = publisher.plan.layout.index(number)
          batch.add(
            [layer - layers.lowerBound, chunk.row, chunk.column], checksum: object.checksum,
            try publisher.bytes(of: object, product: product, layer: layer, chunk: chunk))
          if batch.isLarge { try await send() }
        }
      }
      try await send()
      try await group.waitForAll()
    }
  }

  /// Chunks that are written together: to go from thread to thread for each takes longer than writing it.
  private struct Batch {
    /// Bytes that are worth the way.
    private static let enough = 1 << 20
    /// Bytes after which the disk should begin with them.
    static let muchToSync = 32 << 20

    let variable: String
    private var chunks: [(index: [Int], checksum: UInt32, bytes: [UInt8])] = []
    private(set) var size = 0

    init(variable: String) {
      self.variable = variable
    }

    var isLarge: Bool { size >= Batch.enough }

    mutating func add(_ index: [Int], checksum: UInt32, _ bytes: [UInt8]) {
      chunks.append((index, checksum, bytes))
      size += bytes.count
    }

    @NetCDFThread
    func write(to writer: NetCDFFileWriter) throws {
      for chunk in chunks {
        try writer.writeChunk(
          variable: variable, chunk: chunk.index, compressed: chunk.bytes, checksum: chunk.checksum)
      }
    }
  }
}
