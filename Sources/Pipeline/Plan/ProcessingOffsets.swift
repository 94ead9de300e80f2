import Engine
import Modules

/// Settles the offset that a product's processing adds to stored numbers, and remembers it for a note.
///
/// First comes the config, then a catalogue that has taken the offset out of its files, then the catalogue's
/// `raster:bands`, then the file, then the item's processing baseline.
struct ProcessingOffsets {
  /// A reason and the scenes it holds for, in the order they came.
  private var scenes: [(product: String, reason: String, ids: Set<String>)] = []

  /// Puts what an item's properties say into what is known of a band's numbers.
  ///
  /// - Parameters:
  ///   - known: what the catalogue says of the band.
  ///   - fallback: what the product's handbook says.
  mutating func apply(
    _ finding: ProcessingBaseline.Finding, of product: String, scene: String, isOverridden: Bool,
    known: inout SampleEncoding, fallback: inout SampleEncoding
  ) {
    let stated = known.offset
    switch finding {
    case .applied:
      // Such items may still bear the offset in raster:bands: it is not to be subtracted twice.
      known.scale = known.scale ?? fallback.scale
      known.offset = 0
    case .offset(let offset) where stated == nil:
      if known.scale != nil { known.offset = offset } else { fallback.offset = offset }
    case .offset, .unknown: break
    }
    if isOverridden { return }
    switch finding {
    case .applied:
      note(scene, product, "0 for {} whose stored numbers are without it (boa_offset_applied)")
    case .offset, .unknown:
      if let stated {
        note(scene, product, "\(stated) for {}, as the catalogue says (raster:bands)")
      } else if case .offset(let offset) = finding {
        note(scene, product, "\(offset == 0 ? "0" : "\(offset)") for {}, by the processing baseline")
      } else {
        note(
          scene, product,
          "0 for {} whose processing baseline is not known (if it is 04.00 or later, give \"overrides\")")
      }
    }
  }

  private mutating func note(_ scene: String, _ product: String, _ reason: String) {
    if let place = scenes.firstIndex(where: { $0.product == product && $0.reason == reason }) {
      scenes[place].ids.insert(scene)
    } else {
      scenes.append((product, reason, [scene]))
    }
  }

  /// What was applied, a sentence a product.
  var notes: [String] {
    var products: [String] = []
    for entry in scenes where !products.contains(entry.product) { products.append(entry.product) }
    return products.map { product in
      let parts = scenes.filter { $0.product == product }.map { entry in
        entry.reason.replacing("{}", with: entry.ids.count == 1 ? "1 scene" : "\(entry.ids.count) scenes")
      }
      return "offset of \(product) reflectance: \(parts.joined(separator: "; "))"
    }
  }
}
