/// The projections of CF-1.10 Appendix F and how their attributes are called in WKT 1.
///
/// Those that WKT 1 has no words for (vertical perspective, rotated poles) are in `CFProjection+PROJ`.
enum CFProjection {
  /// The CF name and attributes of a projected system; nil where CF has no words for it.
  static func describe(
    _ handle: borrowing SpatialReferenceHandle
  ) -> (name: String, attributes: [CFGridMapping.Attribute])? {
    guard let method = handle.attribute("PROJECTION") else { return described(byPROJ: handle) }
    // A PROJ string inside the WKT may mean more than the parameters tell.
    if let text = handle.extensionText {
      let isKnown =
        method == "Geostationary_Satellite" || method == "Mercator_1SP" && handle.isWebMercator
      guard isKnown, text.hasPrefix("+proj=geos ") || handle.isWebMercator else { return nil }
    }
    func number(_ parameter: String, _ fallback: Double = 0) -> Double {
      handle.parameter(parameter) ?? fallback
    }
    func attribute(_ name: String, _ parameter: String, _ fallback: Double = 0) -> CFGridMapping.Attribute {
      .init(name, .number(number(parameter, fallback)))
    }
    let origin = [
      attribute("false_easting", "false_easting"), attribute("false_northing", "false_northing"),
    ]
    switch method {
    case "Transverse_Mercator":
      return (
        "transverse_mercator",
        [
          attribute("latitude_of_projection_origin", "latitude_of_origin"),
          attribute("longitude_of_central_meridian", "central_meridian"),
          attribute("scale_factor_at_central_meridian", "scale_factor", 1),
        ] + origin
      )
    case "Mercator_1SP":
      return (
        "mercator",
        [
          attribute("longitude_of_projection_origin", "central_meridian"),
          attribute("scale_factor_at_projection_origin", "scale_factor", 1),
        ] + origin
      )
    case "Mercator_2SP":
      return (
        "mercator",
        [
          attribute("longitude_of_projection_origin", "central_meridian"),
          attribute("standard_parallel", "standard_parallel_1"),
        ] + origin
      )
    case "Lambert_Conformal_Conic_1SP":
      guard let parallels = ConicScale(handle).standardParallels else { return nil }
      return (
        "lambert_conformal_conic",
        [
          .init("standard_parallel", parallels.count == 1 ? .number(parallels[0]) : .numbers(parallels)),
          attribute("longitude_of_central_meridian", "central_meridian"),
          attribute("latitude_of_projection_origin", "latitude_of_origin"),
        ] + origin
      )
    case "Lambert_Conformal_Conic_2SP":
      return (
        "lambert_conformal_conic",
        [
          parallels(handle),
          attribute("longitude_of_central_meridian", "central_meridian"),
          attribute("latitude_of_projection_origin", "latitude_of_origin"),
        ] + origin
      )
    case "Albers_Conic_Equal_Area":
      return (
        "albers_conical_equal_area",
        [
          parallels(handle),
          attribute("longitude_of_central_meridian", "longitude_of_center"),
          attribute("latitude_of_projection_origin", "latitude_of_center"),
        ] + origin
      )
    case "Lambert_Azimuthal_Equal_Area":
      return ("lambert_azimuthal_equal_area", centre(handle) + origin)
    case "Azimuthal_Equidistant":
      return ("azimuthal_equidistant", centre(handle) + origin)
    case "Orthographic":
      return (
        "orthographic",
        [
          attribute("longitude_of_projection_origin", "central_meridian"),
          attribute("latitude_of_projection_origin", "latitude_of_origin"),
        ] + origin
      )
    case "Sinusoidal":
      return ("sinusoidal", [attribute("longitude_of_projection_origin", "longitude_of_center")] + origin)
    case "Cylindrical_Equal_Area":
      return (
        "lambert_cylindrical_equal_area",
        [
          attribute("longitude_of_central_meridian", "central_meridian"),
          attribute("standard_parallel", "standard_parallel_1"),
        ] + origin
      )
    case "Stereographic", "Oblique_Stereographic":
      return (
        "stereographic",
        [
          attribute("longitude_of_projection_origin", "central_meridian"),
          attribute("latitude_of_projection_origin", "latitude_of_origin"),
          attribute("scale_factor_at_projection_origin", "scale_factor", 1),
        ] + origin
      )
    case "Geostationary_Satellite":
      return (
        "geostationary",
        [
          attribute("longitude_of_projection_origin", "central_meridian"),
          .init("latitude_of_projection_origin", .number(0)),
          attribute("perspective_point_height", "satellite_height"),
          .init("sweep_angle_axis", .text(handle.proj["sweep"] ?? "y")),
        ] + origin
      )
    case "Hotine_Oblique_Mercator_Azimuth_Center":
      // CF has no angle from the central line's grid to the rectified one: it is the azimuth.
      guard abs(number("azimuth") - number("rectified_grid_angle")) < 1e-9 else { return nil }
      return (
        "oblique_mercator",
        [
          attribute("azimuth_of_central_line", "azimuth"),
          attribute("latitude_of_projection_origin", "latitude_of_center"),
          attribute("longitude_of_projection_origin", "longitude_of_center"),
          attribute("scale_factor_at_projection_origin", "scale_factor", 1),
        ] + origin
      )
    case "Polar_Stereographic":
      return ("polar_stereographic", polar(handle) + origin)
    default:
      return described(byPROJ: handle)
    }
  }

  private static func parallels(_ handle: borrowing SpatialReferenceHandle) -> CFGridMapping.Attribute {
    .init(
      "standard_parallel",
      .numbers([
        handle.parameter("standard_parallel_1") ?? 0, handle.parameter("standard_parallel_2") ?? 0,
      ])
    )
  }

  private static func centre(_ handle: borrowing SpatialReferenceHandle) -> [CFGridMapping.Attribute] {
    [
      .init("longitude_of_projection_origin", .number(handle.parameter("longitude_of_center") ?? 0)),
      .init("latitude_of_projection_origin", .number(handle.parameter("latitude_of_center") ?? 0)),
    ]
  }

  /// WKT 1 keeps the standard parallel of variant B, or the pole of variant A, as the latitude of origin.
  private static func polar(_ handle: borrowing SpatialReferenceHandle) -> [CFGridMapping.Attribute] {
    let latitude = handle.parameter("latitude_of_origin") ?? 90
    let pole: Double = latitude < 0 ? -90 : 90
    return [
      .init("straight_vertical_longitude_from_pole", .number(handle.parameter("central_meridian") ?? 0)),
      .init("latitude_of_projection_origin", .number(pole)),
      abs(latitude) == 90
        ? .init("scale_factor_at_projection_origin", .number(handle.parameter("scale_factor") ?? 1))
        : .init("standard_parallel", .number(latitude)),
    ]
  }
}
