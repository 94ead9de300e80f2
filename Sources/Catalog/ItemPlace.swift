import Geo
import JSON

/// The position of an item on the earth, as far as its metadata gives a valid one.
///
/// The polygon counts: boxes across the antimeridian are written in many ways. Where neither polygon nor box can be
/// understood, the item says nothing, and its files are asked.
struct ItemPlace {
  /// The box around the footprint; `minX` is greater than `maxX` across the antimeridian.
  let box: BoundingBox?
  /// Each part in one piece; empty when the item does not say where it lies.
  let footprint: [LonLatPolygon]

  /// So wide a box (in degrees) that ends near the antimeridian on both sides may go the wrong way around the Earth.
  private static let widestBox = 300.0

  init(_ item: JSONNode) {
    var parts = item["geometry"].flatMap { try? GeoJSONGeometry.polygons($0) } ?? []
    let written = ItemPlace.written(item["bbox"]).map { LonLatPolygon($0).inOnePiece }
    if parts.isEmpty {
      parts = written.map { [$0] } ?? []
      box = LonLatPolygon.bounds(of: parts)
    } else {
      box = LonLatPolygon.bounds(of: parts)
      // One of them is wrong, and only the files know which: the item is found by either.
      if let written, !parts.contains(where: { $0.intersects(written) }) { parts.append(written) }
    }
    footprint = parts
  }

  /// An item's box of 4 or 6 numbers, in degrees; nil where there is none that can be meant.
  private static func written(_ node: JSONNode?) -> BoundingBox? {
    let numbers = node?.array?.compactMap(\.double) ?? []
    guard numbers.count == 4 || numbers.count == 6, numbers.count == node?.array?.count else { return nil }
    let (east, north) = (numbers[numbers.count / 2], numbers[numbers.count / 2 + 1])
    var box = BoundingBox(
      minX: numbers[0], minY: min(numbers[1], north), maxX: east, maxY: max(numbers[1], north))
    let highest = GeoJSONGeometry.highestLatitude
    guard max(abs(box.minY), abs(box.maxY)) <= highest, max(abs(box.minX), abs(box.maxX)) <= 540 else {
      return nil
    }
    (box.minY, box.maxY) = (max(box.minY, -90), min(box.maxY, 90))
    // West of its west: across the antimeridian, unless that would be most of the way around the Earth.
    if box.minX > box.maxX, box.maxX + 360 - box.minX > 180 { (box.minX, box.maxX) = (box.maxX, box.minX) }
    let isAnyway = box.maxX - box.minX > widestBox && box.minX < -150 && box.maxX > 150
    if isAnyway { (box.minX, box.maxX) = (-180, 180) }
    return box
  }
}
