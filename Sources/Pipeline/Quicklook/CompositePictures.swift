import Engine
import Raster
import Storage

/// Pictures of three variables of a sequence as red, green and blue: `quicklooks/SEQUENCE/NAME/LAYER.png`.
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

  /// The picture of all layers.
  var overview: String { "\(folder)/\(setting.name).png" }

  /// All pictures that there may be.
  var files: [String] { labels.indices.map(path) + [overview] }

  /// - Parameters:
  ///   - samples: of each of the products.
  ///   - statistics: of each of them, over all layers.
  ///   - metresPerPixel: of the samples; nil for no scale bar.
  func drawing(
    _ samples: [QuicklookSamples], statistics: [SampleStatistics], metresPerPixel: Double?
  ) -> Drawing {
    Drawing(
      samples: samples, labels: labels, metresPerPixel: metresPerPixel,
      composite: ColourComposite(
        name: setting.name, bands: setting.bands, statistics: statistics, limits: setting.limits,
        gamma: setting.gamma))
  }

  /// Draws the pictures.
  struct Drawing {
    let samples: [QuicklookSamples]
    let labels: [String]
    let metresPerPixel: Double?
    let composite: ColourComposite

    func picture(of layer: Int) throws(StorageError) -> ColourPicture {
      composite.picture(
        width: samples[0].width, height: samples[0].height, values: try values(layer), label: labels[layer],
        metresPerPixel: metresPerPixel)
    }

    func contactSheet(_ layers: [Int]) throws -> ColourPicture? {
      let shown = LayerPictures.spread(layers, ContactSheet.most)
      var sheet = composite.contactSheet(width: samples[0].width, height: samples[0].height)
      for layer in shown {
        try Task.checkCancellation()
        sheet.add(try values(layer), label: labels[layer])
      }
      return sheet.picture(
        note: shown.count < layers.count ? ", \(shown.count) of \(layers.count) layers" : "",
        metresPerPixel: metresPerPixel)
    }

    private func values(_ layer: Int) throws(StorageError) -> [[Float]] {
      var values: [[Float]] = []
      for band in samples { values.append(try band.values(layer: layer)) }
      return values
    }
  }
}
