import Engine
import GDAL
import Geo
import Glibc
import Raster
import Storage

/// Small pictures of every layer: `quicklooks/SEQUENCE/VARIABLE/LAYER.png`.
///
/// They are drawn from samples taken while chunks were computed: nothing is read or decompressed for them.
struct Quicklooks: Sendable {
  let plan: SequencePlan
  let directory: RunDirectory
  /// What the config says of pictures.
  var pictures = PictureSettings()

  private var folder: String { "\(RunDirectory.quicklooksName)/\(plan.name)" }

  private func samplesPath(_ product: Product) -> String {
    "\(directory.path)/\(folder)/.\(product.variable.name).samples"
  }

  private func path(_ product: Product, _ layer: Int) -> String {
    "\(folder)/\(product.variable.name)/\(plan.layerLabels(of: product)[layer]).png"
  }

  /// Every file that may be written for pictures, below the run directory.
  var files: [String] {
    plan.products.flatMap { product in
      ["\(folder)/.\(product.variable.name).samples"]
        + pictures(of: product)
    }
  }

  /// The pictures of a product, also of it and others together, below the run directory, whether or not they are there.
  func pictures(of product: Product) -> [String] {
    plan.layerLabels(of: product).indices.map { path(product, $0) } + overviews(of: product)
      + composites.filter { $0.products.contains { $0.index == product.index } }.flatMap(\.files)
  }

  /// Pictures of three of the sequence's variables.
  var composites: [CompositePictures] { Quicklooks.composites(of: plan, pictures) }

  /// Pictures of three of a sequence's variables.
  static func composites(of plan: SequencePlan, _ settings: PictureSettings) -> [CompositePictures] {
    settings.composites.compactMap {
      CompositePictures($0, plan: plan, folder: "\(RunDirectory.quicklooksName)/\(plan.name)")
    }
  }

  /// The pictures that show many layers of a product: the contact sheet and the animation.
  func overviews(of product: Product) -> [String] {
    ["png", "gif"].map { "\(folder)/\(product.variable.name).\($0)" }
  }

  /// Where a layer's picture is, below the run directory, here or where results are uploaded to; nil for none.
  func path(product: Int, layer: Int, uploads: UploadRecord?) -> String? {
    let path = path(plan.products[product], layer)
    return isThere(path, uploads: uploads) ? path : nil
  }

  /// Whether a picture is here or where results are uploaded to.
  func isThere(_ path: String, uploads: UploadRecord?) -> Bool {
    LocalFiles.exists("\(directory.path)/\(path)") || uploads?.copy(of: path) != nil
  }

  /// Makes ready to take samples of what is still to be computed.
  ///
  /// - Parameter found: of chunks that an earlier run finished samples must be there already.
  /// - Returns: by product; nil for those whose pictures could not be whole.
  func begin(_ found: Resumption.Outcome) throws(StorageError) -> [QuicklookSamples?] {
    // What a killed process left of pictures it was writing.
    for product in plan.products {
      try WrittenFiles.removeLeftovers(in: "\(directory.path)/\(folder)/\(product.variable.name)")
    }
    if found.isWaiting.contains(true) { try LocalFiles.createDirectory("\(directory.path)/\(folder)") }
    var samples: [QuicklookSamples?] = []
    for product in plan.products {
      let path = samplesPath(product)
      let kept = found.keptChunks[product.index]
      // Where nothing is left to compute, an interruption may have left samples of which no picture was drawn yet.
      guard product.isPublished, found.isWaiting[product.index] || LocalFiles.exists(path) else {
        samples.append(nil)
        continue
      }
      if kept == 0 { try LocalFiles.remove(path) }
      let made = try QuicklookSamples(path, grid: plan.grid, layout: plan.layout)
      let isWhole = kept == 0 || made.isContinued
      if !isWhole { try LocalFiles.remove(path) }
      samples.append(isWhole ? made : nil)
    }
    return samples
  }

  /// Draws the pictures of all layers that have a value; the samples go, unless cells failed that may come yet.
  ///
  /// All layers of a variable have the same colours for the same values.
  ///
  /// - Parameter drawn: hears how many layers of all have ended; of none the first is begun.
  func draw(
    _ samples: [QuicklookSamples?], _ state: SequenceState,
    drawn: (_ ended: Int, _ pictures: Int) -> Void = { _, _ in }
  ) throws {
    let (all, composites) = (pictureCount(samples), self.composites)
    var ended = 0
    func pictureEnded() {
      ended += 1
      drawn(ended, all)
    }
    drawn(0, all)
    for (index, samples) in samples.enumerated() {
      guard let samples else { continue }
      let product = plan.products[index]
      let kept = Set(KeptLayers(plan: plan, state: state).of(index))
      let statistics = plan.layerLabels(of: product).indices.map {
        state.statistics(product: index, layer: $0)
      }
      for layer in statistics.indices where !kept.contains(layer) {
        try LocalFiles.remove("\(directory.path)/\(path(product, layer))")
      }
      let shown = statistics.indices.filter { kept.contains($0) && statistics[$0].count > 0 }
      let drawing = LayerPictures(
        product: product, labels: plan.layerLabels(of: product), samples: samples,
        scale: scale(of: product, statistics),
        metresPerPixel: metresPerPixel.map { $0 * Double(samples.stride) })
      for layer in shown {
        try Task.checkCancellation()
        try write(try drawing.picture(of: layer).encoded(), to: path(product, layer))
        pictureEnded()
      }
      let overviews = overviews(of: product)
      for path in overviews { try LocalFiles.remove("\(directory.path)/\(path)") }
      if shown.count > 1 {
        if let sheet = try drawing.contactSheet(shown) { try write(sheet, to: overviews[0]) }
        if pictures.animated.contains(product.variable.name) {
          try write(try drawing.animation(shown), to: overviews[1])
        }
      }
    }
    for composite in composites { try draw(composite, samples, state, pictureEnded) }
    // Some had nothing to show.
    drawn(all, all)
    guard !state.hasFailures else { return }
    for product in plan.products where product.isPublished { try LocalFiles.remove(samplesPath(product)) }
  }

  /// Draws the layers of three variables of which all have values; where not all three were computed, there are samples
  /// of some only, and no pictures.
  private func draw(
    _ composite: CompositePictures, _ samples: [QuicklookSamples?], _ state: SequenceState,
    _ pictureEnded: () -> Void
  ) throws {
    let indices = composite.products.map(\.index)
    let own = indices.compactMap { samples.indices.contains($0) ? samples[$0] : nil }
    guard !own.isEmpty else { return }
    for path in composite.drawn { try LocalFiles.remove("\(directory.path)/\(path)") }
    guard own.count == indices.count else { return }
    let shown = composite.layersWithValues(KeptLayers(plan: plan, state: state), state)
    let drawing = composite.drawing(
      own, state, metresPerPixel: metresPerPixel.map { $0 * Double(own[0].stride) })
    for layer in shown {
      try Task.checkCancellation()
      try write(try drawing.picture(of: layer).encoded(), to: composite.path(layer))
      pictureEnded()
    }
    guard shown.count > 1 else { return }
    if let sheet = try drawing.contactSheet(shown) { try write(try sheet.encoded(), to: composite.overview) }
    if composite.setting.isAnimated { try write(try drawing.animation(shown), to: composite.animation) }
  }

  /// Layers that have pictures at most: of products with samples, and of three together.
  private func pictureCount(_ samples: [QuicklookSamples?]) -> Int {
    zip(plan.products, samples).reduce(0) { $1.1 == nil ? $0 : $0 + plan.layerLabels(of: $1.0).count }
      + composites.reduce(0) { $0 + $1.labels.count }
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    let path = "\(directory.path)/\(path)"
    try LocalFiles.createDirectory(LocalFiles.parent(of: path))
    try LocalFiles.writeAtomically(path, bytes)
  }

  /// One scale for all layers of a product, so that they can be compared.
  private func scale(of product: Product, _ layers: [SampleStatistics]) -> ColourScale {
    let name = product.variable.name
    var whole = SampleStatistics(range: product.variable.statisticsRange)
    for layer in layers { whole.merge(layer) }
    return ColourScale(
      for: product.variable, statistics: whole, limits: pictures.limits[name], map: pictures.colours[name])
  }

  /// How wide a pixel of the grid is on the ground; nil where nobody can say.
  private var metresPerPixel: Double? {
    let width = abs(plan.grid.transform.pixelWidth)
    if let scale = GroundScale(plan.grid) { return scale.width }
    guard plan.grid.crs.isGeographic else { return nil }
    let bounds = plan.grid.bounds
    let latitude = (bounds.minY + bounds.maxY) / 2 * .pi / 180
    return width * 111_320 * max(cos(latitude), 0.01)
  }
}
