import Engine
import Storage

/// Draws the layers of a product from their samples: one by one, beside each other, and one after the other.
struct LayerPictures {
  /// Pictures of an animation at most.
  static let mostFrames = 200
  /// Of each picture of an animation, in hundredths of a second.
  static let delay = 60

  let product: Product
  let labels: [String]
  let samples: QuicklookSamples
  let scale: ColourScale
  /// Of the samples; nil for no scale bar.
  let metresPerPixel: Double?

  func picture(of layer: Int) throws(StorageError) -> IndexedPicture {
    LegendPicture(
      width: samples.width, height: samples.height, values: try samples.values(layer: layer), scale: scale,
      title: "\(product.variable.name) \(labels[layer])", units: product.variable.units,
      isWhole: product.variable.storage.isWhole, metresPerPixel: metresPerPixel
    ).picture
  }

  /// A PNG file with the layers beside each other.
  func contactSheet(_ layers: [Int]) throws -> [UInt8]? {
    let shown = Self.spread(layers, ContactSheet.most)
    var title = product.variable.name
    if shown.count < labels.count { title += ", \(shown.count) of \(labels.count) layers" }
    let empty = labels.count - layers.count
    if empty > 0 { title += ", \(empty) without a value" }
    var sheet = ContactSheet(
      width: samples.width, height: samples.height, scale: scale, title: title, units: product.variable.units,
      isWhole: product.variable.storage.isWhole, metresPerPixel: metresPerPixel)
    for layer in shown {
      try Task.checkCancellation()
      sheet.add(try samples.values(layer: layer), label: labels[layer])
    }
    return try sheet.picture?.encoded()
  }

  /// A GIF file with the layers one after the other.
  func animation(_ layers: [Int]) throws -> [UInt8] {
    var file: GIFImage?
    for layer in Self.spread(layers, LayerPictures.mostFrames) {
      try Task.checkCancellation()
      let picture = try picture(of: layer)
      if file == nil {
        file = GIFImage(
          width: picture.width, height: picture.height, palette: picture.palette, delay: LayerPictures.delay)
      }
      file?.add(picture.indices)
    }
    return file?.encoded ?? []
  }

  /// So many of all at most, at equal distances, with the first and the last.
  static func spread(_ all: [Int], _ most: Int) -> [Int] {
    guard all.count > most else { return all }
    return (0..<most).map { all[$0 * (all.count - 1) / (most - 1)] }
  }
}
