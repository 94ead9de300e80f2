import Engine
import Geo
import JSON
import Storage

/// The maps of a sequence: one figure a variable, with a layer to choose and a legend.
struct ReportMaps {
  /// Variables with maps at most.
  static let mostProducts = 40
  /// Points a side of the lattice of longitudes and latitudes.
  private static let lattice = 17

  let sequence: SequenceReport
  /// The sequence's place in the page's data.
  let number: Int
  /// Layers of each variable at most.
  let most: Int
  /// Bytes that all maps may take.
  let room: Int
  let read: @Sendable (String) -> [UInt8]?

  /// A picture of a layer.
  private struct Shown {
    let label: String
    let picture: IndexedPicture
  }

  func figures() -> (text: String, data: JSONValue) {
    let products = sequence.products.prefix(ReportMaps.mostProducts)
    var (text, maps): (String, [JSONValue]) = ("", [])
    var left = room
    for (place, product) in products.enumerated() {
      let share = left / (products.count - place)
      guard let made = figure(product, index: maps.count, room: share) else { continue }
      left -= made.bytes
      text += made.text
      maps.append(made.data)
    }
    return ("<div class=\"maps\">\(text)</div>", ["grid": grid, "maps": .array(maps)])
  }

  private func figure(
    _ product: ProductReport, index: Int, room: Int
  ) -> (text: String, data: JSONValue, bytes: Int)? {
    let there = product.layers.filter { $0.quicklook != nil }
    let chosen = ReportMaps.spread(there, most)
    guard !chosen.isEmpty else { return nil }
    // The largest pictures that fit.
    for (side, count) in [(512, 1), (384, 1), (256, 1), (192, 1), (128, 1), (128, 2), (96, 4), (64, 8)] {
      let layers = ReportMaps.spread(chosen, max(1, chosen.count / count))
      var (bytes, shown, scale): (Int, [JSONValue], JSONValue) = (4000, [], .null)
      var first: (label: String, address: String)?
      for layer in layers {
        guard bytes <= room, let path = layer.quicklook, let file = read(path),
          let picture = IndexedPicture(png: file)
        else { continue }
        let map = ReportMaps.map(of: picture).reduced(to: side)
        guard
          let encoded = try? IndexedPicture(
            width: map.width, height: map.height, palette: map.palette, indices: map.indices
          ).encoded(level: 9)
        else { continue }
        let address = "data:image/png;base64," + Base64.text(encoded)
        if first == nil {
          first = (layer.label, address)
          if let text = picture.texts[LegendPicture.scaleKeyword],
            let node = try? JSONParser.parse(Array(text.utf8))
          {
            scale = node.plain
          }
        }
        bytes += address.utf8.count + layer.label.utf8.count + 40
        shown.append(["label": .string(layer.label), "src": .string(shown.isEmpty ? "" : address)])
      }
      guard bytes <= room, let first else { continue }
      let text = figure(product, index: index, first, count: shown.count, scale)
      return (text, ["layers": .array(shown), "scale": scale], bytes)
    }
    return nil
  }

  private func figure(
    _ product: ProductReport, index: Int, _ first: (label: String, address: String), count: Int,
    _ scale: JSONValue
  ) -> String {
    let variable = product.variable
    let id = "map-\(number)-\(index)"
    let name = HTMLText.escaped(variable.name)
    let title = HTMLText.escaped(variable.longName)
    let pictured = product.layers.filter { $0.quicklook != nil }.count
    let (more, empty) = (pictured - count, product.layers.count - pictured)
    let parts =
      (more > 0 ? ["\(count) of \(pictured) layers with a value are shown."] : [])
      + (empty > 0
        ? ["\(empty) of \(product.layers.count) layers \(empty == 1 ? "has" : "have") no picture."] : [])
    let note = parts.isEmpty ? "" : "<p class=\"note\">\(parts.joined(separator: " "))</p>"
    return """
      <figure class="map" id="\(id)" data-sequence="\(number)" data-map="\(index)">
      <figcaption><strong>\(name)</strong> \(title)</figcaption>
      <div class="layer"><label for="\(id)-layer">Layer</label>
      <input type="range" id="\(id)-layer" min="0" max="\(max(count - 1, 0))" value="0" \
      aria-valuetext="\(HTMLText.escaped(first.label))"\(count < 2 ? " disabled" : "")>
      <output for="\(id)-layer">\(HTMLText.escaped(first.label))</output></div>
      <div class="view" tabindex="0" role="application" \
      aria-label="Map of \(name): arrow keys move the place whose coordinates and value are shown" \
      aria-describedby="\(id)-pointer"><img src="\(first.address)" \
      alt="Map of \(name), \(HTMLText.escaped(first.label))"><span class="cross" hidden></span></div>
      <p class="pointer" id="\(id)-pointer" aria-live="polite">Point at the map for coordinates and value.</p>
      \(legend(scale, variable))\(note)
      </figure>

      """
  }

  private func legend(_ scale: JSONValue, _ variable: Variable) -> String {
    if let classes = scale["classes"]?.array {
      let items = classes.prefix(60).map { entry in
        "<li><span class=\"swatch\" style=\"background:\(ReportMaps.colour(entry["colour"]))\"></span>"
          + "\(HTMLText.escaped(entry["name"]?.string ?? ""))</li>"
      }
      return "<ul class=\"classes\" aria-label=\"Legend\">\(items.joined())</ul>"
    }
    guard let low = scale["low"]?.double, let high = scale["high"]?.double, let stops = scale["stops"]?.array
    else {
      return ""
    }
    let units = variable.units == "1" ? "" : " " + HTMLText.escaped(variable.units)
    let ends = [low, (low + high) / 2, high].map { ShortNumber.text($0) }
    return
      "<div class=\"legend\" role=\"img\" aria-label=\"Legend: colours from \(ends[0]) to \(ends[2])\(units)\">"
      + "<div class=\"ramp\" style=\"background:linear-gradient(to right,"
      + stops.map { ReportMaps.colour($0) }.joined(separator: ",") + ")\"></div><div class=\"ticks\">"
      + "<span>\(ends[0])</span><span>\(ends[1])</span><span>\(ends[2])\(units)</span></div></div>"
  }

  /// A colour of a picture's own text, which somebody may have changed: "#rrggbb" or grey.
  private static func colour(_ value: JSONValue?) -> String {
    let text = value?.string ?? ""
    let isColour = text.utf8.count == 7 && text.hasPrefix("#") && text.dropFirst().allSatisfy(\.isHexDigit)
    return isColour ? text : "#808080"
  }

  /// The map of a picture without its legend.
  private static func map(of picture: IndexedPicture) -> IndexedPicture {
    let size = (picture.texts[LegendPicture.mapKeyword] ?? "").split(separator: " ").compactMap { Int($0) }
    return size.count == 2 ? picture.cropped(width: size[0], height: size[1]) : picture
  }

  /// So many of all at most, at equal distances, with the first and the last.
  static func spread<Element>(_ all: [Element], _ most: Int) -> [Element] {
    guard all.count > most else { return all }
    guard most > 1 else { return Array(all.prefix(most)) }
    return (0..<most).map { all[$0 * (all.count - 1) / (most - 1)] }
  }

  /// Transform, size, and longitudes and latitudes at points of the grid.
  private var grid: JSONValue {
    let (width, height) = (sequence.area["width"]?.integer ?? 0, sequence.area["height"]?.integer ?? 0)
    var value: JSONValue = [
      "transform": sequence.area["transform"] ?? .null, "width": .integer(width), "height": .integer(height),
    ]
    guard let positions = sequence.positions, width > 0, height > 0 else { return value }
    let last = ReportMaps.lattice - 1
    let points = (0..<(ReportMaps.lattice * ReportMaps.lattice)).map { point in
      positions.position(
        column: (point % ReportMaps.lattice) * (width - 1) / last,
        row: (point / ReportMaps.lattice) * (height - 1) / last)
    }
    func rounded(_ value: Double) -> JSONValue { .number((value * 1e6).rounded() / 1e6) }
    value["lattice"] = .integer(ReportMaps.lattice)
    value["longitudes"] = .array(points.map { rounded($0.longitude) })
    value["latitudes"] = .array(points.map { rounded($0.latitude) })
    return value
  }
}
