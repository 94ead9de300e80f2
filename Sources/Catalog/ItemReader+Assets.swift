import Geo
import JSON

/// Assets, their bands and their grids.
extension ItemReader {
  /// The item's assets; what is wrong with one is a matter of who reads it.
  func assets(of item: JSONNode) -> [SceneAsset] {
    (item["assets"]?.members ?? []).map { asset($0.key, $0.node) }
  }

  private func asset(_ key: String, _ node: JSONNode) -> SceneAsset {
    var flaw: String?
    var known: [AssetBand] = []
    do throws(CatalogError) {
      known = try bands(key, node)
    } catch {
      flaw = error.description
    }
    let href = node["href"]?.string ?? ""
    if href.isEmpty { flaw = failure(node, "asset \"\(key)\" has no \"href\"").description }
    return SceneAsset(
      key: key,
      href: href.isEmpty ? "" : Href.resolve(href, against: location),
      mediaType: node["type"]?.string,
      roles: node["roles"]?.array?.compactMap(\.string) ?? [],
      title: node["title"]?.string,
      bands: known,
      projection: projection(node),
      size: node["file:size"]?.integer,
      checksum: node["file:checksum"]?.string,
      flaw: flaw
    )
  }

  // MARK: Bands

  /// The bands by STAC 1.1's `bands`, else by 1.0's `raster:bands` and `eo:bands`, which run side by side.
  private func bands(_ key: String, _ asset: JSONNode) throws(CatalogError) -> [AssetBand] {
    var lists: [[JSONNode]] = []
    for name in ["bands", "raster:bands", "eo:bands"] {
      if let list = asset[name]?.array, !list.isEmpty { lists.append(list) }
    }
    var count = lists.map(\.count).max() ?? 0
    // STAC 1.1 lets a file of one band do without the list.
    let fields = ["nodata", "data_type", "raster:scale", "raster:offset", "eo:common_name"]
    if count == 0, fields.contains(where: { asset[$0] != nil }) { count = 1 }
    var bands: [AssetBand] = []
    for number in 0..<count {
      bands.append(
        try band(key, lists.compactMap { number < $0.count ? $0[number] : nil } + inherited(by: asset))
      )
    }
    return bands
  }

  /// The nodes a band inherits from: its asset, then its item.
  private func inherited(by asset: JSONNode) -> [JSONNode] { properties.map { [asset, $0] } ?? [asset] }

  /// A field of a band: its own, else the asset's, else the item's, as STAC 1.1 inherits them.
  ///
  /// - Parameters:
  ///   - name: the name that means the same on a band, an asset and an item.
  ///   - bandName: an older name that means it on a band only.
  ///   - nodes: the band's nodes, then those of its asset and its item.
  private func field(_ name: String?, _ bandName: String?, _ nodes: [JSONNode]) -> JSONNode? {
    let ownCount = nodes.count - (properties == nil ? 1 : 2)
    for (place, node) in nodes.enumerated() {
      if let name, let value = node[name] { return value }
      if let bandName, place < ownCount, let value = node[bandName] { return value }
    }
    return nil
  }

  private func band(_ key: String, _ nodes: [JSONNode]) throws(CatalogError) -> AssetBand {
    AssetBand(
      name: try text(field(nil, "name", nodes), "assets.\(key) band name"),
      commonName: try text(field("eo:common_name", "common_name", nodes), "assets.\(key) common_name"),
      dataType: try text(field("data_type", nil, nodes), "assets.\(key) data_type"),
      nodata: try nodata(field("nodata", nil, nodes), key),
      scale: try number(field("raster:scale", "scale", nodes), "assets.\(key) scale"),
      offset: try number(field("raster:offset", "offset", nodes), "assets.\(key) offset")
    )
  }

  private func number(_ node: JSONNode?, _ name: @autoclosure () -> String) throws(CatalogError) -> Double? {
    guard let node, !node.isNull else { return nil }
    guard let number = node.double else {
      throw failure(node, "\"\(name())\" is \(node.kindName), not a number")
    }
    return number
  }

  /// A number, or one of STAC's words "nan", "inf" and "-inf"; numbers in quotes occur and are meant as such.
  private func nodata(_ node: JSONNode?, _ key: String) throws(CatalogError) -> Double? {
    guard let node, !node.isNull else { return nil }
    if let number = node.double { return number }
    if let text = node.string, let number = Double(text) { return number }
    throw failure(
      node,
      "asset \"\(key)\": nodata is \(node.string.map { "\"\($0)\"" } ?? node.kindName)",
      advice: "it takes a number, \"nan\", \"inf\" or \"-inf\""
    )
  }

  // MARK: Grids

  /// The projection fields of the asset, else of the item; what is malformed is left to the file.
  private func projection(_ asset: JSONNode) -> AssetProjection {
    var projection = AssetProjection()
    for parent in [asset, properties] {
      guard let parent else { continue }
      projection.definitions += [
        authorityCode(parent), definition(parent["proj:wkt2"]), definition(parent["proj:projjson"]),
      ].compactMap { $0 }
    }
    projection.transform = (asset["proj:transform"] ?? properties?["proj:transform"]).flatMap(transform)
    if let sizes = (asset["proj:shape"] ?? properties?["proj:shape"])?.array, sizes.count == 2,
      let rows = sizes[0].integer, let columns = sizes[1].integer, rows > 0, columns > 0
    {
      projection.rows = rows
      projection.columns = columns
    }
    projection.bounds = (asset["proj:bbox"] ?? properties?["proj:bbox"]).flatMap(bounds)
    return projection
  }

  private func authorityCode(_ parent: JSONNode) -> String? {
    if let code = definition(parent["proj:code"]) { return code }
    guard let node = parent["proj:epsg"], let epsg = node.integer ?? node.string.flatMap({ Int($0) }),
      epsg > 0
    else { return definition(parent["proj:epsg"]) }
    return "EPSG:\(epsg)"
  }

  /// A definition as text: PROJJSON is an object, or text that holds one.
  private func definition(_ node: JSONNode?) -> String? {
    guard let node else { return nil }
    if node.members != nil { return node.plain.text() }
    return node.string.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Four numbers, or six with heights.
  private func bounds(_ node: JSONNode) -> BoundingBox? {
    let numbers = node.array?.compactMap(\.double).filter(\.isFinite) ?? []
    guard numbers.count == 4 || numbers.count == 6, numbers.count == node.array?.count else { return nil }
    let half = numbers.count / 2
    return BoundingBox(minX: numbers[0], minY: numbers[1], maxX: numbers[half], maxY: numbers[half + 1])
  }

  /// Six numbers in the order of an affine matrix's rows (not GDAL's), or nine with its last row.
  private func transform(_ node: JSONNode) -> AffineTransform? {
    let numbers = node.array?.compactMap(\.double) ?? []
    guard numbers.count == 6 || numbers.count == 9, numbers.count == node.array?.count else { return nil }
    return AffineTransform(gdal: [2, 0, 1, 5, 3, 4].map { numbers[$0] })
  }
}
