internal import CGDAL

extension SpatialReferenceHandle {
  /// PROJ's judgement: the same definition, names of axes and their order left aside.
  borrowing func isEquivalent(to other: borrowing SpatialReferenceHandle) -> Bool {
    let (mine, theirs) = (raw, other.raw)
    return collectingMessages {
      "CRITERION=EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCS".withCString { criterion in
        "IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES".withCString { mapping in
          [criterion, mapping, nil].withUnsafeBufferPointer {
            OSRIsSameEx(mine, theirs, $0.baseAddress) != 0
          }
        }
      }
    }.result
  }

  /// The same projection method, parameters, units, ellipsoid and prime meridian, with at most one of the two
  /// on a named datum.
  borrowing func hasSameParameters(as other: borrowing SpatialReferenceHandle) -> Bool {
    guard isGeographic == other.isGeographic, isProjected == other.isProjected,
      isGeographic || isProjected, hasUnnamedDatum || other.hasUnnamedDatum
    else { return false }
    guard semiMajorAxis.isNear(other.semiMajorAxis, within: 1e-4),
      inverseFlattening.isNear(other.inverseFlattening, within: 1e-6),
      primeMeridian.longitude.isNear(other.primeMeridian.longitude, within: 1e-9),
      angularUnit.isNear(other.angularUnit, within: 1e-12)
    else { return false }
    if isGeographic { return true }
    guard let method = attribute("PROJECTION"), method == other.attribute("PROJECTION"),
      extensionText == other.extensionText,
      linearUnit.metres.isNear(other.linearUnit.metres, within: 1e-9)
    else { return false }
    return Self.parameterNames.allSatisfy { name in
      let (mine, theirs) = (parameter(name), other.parameter(name))
      guard let mine, let theirs else { return (mine ?? theirs ?? 0) == 0 }
      return mine.isNear(theirs, within: 1e-9)
    }
  }

  /// Whether the datum is only described by its ellipsoid.
  private var hasUnnamedDatum: Bool {
    let name = (attribute("DATUM") ?? "").lowercased()
    return ["", "unknown", "not_specified", "not specified", "d_unknown", "user_defined", "d_user_defined"]
      .contains { $0.isEmpty ? name.isEmpty : name.hasPrefix($0) }
  }

  /// A PROJ string inside WKT 1 that changes what the rest means (Web Mercator has one).
  var extensionText: String? { attribute("EXTENSION", 1) }

  private static let parameterNames = [
    "central_meridian", "scale_factor", "standard_parallel_1", "standard_parallel_2", "longitude_of_center",
    "latitude_of_center", "longitude_of_origin", "latitude_of_origin", "false_easting", "false_northing",
    "azimuth", "rectified_grid_angle", "satellite_height", "pseudo_standard_parallel_1",
  ]
}

extension Double {
  fileprivate func isNear(_ other: Double, within tolerance: Double) -> Bool {
    self == other || abs(self - other) <= tolerance
  }
}
