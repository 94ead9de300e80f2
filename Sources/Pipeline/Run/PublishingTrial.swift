import Engine
import GDAL
import Geo
import Raster
import Storage

/// Makes a small GeoTIFF of a stored chunk, to tell how long those of whole layers take: that depends on how well their
/// values compress more than on anything else.
struct PublishingTrial: Sendable {
  let plan: SequencePlan
  let store: ChunkStore
  let state: SequenceState

  /// Rows and columns of a chunk at most: files of more have overviews.
  private static let side = CloudOptimizedWriter.blockSize
  /// How many times longer a pixel takes in a file with overviews, which have a third more of them.
  private static let overviews = 1.45

  /// The kinds of GeoTIFF that the plan's products become.
  var kinds: Set<RunWork> {
    Set(plan.products.filter(\.isPublished).map { RunWork.geoTIFF(of: $0.variable) })
  }

  /// Tries a kind.
  ///
  /// - Returns: seconds a byte; nil while nothing of the kind is stored, or where it cannot be tried.
  func secondsPerByte(_ kind: RunWork) -> Double? {
    for product in plan.products
    where product.isPublished && RunWork.geoTIFF(of: product.variable) == kind {
      for layer in plan.layerLabels(of: product).indices {
        for (chunk, object) in state.objects(product: product.index, layer: layer).enumerated() {
          guard let object else { continue }
          return seconds(of: product, layer, plan.layout.index(chunk), object)
        }
      }
    }
    return nil
  }

  private func seconds(
    of product: Product, _ layer: Int, _ chunk: ChunkIndex, _ object: ChunkStore.Object
  ) -> Double? {
    guard let bytes = store.get(object, plan: plan, product: product, layer: layer, chunk: chunk),
      let folder = try? LocalFiles.makeTemporaryDirectory()
    else { return nil }
    defer { _ = try? LocalFiles.removeTree(folder) }
    let (storage, layout) = (product.variable.storage, plan.layout)
    let plane = SamplePlane()
    plane.reshape(type: storage.sampleType, width: layout.chunkWidth, height: layout.chunkHeight)
    let whole = layout.window(chunk)
    let window = PixelWindow(
      column: 0, row: 0, width: min(whole.width, Self.side), height: min(whole.height, Self.side))
    let grid = Grid(
      crs: plan.grid.crs, transform: plan.grid.transform, width: window.width, height: window.height)
    let options = CloudOptimizedWriter.Options(
      type: storage.sampleType, nodata: storage.missing,
      deflateLevel: store.deflateLevel(of: product.variable))
    var spent = 0.0
    do {
      try bytes.withUnsafeBytes {
        try ChunkCodec().decode($0, elementSize: storage.size, into: plane.bytes)
      }
      // The first file of a process takes longer.
      spent =
        try (0..<2).map { _ in
          try ThreadTime.of {
            var writer = try CloudOptimizedWriter(
              creating: folder + "/trial.tif", grid: grid, options: options)
            try writer.write(
              window: window, from: UnsafeRawBufferPointer(plane.bytes), rowStride: layout.chunkWidth)
            try writer.finish()
          }
        }.min() ?? 0
    } catch {
      // The run itself says what is wrong, if anything is.
      return nil
    }
    let side = CloudOptimizedWriter.blockSize
    let blocks = ((plan.grid.width + side - 1) / side) * ((plan.grid.height + side - 1) / side)
    let share = RunWork.share(threads: CloudOptimizedProduct.threads(plan.memory.workers), blocks: blocks)
    return Self.overviews * share * spent / Double(window.count * storage.size)
  }
}
