import Geo

/// How a coordinate system is written in a CF file: the grid mapping variable and the two map coordinates.
///
/// Plain values: which attributes a coordinate system has is known by PROJ, in the room of GDAL.
public struct GridMapping: Hashable, Sendable {
  /// The name of the grid mapping variable.
  public var name: String
  /// CF's attributes (`grid_mapping_name`, ellipsoid, parameters of the projection; appendix F), without WKT.
  public var attributes: [FileAttribute]
  /// The definition for `crs_wkt` (CF) and `spatial_ref` (GDAL, rioxarray).
  public var crsWKT: String
  /// "projection_x_coordinate" or "longitude".
  public var xStandardName: String
  /// "projection_y_coordinate" or "latitude".
  public var yStandardName: String
  /// "m" or "degrees_east".
  public var xUnits: String
  /// "m" or "degrees_north".
  public var yUnits: String
  /// The names of the dimensions and coordinates.
  public var xName = "x"
  public var yName = "y"

  public init(
    name: String = "crs",
    attributes: [FileAttribute],
    crsWKT: String,
    xStandardName: String,
    yStandardName: String,
    xUnits: String,
    yUnits: String
  ) {
    self.name = name
    self.attributes = attributes
    self.crsWKT = crsWKT
    self.xStandardName = xStandardName
    self.yStandardName = yStandardName
    self.xUnits = xUnits
    self.yUnits = yUnits
  }

  /// The names of map coordinates in a projected system, or of longitude and latitude.
  ///
  /// - Parameters:
  ///   - name: of the grid mapping variable.
  ///   - attributes: CF's, without WKT.
  ///   - crsWKT: the definition as WKT.
  ///   - isGeographic: whether coordinates are degrees of longitude and latitude.
  ///   - units: of the projected coordinates, as UDUNITS knows them ("m", "US_survey_foot").
  public init(
    name: String = "crs",
    attributes: [FileAttribute],
    crsWKT: String,
    isGeographic: Bool,
    units: String = "m"
  ) {
    self.init(
      name: name,
      attributes: attributes,
      crsWKT: crsWKT,
      xStandardName: isGeographic ? "longitude" : "projection_x_coordinate",
      yStandardName: isGeographic ? "latitude" : "projection_y_coordinate",
      xUnits: isGeographic ? "degrees_east" : units,
      yUnits: isGeographic ? "degrees_north" : units
    )
  }

  public var isGeographic: Bool { xStandardName == "longitude" }

  /// The scalar grid mapping variable, with the six numbers of the grid's transform for GDAL.
  func variable(for grid: Grid) -> FileVariable {
    // "30.0" as "30": GDAL writes its own that way.
    let transform = grid.transform.gdal.map { Int(exactly: $0).map(String.init) ?? "\($0)" }
    return FileVariable(
      name,
      .int32,
      attributes: attributes + [
        FileAttribute("long_name", "coordinate reference system"),
        FileAttribute("crs_wkt", crsWKT),
        FileAttribute("spatial_ref", crsWKT),
        FileAttribute("GeoTransform", transform.joined(separator: " ")),
      ],
      values: .numbers([0])
    )
  }

  /// The coordinate variables of rows and columns: pixel centres.
  func coordinates(of grid: Grid) -> [FileVariable] {
    func coordinate(
      _ name: String, _ axis: String, _ centres: [Double], _ standardName: String, _ units: String
    ) -> FileVariable {
      FileVariable(
        name,
        .float64,
        dimensions: [name],
        attributes: [
          FileAttribute("standard_name", standardName),
          FileAttribute("long_name", isGeographic ? standardName : "\(axis) coordinate of projection"),
          FileAttribute("units", units),
          FileAttribute("axis", axis.uppercased()),
        ],
        values: .numbers(centres)
      )
    }
    return [
      coordinate(yName, "y", grid.rowCentres, yStandardName, yUnits),
      coordinate(xName, "x", grid.columnCentres, xStandardName, xUnits),
    ]
  }
}
