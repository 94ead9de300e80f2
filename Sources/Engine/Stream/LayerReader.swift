internal import Geo
internal import Raster
internal import Storage

/// Reads windows of layers that an earlier stage stored. One a worker.
final class LayerReader {
  private let plan: SequencePlan
  private let store: ChunkStore
  private let state: SequenceState
  private let codec = ChunkCodec()
  /// A whole chunk as stored.
  private var stored = SamplePlane()
  /// The latest chunks of each product, the last one last, where several windows of the same chunks are read.
  private var kept: [Int: [(layer: Int, chunk: ChunkIndex, plane: SamplePlane)]] = [:]
  private let keepsChunks: Bool
  /// Chunks of a product that are held on to: a window that is smaller than a chunk reaches into no more.
  static let mostKept = 4

  /// - Parameter keepsChunks: whether to hold on to the latest chunks of each product.
  init(plan: SequencePlan, store: ChunkStore, state: SequenceState, keepsChunks: Bool = false) {
    self.keepsChunks = keepsChunks
    self.plan = plan
    self.store = store
    self.state = state
  }

  /// Fills `target` with a layer of a product over a window of the grid, as Float; NaN where nothing is stored.
  ///
  /// - Throws: `CellFailure` when the store no longer holds a chunk as it was written.
  func load(product index: Int, layer: Int, window: PixelWindow, into target: LoadedBand) throws {
    let product = plan.products[index]
    let layout = plan.layout
    // A raster without a date is read once for all dates of a chunk.
    let content = LoadedBand.StoredWindow(product: index, layer: layer, window: window)
    guard target.content != content else { return }
    var isWhole = false
    target.content = nil
    defer { target.content = isWhole ? content : nil }
    target.hasUncovered = false
    target.format = BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)
    target.plane.reshape(type: .float32, width: window.width, height: window.height)
    target.plane.fill(.nan)
    for row in (window.row / layout.chunkHeight)...((window.endRow - 1) / layout.chunkHeight) {
      for column in (window.column / layout.chunkWidth)...((window.endColumn - 1) / layout.chunkWidth) {
        let chunk = ChunkIndex(row: row, column: column)
        guard let part = layout.window(chunk).intersection(window),
          let object = state.object(product: index, layer: layer, chunk: layout.number(chunk))
        else { continue }
        try read(object, product, layer: layer, chunk: chunk)
        copy(part, of: layout.window(chunk), into: target.plane, over: window, product.variable.storage)
      }
    }
    isWhole = true
  }

  private func read(_ object: ChunkStore.Object, _ product: Product, layer: Int, chunk: ChunkIndex) throws {
    let storage = product.variable.storage
    if keepsChunks {
      var latest = kept[product.index] ?? []
      if let place = latest.firstIndex(where: { $0.layer == layer && $0.chunk == chunk }) {
        stored = latest[place].plane
        latest.append(latest.remove(at: place))
        kept[product.index] = latest
        return
      }
      stored = latest.count < LayerReader.mostKept ? SamplePlane() : latest.removeFirst().plane
      kept[product.index] = latest
    }
    guard let bytes = store.get(object, plan: plan, product: product, layer: layer, chunk: chunk) else {
      throw CellFailure(
        "the store no longer holds chunk \(chunk) of layer \(layer) of \"\(product.variable.name)\" as it was written; "
          + "run the same command again: it is computed anew")
    }
    stored.reshape(type: storage.sampleType, width: plan.layout.chunkWidth, height: plan.layout.chunkHeight)
    try bytes.withUnsafeBytes { try codec.decode($0, elementSize: storage.size, into: stored.bytes) }
    if keepsChunks { kept[product.index, default: []].append((layer, chunk, stored)) }
  }

  /// Copies the part of a chunk that lies in the window.
  private func copy(
    _ part: PixelWindow, of chunk: PixelWindow, into plane: SamplePlane, over window: PixelWindow,
    _ storage: Variable.Storage
  ) {
    let values = plane.samples(as: Float.self)
    var nodata: Double?
    if case .flags = storage { nodata = Double(MaskPlanes.unknown) }
    for row in part.row..<part.endRow {
      let from = (row - chunk.row) * stored.width + part.column - chunk.column
      let to = (row - window.row) * window.width + part.column - window.column
      var target = UnsafeMutableBufferPointer(rebasing: values[to..<(to + part.width)]).mutableSpan
      LoadSamples.load(stored, start: from, nodata: nodata, rejected: nil, into: &target)
    }
  }
}
