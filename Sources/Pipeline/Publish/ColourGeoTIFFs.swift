import Engine
import GDAL
import Geo
import Raster
import Storage

/// Pictures of three variables as cloud-optimised GeoTIFF of red, green, blue and opacity, in all of the grid's pixels.
///
/// They are made of the chunks in the store, before those leave it.
struct ColourGeoTIFFs {
  let publisher: ProductPublisher
  let pictures: [CompositePictures]

  /// Writes the files of pictures of which variables were computed, in the place of earlier ones.
  ///
  /// - Parameters:
  ///   - isComputed: by product.
  ///   - isWanted: whether there are to be files; else earlier ones go.
  ///   - notify: hears of each file.
  /// - Returns: what could not be made, in words.
  func write(
    _ isComputed: (Int) -> Bool, isWanted: Bool,
    _ notify: @Sendable (PipelineRunner.Event) -> Void = { _ in }
  ) async throws -> [String] {
    var faults: [String] = []
    let kept = KeptLayers(plan: publisher.plan, state: publisher.state)
    for picture in pictures where picture.products.contains(where: { isComputed($0.index) }) {
      for layer in picture.labels.indices {
        try LocalFiles.remove("\(publisher.directory.path)/\(picture.geoTIFF(layer))")
      }
      guard isWanted else { continue }
      let colours = picture.composites(publisher.state).layers
      let layers = picture.layersWithValues(kept, publisher.state)
      let (name, part) = (publisher.plan.name, RunWork.Part(coloursOf: publisher.plan))
      notify(
        .publishing(
          sequence: name, files: layers.count, work: [part.kind: Double(layers.count) * part.amount]))
      for (place, layer) in layers.enumerated() {
        let path = picture.geoTIFF(layer)
        do {
          // GDAL blocks: not a thread of Swift's shared ones.
          try await BlockingWork.run(workers: 1) { try write(picture, layer, colours[layer], to: path) }
        } catch is PublishError {
          faults.append(
            "\(path) is not made: an earlier run finished one of its variables, whose values are no longer stored; "
              + "run with --fresh to have it")
        }
        notify(.published(sequence: name, ended: place + 1, files: layers.count, part: part))
      }
    }
    return faults
  }

  private func write(
    _ picture: CompositePictures, _ layer: Int, _ colours: ColourComposite, to path: String
  ) throws {
    let (plan, path) = (publisher.plan, "\(publisher.directory.path)/\(path)")
    var options = CloudOptimizedWriter.Options(
      type: .uint8, threads: CloudOptimizedProduct.threads(plan.memory.workers))
    options.isColoured = true
    options.metadata = [
      "variables": picture.setting.bands.joined(separator: " "), "layer": picture.labels[layer],
      "black": colours.ranges.map { "\($0.lowerBound)" }.joined(separator: " "),
      "fully_lit": colours.ranges.map { "\($0.upperBound)" }.joined(separator: " "),
      "gamma": "\(colours.gamma)", "apus_version": publisher.context.version,
      "apus_config": publisher.context.config,
    ]
    let reader = StoredValues(publisher)
    try CloudOptimizedProduct.write(path, grid: plan.grid, options) { writer in
      for number in 0..<plan.layout.count {
        try Task.checkCancellation()
        let chunk = plan.layout.index(number)
        let window = plan.layout.window(chunk)
        let values = try picture.products.map { product in
          try reader.values(of: product, layer: layer, chunk: chunk)
        }
        try colours.colours(of: values).withUnsafeBytes {
          try writer.write(window: window, from: $0, rowStride: window.width)
        }
      }
    }
  }

  /// The values of chunks in the store.
  private final class StoredValues {
    private let publisher: ProductPublisher
    private let codec = ChunkCodec()
    private let plane = SamplePlane()

    init(_ publisher: ProductPublisher) { self.publisher = publisher }

    /// - Returns: row by row over the chunk's part of the grid; NaN where missing.
    func values(of product: Product, layer: Int, chunk: ChunkIndex) throws -> [Float] {
      let layout = publisher.plan.layout
      let window = layout.window(chunk)
      var values = [Float](repeating: .nan, count: window.count)
      guard let bytes = try publisher.stored(product, layer: layer, chunk: chunk) else { return values }
      let storage = product.variable.storage
      plane.reshape(type: storage.sampleType, width: layout.chunkWidth, height: layout.chunkHeight)
      try bytes.withUnsafeBytes { try codec.decode($0, elementSize: storage.size, into: plane.bytes) }
      for row in 0..<window.height {
        for column in 0..<window.width {
          values[row * window.width + column] = value(row * layout.chunkWidth + column, storage)
        }
      }
      return values
    }

    private func value(_ place: Int, _ storage: Variable.Storage) -> Float {
      switch storage {
      case .float32: return plane.samples(as: Float.self)[place]
      case .int16(let packing):
        let stored = plane.samples(as: Int16.self)[place]
        return stored == VariableEncoding.Packing.missing
          ? .nan : Float(Double(stored) * packing.scale + packing.offset)
      case .int32:
        let stored = plane.samples(as: Int32.self)[place]
        return Double(stored) == storage.missing ? .nan : Float(stored)
      case .flags:
        let stored = plane.samples(as: UInt8.self)[place]
        return Double(stored) == storage.missing ? .nan : Float(stored)
      }
    }
  }
}
