internal import Geo
internal import Raster
internal import Storage

/// Turns finished planes into stored chunks and their statistics. One a worker.
final class ChunkWriter {
  private let plan: SequencePlan
  private let store: ChunkStore
  private let state: SequenceState
  private let codec = ChunkCodec()
  private let padded = SamplePlane()
  private let floats = SamplePlane()
  private let packed = SamplePlane()
  private let whole = SamplePlane()
  /// For whoever has something to write and no plane of its own.
  let plane = SamplePlane()
  /// By product; empty when no pictures are wanted.
  private let quicklooks: [QuicklookSamples?]
  /// Time spent compressing and writing.
  private(set) var times = StageTimes()

  init(
    plan: SequencePlan, store: ChunkStore, state: SequenceState, quicklooks: [QuicklookSamples?] = []
  ) {
    self.plan = plan
    self.store = store
    self.state = state
    self.quicklooks = quicklooks
  }

  /// Stores a layer of a product over one chunk, unless all of it is missing, and notes it in the record.
  ///
  /// Statistics are of the values as computed, before they are packed.
  /// - Parameter plane: of the chunk's shape, as Float (missing is NaN) or in the type the product is stored in.
  func write(_ computed: SamplePlane, product: Int, layer: Int, record: inout ChunkRecord) throws {
    let description = plan.products[product]
    let chunk = plan.layout.index(record.chunk)
    let plane = typed(computed, description.variable.storage)
    if !description.isPublished, case .float32 = description.variable.storage {
      // Nobody asks for statistics of what only later stages and tables read.
      let values = UnsafeBufferPointer(plane.samples(as: Float.self))
      if MissingSamples.areAll(values.span) { return }
      return try put(plane, description, layer, chunk, &record)
    }
    var statistics = SampleStatistics(
      range: description.variable.statisticsRange,
      isDetailed: state.areStatisticsDetailed(product: product, layer: layer))
    let values = values(of: plane, description.variable.storage)
    if case .int32 = description.variable.storage {
      statistics.add(counts: UnsafeBufferPointer(plane.samples(as: Int32.self)))
    } else {
      statistics.add(values, areWhole: description.variable.storage.isWhole)
    }
    if quicklooks.indices.contains(product), let quicklook = quicklooks[product], statistics.count > 0 {
      try quicklook.add(values, layer: layer, chunk: chunk)
    }
    record.statistics.append((product, layer, statistics))
    guard !isAllFill(plane, description.variable.storage, statistics) else { return }
    let (stored, outOfRange) = pack(plane, description.variable.storage)
    if outOfRange > 0 { record.outOfRange.append((product, layer, outOfRange)) }
    try put(stored, description, layer, chunk, &record)
  }

  private func put(
    _ plane: SamplePlane, _ product: Product, _ layer: Int, _ chunk: ChunkIndex, _ record: inout ChunkRecord
  ) throws {
    let whole = pad(plane, product.variable.storage)
    let object = try store.put(
      UnsafeRawBufferPointer(whole.bytes), plan: plan, product: product, layer: layer, chunk: chunk,
      codec: codec, times: &times)
    record.objects.append((product.index, layer, object))
  }

  /// Whole numbers that were computed as Float, in the type they are stored in.
  private func typed(_ plane: SamplePlane, _ storage: Variable.Storage) -> SamplePlane {
    guard plane.type == .float32, storage.isWhole else { return plane }
    whole.reshape(type: storage.sampleType, width: plane.width, height: plane.height)
    let values = plane.samples(as: Float.self).span
    switch storage {
    case .int32:
      var target = whole.samples(as: Int32.self).mutableSpan
      PackSamples.round(values, into: &target)
    default:
      var target = whole.samples(as: UInt8.self).mutableSpan
      PackSamples.round(values, missing: MaskPlanes.unknown, into: &target)
    }
    return whole
  }

  /// A chunk that holds nothing but the fill value need not be stored: readers see the fill value.
  private func isAllFill(_ plane: SamplePlane, _ storage: Variable.Storage, _ statistics: SampleStatistics)
    -> Bool
  {
    switch storage {
    case .float32, .int16, .flags: statistics.count == 0
    // Nothing is missing in counts: zero is a value, and not what an absent chunk reads as.
    case .int32: false
    }
  }

  /// The values as the store holds them, and how many of them it cannot hold.
  private func pack(
    _ plane: SamplePlane, _ storage: Variable.Storage
  ) -> (plane: SamplePlane, outOfRange: Int) {
    guard case .int16(let packing) = storage else { return (plane, 0) }
    packed.reshape(type: .int16, width: plane.width, height: plane.height)
    var target = packed.samples(as: Int16.self).mutableSpan
    let outOfRange = PackSamples.pack(
      plane.samples(as: Float.self).span, scale: packing.scale, offset: packing.offset, into: &target)
    return (packed, outOfRange)
  }

  /// The values as Float, NaN where missing.
  private func values(of plane: SamplePlane, _ storage: Variable.Storage) -> UnsafeBufferPointer<Float> {
    switch storage {
    case .float32, .int16: return UnsafeBufferPointer(plane.samples(as: Float.self))
    case .int32, .flags: break
    }
    floats.reshape(type: .float32, width: plane.width, height: plane.height)
    var target = floats.samples(as: Float.self).mutableSpan
    var nodata: Double?
    if case .flags = storage { nodata = Double(MaskPlanes.unknown) }
    LoadSamples.load(plane, start: 0, nodata: nodata, rejected: nil, into: &target)
    return UnsafeBufferPointer(floats.samples(as: Float.self))
  }

  /// The plane in a whole chunk's shape: Zarr and HDF5 both store the chunks at the grid's edge whole.
  private func pad(_ plane: SamplePlane, _ storage: Variable.Storage) -> SamplePlane {
    let layout = plan.layout
    guard plane.width != layout.chunkWidth || plane.height != layout.chunkHeight else { return plane }
    padded.reshape(type: plane.type, width: layout.chunkWidth, height: layout.chunkHeight)
    let size = plane.type.size
    let target = padded.bytes
    fill(target, with: storage.fillBytes)
    for row in 0..<plane.height {
      let from = plane.bytes[(row * plane.width * size)..<((row + 1) * plane.width * size)]
      let start = row * layout.chunkWidth * size
      UnsafeMutableRawBufferPointer(rebasing: target[start..<(start + from.count)])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: from))
    }
    return padded
  }

  /// Repeats a value's bytes; copies double what is filled.
  private func fill(_ target: UnsafeMutableRawBufferPointer, with value: [UInt8]) {
    guard let start = target.baseAddress, target.count >= value.count else { return }
    target.copyBytes(from: value)
    var done = value.count
    while done < target.count {
      let count = min(done, target.count - done)
      (start + done).copyMemory(from: start, byteCount: count)
      done += count
    }
  }
}
