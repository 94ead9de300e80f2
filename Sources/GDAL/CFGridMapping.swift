internal import CGDAL
public import Geo

/// A coordinate system as the attributes of a CF grid mapping variable (CF-1.10, Appendix F).
public struct CFGridMapping: Hashable, Sendable {
  /// The value of an attribute.
  public enum Value: Hashable, Sendable {
    case text(String)
    case number(Double)
    case numbers([Double])
  }

  /// One attribute of the grid mapping variable.
  public struct Attribute: Hashable, Sendable {
    public var name: String
    public var value: Value

    init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// "transverse_mercator", …; empty where CF has no such projection: then `crs_wkt` alone describes it.
  public var name: String
  /// Everything but `crs_wkt`, `grid_mapping_name` first; empty when `name` is.
  public var attributes: [Attribute]
  /// "projection_x_coordinate" or "longitude".
  public var xStandardName: String
  /// "projection_y_coordinate" or "latitude".
  public var yStandardName: String
  /// UDUNITS name of the x coordinate's unit: "m", "degrees_east", …
  public var xUnits: String
  /// UDUNITS name of the y coordinate's unit: "m", "degrees_north", …
  public var yUnits: String

  /// The value of an attribute, nil when the mapping has none of that name.
  public subscript(name: String) -> Value? {
    attributes.first { $0.name == name }?.value
  }
}

extension SpatialReference {
  /// Describes a coordinate system in CF's terms.
  ///
  /// Web Mercator is the mercator projection of the sphere whose radius is the ellipsoid's semi-major axis: that gives
  /// its coordinates, as those of the ellipsoid would not. Lambert conformal conic with a scale factor is described by its
  /// two parallels of true scale. Geostationary coordinates are in metres, angles times the satellite's height.
  ///
  /// Left to `crs_wkt` alone, since CF cannot say them: oblique Mercator whose grid is turned by another angle than its
  /// azimuth, and every projection that Appendix F does not list.
  public static func cfGridMapping(_ crs: CoordinateReference) -> CFGridMapping {
    guard let handle = try? SpatialReferenceHandle(crs) else {
      return CFGridMapping(
        name: "",
        attributes: [],
        xStandardName: "projection_x_coordinate",
        yStandardName: "projection_y_coordinate",
        xUnits: "m",
        yUnits: "m"
      )
    }
    if handle.isRotated(), let (name, pole) = CFProjection.described(byPROJ: handle) {
      return CFGridMapping(
        name: name,
        attributes: attributes(handle, name: name, projection: pole),
        xStandardName: "grid_longitude",
        yStandardName: "grid_latitude",
        xUnits: "degrees",
        yUnits: "degrees"
      )
    }
    if handle.isGeographic {
      let isDegrees = abs(handle.angularUnit - .pi / 180) < 1e-12
      return CFGridMapping(
        name: "latitude_longitude",
        attributes: attributes(handle, name: "latitude_longitude", projection: []),
        xStandardName: "longitude",
        yStandardName: "latitude",
        xUnits: isDegrees ? "degrees_east" : "radian",
        yUnits: isDegrees ? "degrees_north" : "radian"
      )
    }
    let units = udunits(handle.linearUnit)
    var mapping = CFGridMapping(
      name: "",
      attributes: [],
      xStandardName: "projection_x_coordinate",
      yStandardName: "projection_y_coordinate",
      xUnits: units,
      yUnits: units
    )
    if let (name, projection) = CFProjection.describe(handle) {
      mapping.name = name
      mapping.attributes = attributes(handle, name: name, projection: projection)
    }
    return mapping
  }

  private static func attributes(
    _ handle: borrowing SpatialReferenceHandle,
    name: String,
    projection: [CFGridMapping.Attribute]
  ) -> [CFGridMapping.Attribute] {
    var list = [CFGridMapping.Attribute("grid_mapping_name", .text(name))] + projection
    let isSphere = handle.isWebMercator
    list += [
      .init("semi_major_axis", .number(handle.semiMajorAxis)),
      .init("semi_minor_axis", .number(isSphere ? handle.semiMajorAxis : handle.semiMinorAxis)),
      .init("inverse_flattening", .number(isSphere ? 0 : handle.inverseFlattening)),
      .init("longitude_of_prime_meridian", .number(handle.primeMeridian.longitude)),
    ]
    let names = [
      // EPSG:7059; CF wants ellipsoid, prime meridian and datum named together.
      (
        "reference_ellipsoid_name",
        isSphere ? "Popular Visualisation Sphere" : handle.attribute("SPHEROID")
      ),
      ("prime_meridian_name", handle.primeMeridian.name),
      ("horizontal_datum_name", handle.attribute("DATUM")),
      ("geographic_crs_name", handle.attribute("GEOGCS")),
      ("projected_crs_name", handle.isProjected ? handle.attribute("PROJCS") : nil),
    ]
    for case (let attribute, let text?) in names where !text.isEmpty {
      list.append(.init(attribute, .text(text)))
    }
    return list
  }

  /// UDUNITS' name for a unit of length.
  private static func udunits(_ unit: (metres: Double, name: String)) -> String {
    switch unit.metres {
    case 1: "m"
    case 1000: "km"
    case 0.3048: "foot"
    case let metres where abs(metres - 1200.0 / 3937) < 1e-12: "US_survey_foot"
    default: "\(unit.metres) m"
    }
  }
}
