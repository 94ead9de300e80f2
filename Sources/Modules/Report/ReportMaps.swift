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
  /// Hears of each figure that ended, by its layers.
  var figureEnded: (_ layers: Int) -> Void = { _ in }

  /// What a figure shows: a variable, or three of them as colours.
  private struct Subject {
    let name: String
    let title: String
    let units: String
    let isWhole: Bool
    /// Layers with a picture.
    let layers: [(label: String, path: String)]
    let layerCount: Int
  }

  private var subjects: [Subject] {
    sequence.pictures.map { picture in
      Subject(
        name: picture.name, title: picture.bands.joined(separator: ", ") + " as red, green and blue",
        units: "1", isWhole: false,
        layers: picture.layers, layerCount: picture.layerCount)
    }
      + sequence.products.map { product in
        Subject(
          name: product.variable.name, title: product.variable.longName, units: product.variable.units,
          isWhole: product.variable.storage.isWhole,
          layers: product.layers.compactMap { layer in layer.quicklook.map { (layer.label, $0) } },
          layerCount: product.layers.count)
      }
  }

  /// Layers of all figures.
  var layerCount: Int {
    subjects.prefix(ReportMaps.mostProducts).reduce(0) { $0 + ReportMaps.spread($1.layers, most).count }
  }

  func figures() -> (text: String, data: JSONValue) {
    let subjects = Array(subjects.prefix(ReportMaps.mostProducts))
    // Those that need less than their share leave the rest to those that need more: the smallest files come first.
    let sizes = subjects.map { subject in
      ReportMaps.spread(subject.layers, most).reduce(0) { $0 + (read($1.path)?.count ?? 0) }
    }
    var left = room
    var made: [Int: (text: String, data: JSONValue, bytes: Int)] = [:]
    let order = subjects.indices.sorted { (sizes[$0], $0) < (sizes[$1], $1) }
    for (place, subject) in order.enumerated() {
      defer { figureEnded(ReportMaps.spread(subjects[subject].layers, most).count) }
      guard let figure = figure(subjects[subject], index: subject, room: left / (order.count - place)) else {
        continue
      }
      left -= figure.bytes
      made[subject] = figure
    }
    let text = subjects.indices.compactMap { made[$0]?.text }.joined()
    let maps = subjects.indices.map { made[$0]?.data ?? .null }
    return ("<div class=\"maps\">\(text)</div>", ["grid": grid, "maps": .array(maps)])
  }

  private func figure(
    _ subject: Subject, index: Int, room: Int
  ) -> (text: String, data: JSONValue, bytes: Int)? {
    let chosen = ReportMaps.spread(subject.layers, most)
    guard !chosen.isEmpty else { return nil }
    // The largest pictures that fit.
    for (side, count) in [(512, 1), (384, 1), (256, 1), (192, 1), (128, 1), (128, 2), (96, 4), (64, 8)] {
      let layers = ReportMaps.spread(chosen, max(1, chosen.count / count))
      var (bytes, shown, scale): (Int, [JSONValue], JSONValue) = (4000, [], .null)
      var first: (label: String, address: String)?
      for layer in layers {
        guard bytes <= room, let file = read(layer.path), let map = ReportMaps.map(file, side: side)
        else { continue }
        let address = "data:image/png;base64," + Base64.text(map.png)
        if first == nil {
          first = (layer.label, address)
          if let text = map.texts[LegendPicture.scaleKeyword],
            let node = try? JSONParser.parse(Array(text.utf8))
          {
            scale = node.plain
          }
        }
        bytes += address.utf8.count + layer.label.utf8.count + 40
        shown.append(["label": .string(layer.label), "src": .string(shown.isEmpty ? "" : address)])
      }
      guard bytes <= room, let first else { continue }
      let text = figure(subject, index: index, first, count: shown.count, scale)
      return (text, ["layers": .array(shown), "scale": scale], bytes)
    }
    return nil
  }

  private func figure(
    _ subject: Subject, index: Int, _ first: (label: String, address: String), count: Int,
    _ scale: JSONValue
  ) -> String {
    let id = "map-\(number)-\(index)"
    let name = HTMLText.escaped(subject.name)
    let title = HTMLText.escaped(subject.title)
    let pictured = subject.layers.count
    let (more, empty) = (pictured - count, subject.layerCount - pictured)
    let parts =
      (more > 0 ? ["\(count) of \(pictured) layers with a value are shown."] : [])
      + (empty > 0
        ? ["\(empty) of \(subject.layerCount) layers \(empty == 1 ? "has" : "have") no picture."] : [])
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
      \(legend(scale, subject))\(note)
      </figure>

      """
  }

  private func legend(_ scale: JSONValue, _ subject: Subject) -> String {
    if let classes = scale["classes"]?.array {
      let items = classes.prefix(60).map { entry in
        "<li><span class=\"swatch\" style=\"background:\(ReportMaps.colour(entry["colour"]))\"></span>"
          + "\(HTMLText.escaped(entry["name"]?.string ?? ""))</li>"
      }
      return "<ul class=\"classes\" aria-label=\"Legend\">\(items.joined())</ul>"
    }
    if let low = scale["low"]?.array?.compactMap(\.double),
      let high = scale["high"]?.array?.compactMap(\.double)
    {
      let ends = zip(low, high).map { "\(ShortNumber.text($0)) to \(ShortNumber.text($1))" }
      return
        "<p class=\"note\">From black to fully lit, red, green and blue: \(ends.joined(separator: ", ")).</p>"
    }
    guard let low = scale["low"]?.double, let high = scale["high"]?.double else { return "" }
    guard let stops = scale["stops"]?.array else {
      return
        "<p class=\"note\">Black at \(ShortNumber.text(low)), fully lit at \(ShortNumber.text(high)).</p>"
    }
    let ends = ValueText.ticks(
      min(low, high)...max(low, high), units: subject.units, isWhole: subject.isWhole
    ).map(HTMLText.escaped)
    return
      "<div class=\"legend\" role=\"img\" aria-label=\"Legend: colours from \(ends[0]) to \(ends[2])\">"
      + "<div class=\"ramp\" style=\"background:linear-gradient(to right,"
      + stops.map { ReportMaps.colour($0) }.joined(separator: ",") + ")\"></div><div class=\"ticks\">"
      + "<span>\(ends[0])</span><span>\(ends[1])</span><span>\(ends[2])</span></div></div>"
  }

  /// A colour of a picture's own text, which somebody may have changed: "#rrggbb" or grey.
  private static func colour(_ value: JSONValue?) -> String {
    let text = value?.string ?? ""
    let isColour = text.utf8.count == 7 && text.hasPrefix("#") && text.dropFirst().allSatisfy(\.isHexDigit)
    return isColour ? text : "#808080"
  }

  /// The map of a picture without its legend, as a PNG file with no side longer, and the picture's texts.
  private static func map(_ file: [UInt8], side: Int) -> (png: [UInt8], texts: [String: String])? {
    func size(_ texts: [String: String]) -> (width: Int, height: Int) {
      let size = (texts[LegendPicture.mapKeyword] ?? "").split(separator: " ").compactMap { Int($0) }
      return size.count == 2 ? (size[0], size[1]) : (Int.max, Int.max)
    }
    if let picture = IndexedPicture(png: file) {
      let (width, height) = size(picture.texts)
      let map = picture.cropped(width: width, height: height).reduced(to: side)
      let plain = IndexedPicture(
        width: map.width, height: map.height, palette: map.palette, indices: map.indices)
      return (try? plain.encoded(level: 9)).map { ($0, picture.texts) }
    }
    guard let picture = ColourPicture(png: file) else { return nil }
    let (width, height) = size(picture.texts)
    var map = picture.cropped(width: width, height: height).reduced(to: side)
    map.texts = [:]
    return (try? map.encoded(level: 9)).map { ($0, picture.texts) }
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
    // Some of those that are kept: from corner to corner of the grid, not from pixel to pixel.
    let step = (PositionLattice.side - 1) / (ReportMaps.lattice - 1)
    let all = positions.points
    let points = (0..<(ReportMaps.lattice * ReportMaps.lattice)).map { point in
      all[point / ReportMaps.lattice * step * PositionLattice.side + point % ReportMaps.lattice * step]
    }
    func rounded(_ value: Double) -> JSONValue { .number((value * 1e6).rounded() / 1e6) }
    value["lattice"] = .integer(ReportMaps.lattice)
    value["longitudes"] = .array(points.map { rounded($0.longitude) })
    value["latitudes"] = .array(points.map { rounded($0.latitude) })
    return value
  }
}
