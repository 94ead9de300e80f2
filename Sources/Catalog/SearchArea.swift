public import Geo

/// Where to look for scenes, in longitude and latitude.
public enum SearchArea: Hashable, Sendable {
  /// Boxes in degrees; one whose `minX` is greater than its `maxX` crosses the antimeridian.
  case boxes([BoundingBox])
  case polygons([LonLatPolygon])

  /// The area as polygons.
  public var polygons: [LonLatPolygon] {
    switch self {
    case .boxes(let boxes): boxes.map { LonLatPolygon($0) }
    case .polygons(let polygons): polygons
    }
  }
}
