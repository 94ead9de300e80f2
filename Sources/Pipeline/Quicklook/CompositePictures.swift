import Engine
import Raster
import Storage

/// Pictures of three variables of a sequence as red, green and blue: `quicklooks/SEQUENCE/NAME/LAYER.png`, and as
/// GeoTIFF in all pixels beside it.
struct CompositePictures {
  let setting: PictureSettings.Composite
  /// Red, green, blue; of one period.
  let products: [Product]
  let labels: [String]
  private let folder: String

  /// - Parameter folder: of the sequence's pictures, below the run directory.
  /// - Returns: nil where the variables are not the sequence's.
  init?(_ setting: PictureSettings.Composite, plan: SequencePlan, folder: String) {
    let products = setting.bands.compactMap { band in
      plan.products.first { $0.isPublished && $0.variable.name == band }
    }
    guard products.count == 3, products.allSatisfy({ $0.period == products[0].period }) else { return nil }
    (self.setting, self.products, self.folder) = (setting, products, folder)
    labels = plan.layerLabels(of: products[0])
  }

  func path(_ layer: Int) -> String { "\(folder)/\(setting.name)/\(labels[layer]).png" }

  /// Of the same layer in all of the grid's pixels, on its place on the ground.
  func geoTIFF(_ layer: Int) -> String { "\(folder)/\(setting.name)/\(labels[layer]).tif" }

  /// The picture of all layers.
  var overview: String { "\(folder)/\(setting.name).png" }

  /// The layers one after the other.
  var animation: String { "\(folder)/\(setting.name).gif" }

  /// All pictures that are drawn of samples, whether or not they are there.
  var drawn: [String] { labels.indices.map(path) + [overview, animation] }

  /// All pictures that there may be.
  var files: [String] { drawn + labels.indices.map(geoTIFF) }

  /// How values become colours.
  ///
  /// - Parameters:
  ///   - layer: nil for all of them together.
  ///   - statistics: of a product, by its place among the three, and a layer.
  func composite(of layer: Int?, _ statistics: (_ product: Int, _ layer: Int) -> SampleStatistics)
    -> ColourComposite
  {
    let layers = layer.map { [$0] } ?? Array(labels.indices)
    let gathered = products.indices.map { place in
      var whole = SampleStatistics(range: products[place].variable.statisticsRange)
      for layer in layers { whole.merge(statistics(place, layer)) }
      return whole
    }
    return ColourComposite(
      name: setting.name, bands: setting.bands, statistics: gathered, limits: setting.limits,
      gamma: setting.gamma, isJoint: !setting.isStretchedPerBand)
  }

  /// How the values of each layer become colours, and those of a sheet of all.
  func composites(_ state: SequenceState) -> (whole: ColourComposite, layers: [ColourComposite]) {
    func statistics(_ place: Int, _ layer: Int) -> SampleStatistics {
      state.statistics(product: products[place].index, layer: layer)
    }
    let whole = composite(of: nil, statistics)
    guard setting.isStretchedPerLayer else { return (whole, labels.map { _ in whole }) }
    return (whole, labels.indices.map { composite(of: $0, statistics) })
  }

  /// The layers of which all three have values.
  func layersWithValues(_ kept: KeptLayers, _ state: SequenceState) -> [Int] {
    let layers = products.map { product in
      Set(kept.of(product.index).filter { state.statistics(product: product.index, layer: $0).count > 0 })
    }
    return layers.dropFirst().reduce(layers[0]) { $0.intersection($1) }.sorted()
  }

  /// - Parameters:
  ///   - samples: of each of the products.
  ///   - metresPerPixel: of the samples; nil for no scale bar.
  func drawing(
    _ samples: [QuicklookSamples], _ state: SequenceState, metresPerPixel: Double?
  ) -> Drawing {
    let composites = composites(state)
    return Drawing(
      samples: samples, labels: labels, metresPerPixel: metresPerPixel, composite: composites.whole,
      layers: composites.layers)
  }

  /// Draws the pictures.
  struct Drawing {
    let samples: [QuicklookSamples]
    let labels: [String]
    let metresPerPixel: Double?
    /// Of all layers.
    let composite: ColourComposite
    /// Of each.
    let layers: [ColourComposite]

    func picture(of layer: Int) throws(StorageError) -> ColourPicture {
      layers[layer].picture(
        width: samples[0].width, height: samples[0].height, values: try values(layer), label: labels[layer],
        metresPerPixel: metresPerPixel)
    }

    func contactSheet(_ layers: [Int]) throws -> ColourPicture? {
      let shown = LayerPictures.spread(layers, ContactSheet.most)
      var sheet = composite.contactSheet(width: samples[0].width, height: samples[0].height)
      for layer in shown {
        try Task.checkCancellation()
        sheet.add(try values(layer), label: labels[layer], own: self.layers[layer])
      }
      return sheet.picture(
        note: shown.count < layers.count ? ", \(shown.count) of \(layers.count) layers" : "",
        metresPerPixel: metresPerPixel)
    }

    /// A GIF file with the layers one after the other.
    func animation(_ layers: [Int]) throws -> [UInt8] {
      var file: GIFImage?
      for layer in LayerPictures.spread(layers, LayerPictures.mostFrames) {
        try Task.checkCancellation()
        let picture = try picture(of: layer)
        if file == nil {
          file = GIFImage(
            width: picture.width, height: picture.height, palette: ColourCube.palette,
            delay: LayerPictures.delay)
        }
        file?.add(ColourCube.indices(picture))
      }
      return file?.encoded ?? []
    }

    private func values(_ layer: Int) throws(StorageError) -> [[Float]] {
      var values: [[Float]] = []
      for band in samples { values.append(try band.values(layer: layer)) }
      return values
    }
  }
}
