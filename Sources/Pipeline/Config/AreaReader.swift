import Catalog
import Engine
import GDAL
import Geo
import JSON
import Storage

/// Reads `area`.
struct AreaReader {
  let folder: String
  let mistakes: Mistakes

  func read(_ node: JSONNode?, path: JSONPath) -> Area {
    // "native" is the only text that gets here.
    guard let node, node.members != nil else { return .native }
    let object = CheckedObject(node, path: path, keys: ConfigKeys.area, mistakes: mistakes)
    let kinds = ["bbox", "geometry", "like", "around"].filter { node[$0] != nil || object[$0] != nil }
    guard let kind = kinds.first, kinds.count == 1 else {
      if object.isSound {
        mistakes.report(
          kinds.isEmpty
            ? "an area needs one of \"bbox\", \"geometry\", \"around\" and \"like\""
            : "an area takes only one of \(ParameterType.alternatives(kinds.map { "\"\($0)\"" }))",
          at: node.position, path)
      }
      return .native
    }
    forbid(
      (kind == "bbox" ? [] : kind == "like" ? ["bbox_crs", "crs", "resolution"] : ["bbox_crs"])
        + (kind == "around" ? [] : ["buffer"]), kind, object)
    let target = kind == "like" ? GridTarget() : readTarget(object)
    switch kind {
    case "like": return readLike(object) ?? .native
    case "geometry": return readGeometry(object, target: target) ?? .native
    case "around": return readAround(object, target: target) ?? .native
    default: return readBox(object, target: target) ?? .native
    }
  }

  private func forbid(_ keys: [String], _ kind: String, _ object: CheckedObject) {
    for key in keys {
      guard let node = object[key] else { continue }
      mistakes.report(
        "\"\(key)\" does not go together with \"\(kind)\"", at: node.position, object.path(of: key))
    }
  }

  private func readLike(_ object: CheckedObject) -> Area? {
    guard let node = object["like"], let text = node.string else { return nil }
    let path = Href.resolve(text, inFolder: folder)
    FileCheck(mistakes: mistakes).requireFile(text, resolved: path, at: node, path: object.path(of: "like"))
    return .like(path: path)
  }

  private func readGeometry(_ object: CheckedObject, target: GridTarget) -> Area? {
    guard let node = object["geometry"] else { return nil }
    let path = object.path(of: "geometry")
    do throws(GeoJSONGeometry.Failure) {
      let polygons = try GeoJSONGeometry.polygons(node)
      if polygons.isEmpty { mistakes.report("the geometry has no polygon", at: node.position, path) }
      return .geometry(polygons, target: target)
    } catch {
      mistakes.report(error.message, at: error.position, path)
      return nil
    }
  }

  private func readAround(_ object: CheckedObject, target: GridTarget) -> Area? {
    guard let node = object["around"], let point = node.array?.compactMap(\.double) else { return nil }
    let path = object.path(of: "around")
    guard point.count == 2 else {
      mistakes.report(
        "expected [longitude, latitude], found \(point.count) numbers", at: node.position, path)
      return nil
    }
    guard (-360...360).contains(point[0]), (-90...90).contains(point[1]) else {
      mistakes.report(
        "[\(point[0]), \(point[1])] is no longitude and latitude in degrees", at: node.position, path)
      return nil
    }
    guard let buffer = object["buffer"]?.double else {
      if object.node["buffer"] == nil {
        mistakes.report(
          "how far the area reaches around the point is not said", at: node.position, path,
          suggestion: "add \"buffer\", in metres")
      }
      return nil
    }
    let longitude = point[0] > 180 ? point[0] - 360 : point[0] < -180 ? point[0] + 360 : point[0]
    return .around(longitude: longitude, latitude: point[1], buffer: buffer, target: target)
  }

  private func readTarget(_ object: CheckedObject) -> GridTarget {
    var target = GridTarget(crs: readCRS(object, "crs"))
    guard let node = object["resolution"] else { return target }
    if let size = node.double {
      target.resolution = GridTarget.Resolution(x: size, y: size)
      checkUnit(size, of: target.crs, at: node, object.path(of: "resolution"))
    } else if let sizes = node.array?.compactMap(\.double) {
      if sizes.count == 2 {
        target.resolution = GridTarget.Resolution(x: sizes[0], y: sizes[1])
        checkUnit(sizes.max() ?? 0, of: target.crs, at: node, object.path(of: "resolution"))
      } else {
        mistakes.report(
          "expected [width, height], found \(sizes.count) numbers", at: node.position,
          object.path(of: "resolution"))
      }
    }
    return target
  }

  /// Metres that were meant to be degrees, and the other way round.
  private func checkUnit(_ size: Double, of crs: String?, at node: JSONNode, _ path: JSONPath) {
    guard let crs, let parsed = try? SpatialReference.parse(crs) else { return }
    if parsed.isGeographic, size >= 10 {
      mistakes.report(
        "the unit of \(crs) is degrees, and \(size) degrees is no size of a pixel", at: node.position, path,
        suggestion: "\(size) metres are about \(ShortNumber.text(size / 111_320)) degrees")
    } else if SpatialReference.metresPerUnit(parsed) == 1, size < 0.005 {
      mistakes.report(
        "the unit of \(crs) is metres, and \(size) metres is no size of a pixel", at: node.position, path,
        suggestion: "\(size) degrees are about \(ShortNumber.text(size * 111_320)) metres")
    }
  }

  private func readCRS(_ object: CheckedObject, _ key: String) -> String? {
    guard let node = object[key], let text = node.string else { return nil }
    do throws(GDALError) {
      _ = try SpatialReference.parse(text)
    } catch {
      mistakes.report(
        "unknown coordinate system \"\(text)\"", at: node.position, object.path(of: key),
        suggestion: "write it like \"EPSG:32719\"")
    }
    return text
  }

  private func readBox(_ object: CheckedObject, target: GridTarget) -> Area? {
    let crs = readCRS(object, "bbox_crs").flatMap { AreaReader.isLonLat($0) ? nil : $0 }
    let isLonLat =
      crs == nil && object.node["bbox_crs"].map { object["bbox_crs"] != nil && $0.string != nil } ?? true
    guard let node = object["bbox"], let written = node.array else { return nil }
    let path = object.path(of: "bbox")
    var numbers = written.compactMap(\.double)
    // With heights, as GeoJSON has boxes in three dimensions: west, south, lowest, east, north, highest.
    let places = numbers.count == 6 ? [0, 1, 3, 4] : [0, 1, 2, 3]
    guard numbers.count == 4 || numbers.count == 6 else {
      mistakes.report(
        "expected [west, south, east, north], found \(numbers.count) numbers", at: node.position, path)
      return nil
    }
    numbers = places.map { numbers[$0] }
    let nodes = places.map { written[$0] }
    let box = BoundingBox(minX: numbers[0], minY: numbers[1], maxX: numbers[2], maxY: numbers[3])
    if isLonLat, let place = AreaReader.degreesOut(of: box) {
      mistakes.report(
        "\(nodes[place].numberText) is no \(place % 2 == 0 ? "longitude" : "latitude") in degrees",
        at: nodes[place].position, path.appending(places[place]),
        suggestion: abs(numbers[place]) > 540
          ? "name the box's coordinate system with \"bbox_crs\""
          : place % 2 == 1
            ? "a box is [west, south, east, north]: are latitudes and longitudes swapped?" : nil)
      return nil
    }
    // From east of Asia to west of America, as GeoJSON has it, or across Greenwich where longitudes go to 360; other
    // boxes whose west is in the east are mistakes.
    let isAcross =
      isLonLat && (box.minX > 0 && box.maxX < 0 || box.minX > 180 && box.maxX >= 0)
      && box.maxX + 360 - box.minX <= 180
    if box.minX >= box.maxX, !isAcross {
      mistakes.report(
        "west, \(nodes[0].numberText), must be less than east, \(nodes[2].numberText)", at: node.position,
        path)
      return nil
    }
    if box.minY >= box.maxY {
      mistakes.report(
        "south, \(nodes[1].numberText), must be less than north, \(nodes[3].numberText)", at: node.position,
        path)
      return nil
    }
    return .box(isLonLat ? AreaReader.wrapped(box) : box, crs: crs, target: target)
  }

  /// The box with longitudes from -180 to 180; west is greater than east where it crosses the antimeridian.
  private static func wrapped(_ box: BoundingBox) -> BoundingBox {
    var box = box
    (box.minY, box.maxY) = (max(box.minY, -90), min(box.maxY, 90))
    guard box.maxX - box.minX < 360 else {
      box.minX = -180
      box.maxX = 180
      return box
    }
    if box.minX >= 180 { box.minX -= 360 }
    if box.minX < -180 { box.minX += 360 }
    if box.maxX > 180 { box.maxX -= 360 }
    if box.maxX <= -180 { box.maxX += 360 }
    return box
  }

  /// The first of the four numbers that cannot be degrees; longitudes go from -360 to 360, so that an area
  /// across the antimeridian can be one box, and latitudes half a pixel of a global grid beyond the poles.
  private static func degreesOut(of box: BoundingBox) -> Int? {
    box.array.indices.first { place in
      place % 2 == 0
        ? !(-360...360).contains(box.array[place]) : !(-90.5...90.5).contains(box.array[place])
    }
  }

  /// The names under which longitude and latitude go; in this order, as everywhere in GIS.
  private static func isLonLat(_ crs: String) -> Bool {
    ["EPSG:4326", "OGC:CRS84", "CRS84", "WGS84"].contains(crs.uppercased())
  }
}

/// Checks that local files which a config names are there.
struct FileCheck {
  let mistakes: Mistakes

  /// Reports a local path where nothing is; URLs and GDAL's virtual paths are not looked at.
  func requireFile(_ text: String, resolved: String, at node: JSONNode, path: JSONPath) {
    if text.isEmpty {
      mistakes.report("expected a path, found an empty string", at: node.position, path)
      return
    }
    guard Href.scheme(of: resolved) == nil, !resolved.hasPrefix("/vsi") else { return }
    guard !LocalFiles.exists(resolved) else { return }
    mistakes.report(
      "there is no \"\(text)\"", at: node.position, path,
      suggestion: FileCheck.maker(of: resolved)
        ?? (text.hasPrefix("/")
          ? nil : "a relative path starts at the config's folder, looked for \(resolved)"))
  }

  /// What makes the missing file, where that is known: the archive of `configs/demo.json` is simulated by a script.
  private static func maker(of path: String) -> String? {
    let archive = "/out/demo-archive/items.json"
    guard path.hasSuffix(archive), LocalFiles.exists(path.dropLast(archive.count) + "/scripts/demo") else {
      return nil
    }
    return "scripts/demo simulates this archive, and runs the config"
  }
}
