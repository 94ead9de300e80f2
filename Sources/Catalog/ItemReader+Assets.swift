import Geo
import JSON

/// Assets, their bands and their grids.
extension ItemReader {
  func assets(of item: JSONNode) throws(CatalogError) -> [SceneAsset] {
    guard let node = item["assets"] else { throw failure(item, "it has no \"assets\"") }
    guard let members = node.members else { throw failure(node, "its \"assets\" are \(node.kindName)") }
    var assets: [SceneAsset] = []
    assets.reserveCapacity(members.count)
    for member in members { assets.append(try asset(member.key, member.node)) }
    return assets
  }

  private func asset(_ key: String, _ node: JSONNode) throws(CatalogError) -> SceneAsset {
    guard let href = try text(node["href"], "assets.\(key).href"), !href.isEmpty else {
      throw failure(node, "asset \"\(key)\" has no \"href\"")
    }
    return SceneAsset(
      key: key,
      href: Href.resolve(href, against: location),
      mediaType: try text(node["type"], "assets.\(key).type"),
      roles: node["roles"]?.array?.compactMap(\.string) ?? [],
      title: try text(node["title"], "assets.\(key).title"),
      bands: try bands(key, node),
      projection: try projection(key, node),
      size: node["file:size"]?.integer,
      checksum: try text(node["file:checksum"], "assets.\(key).file:checksum")
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

  /// The projection fields of the asset, else of the item.
  private func projection(_ key: String, _ asset: JSONNode) throws(CatalogError) -> AssetProjection {
    var projection = AssetProjection()
    for parent in [asset, properties] where projection.definition == nil {
      guard let parent else { continue }
      projection.authorityCode = try authorityCode(parent)
      projection.wkt2 = try text(parent["proj:wkt2"], "proj:wkt2")
      if let node = parent["proj:projjson"], !node.isNull { projection.projjson = node.plain.text() }
    }
    if let node = asset["proj:transform"] ?? properties?["proj:transform"], !node.isNull {
      projection.transform = try transform(node, key)
    }
    if let node = asset["proj:shape"] ?? properties?["proj:shape"], !node.isNull {
      guard let sizes = node.array, sizes.count == 2, let rows = sizes[0].integer,
        let columns = sizes[1].integer,
        rows > 0, columns > 0
      else {
        throw failure(
          node,
          "asset \"\(key)\": \"proj:shape\" is not two positive whole numbers [rows, columns]"
        )
      }
      projection.rows = rows
      projection.columns = columns
    }
    return projection
  }

  private func authorityCode(_ parent: JSONNode) throws(CatalogError) -> String? {
    if let code = try text(parent["proj:code"], "proj:code") { return code }
    guard let node = parent["proj:epsg"], !node.isNull else { return nil }
    guard let epsg = node.integer, epsg > 0 else {
      throw failure(node, "\"proj:epsg\" is not an EPSG number", advice: "write the number alone, as 32719")
    }
    return "EPSG:\(epsg)"
  }

  /// Six numbers in the order of an affine matrix's rows (not GDAL's), or nine with its last row.
  private func transform(_ node: JSONNode, _ key: String) throws(CatalogError) -> AffineTransform {
    let numbers = node.array?.compactMap(\.double) ?? []
    guard numbers.count == 6 || numbers.count == 9, numbers.count == node.array?.count else {
      throw failure(node, "asset \"\(key)\": \"proj:transform\" is not 6 (or 9) numbers")
    }
    return AffineTransform(gdal: [2, 0, 1, 5, 3, 4].map { numbers[$0] })
  }
}
