internal import CGDAL
public import Geo

/// The points and polygons of a vector file, read whole: GeoJSON, GeoPackage, Shapefile, FlatGeobuf, GML, KML.
///
/// Lines are refused. Curves become chains of straight pieces, and polygons that touch or overlap themselves an error.
public struct VectorFile: Sendable {
  public enum Shape: Sendable {
    case points([(x: Double, y: Double)])
    /// Closed rings; those of polygons run against the clock, those of holes with it.
    case polygons([[(x: Double, y: Double)]])
  }

  public struct Feature: Sendable {
    public let number: Int
    public let attributes: [String: String]
    public let shape: Shape
  }

  /// The most points that all shapes of a file may have together.
  public static let pointLimit = 1 << 24

  public let crs: CoordinateReference
  public let attributeNames: [String]
  public let features: [Feature]

  /// Formats that hold places and lead nowhere else.
  private static let drivers = ["GeoJSON", "GPKG", "ESRI Shapefile", "FlatGeobuf", "GML", "KML", "TopoJSON"]

  /// - Parameters:
  ///   - path: a local file of points and polygons: GeoJSON, GeoPackage, Shapefile, FlatGeobuf, GML, KML or TopoJSON.
  ///   - name: the layer, in a file of several; nil for the first.
  /// - Throws: when it is no such file, has no such layer, says no coordinate system, or a shape is of no use.
  public init(opening path: String, layer name: String? = nil) throws(GDALError) {
    GDALLibrary.prepare()
    var drivers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    for driver in VectorFile.drivers { drivers = CSLAddString(drivers, driver) }
    defer { CSLDestroy(drivers) }
    let names = drivers.map { UnsafeRawPointer($0).assumingMemoryBound(to: UnsafePointer<CChar>?.self) }
    let (opened, messages) = collectingMessages {
      GDALOpenEx(
        path, UInt32(GDAL_OF_VECTOR | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR), names, nil, nil)
    }
    guard let dataset = opened else {
      throw GDALError(
        .open, file: path, message: messages.failure ?? "not a vector file that is read here",
        advice: "give GeoJSON, GeoPackage or Shapefile")
    }
    defer { GDALClose(dataset) }
    // Of a coordinate system that it does not know GDAL only complains, and takes degrees for GeoJSON.
    if let failure = messages.failure {
      throw GDALError(
        .open, file: path, message: "its metadata cannot be parsed: \(failure)",
        advice: "look at its coordinate system: ogr2ogr -a_srs EPSG:… new.gpkg old.geojson")
    }
    let found = name.map { GDALDatasetGetLayerByName(dataset, $0) } ?? GDALDatasetGetLayer(dataset, 0)
    guard let layer = found else {
      let names = (0..<GDALDatasetGetLayerCount(dataset)).compactMap { index in
        GDALDatasetGetLayer(dataset, index).flatMap { OGR_L_GetName($0) }.map { String(cString: $0) }
      }
      throw GDALError(
        .open, file: path, message: name.map { "there is no layer \"\($0)\"" } ?? "it has no layer",
        advice: names.isEmpty ? nil : "there is: \(names.joined(separator: ", "))")
    }
    guard let crs = OGR_L_GetSpatialRef(layer).flatMap({ CoordinateReference($0) }) else {
      throw GDALError(
        .open, file: path, message: "it does not say its coordinate system",
        advice: "write it with one: ogr2ogr -a_srs EPSG:… new.gpkg old.shp")
    }
    self.crs = crs
    let definition = OGR_L_GetLayerDefn(layer)
    let fields = (0..<OGR_FD_GetFieldCount(definition)).map { index in
      OGR_FD_GetFieldDefn(definition, index).flatMap { OGR_Fld_GetNameRef($0) }.map { String(cString: $0) }
        ?? ""
    }
    attributeNames = fields
    features = try VectorFile.features(of: layer, fields, path)
  }

  private static func features(
    of layer: OGRLayerH, _ fields: [String], _ path: String
  ) throws(GDALError) -> [Feature] {
    var features: [Feature] = []
    var room = pointLimit
    OGR_L_ResetReading(layer)
    while true {
      let (next, messages) = collectingMessages { OGR_L_GetNextFeature(layer) }
      guard let feature = next else {
        if let failure = messages.failure { throw GDALError(.read, file: path, message: failure) }
        return features
      }
      defer { OGR_F_Destroy(feature) }
      let number = Int(OGR_F_GetFID(feature))
      var attributes: [String: String] = [:]
      for (index, field) in fields.enumerated() where OGR_F_IsFieldSetAndNotNull(feature, Int32(index)) != 0 {
        attributes[field] = OGR_F_GetFieldAsString(feature, Int32(index)).map { String(cString: $0) }
      }
      guard let geometry = OGR_F_GetGeometryRef(feature), OGR_G_IsEmpty(geometry) == 0 else {
        throw GDALError(
          .read, file: path, message: "feature \(number) has no geometry",
          advice: "remove it, or give it one")
      }
      let shape = try shape(of: geometry, &room) { (message: String, advice: String?) in
        GDALError(.read, file: path, message: "feature \(number) \(message)", advice: advice)
      }
      features.append(Feature(number: number, attributes: attributes, shape: shape))
    }
  }

  private static func shape(
    of geometry: OGRGeometryH, _ room: inout Int, _ fault: (String, String?) -> GDALError
  ) throws(GDALError) -> Shape {
    let linear = OGR_G_HasCurveGeometry(geometry, 0) != 0 ? OGR_G_GetLinearGeometry(geometry, 0, nil) : nil
    defer { if let linear { OGR_G_DestroyGeometry(linear) } }
    let geometry = linear ?? geometry
    let kind = OGR_GT_Flatten(OGR_G_GetGeometryType(geometry))
    switch kind {
    case wkbPoint, wkbMultiPoint: return .points(try points(of: geometry, &room, fault))
    case wkbPolygon, wkbMultiPolygon:
      let (isValid, messages) = collectingMessages { OGR_G_IsValid(geometry) != 0 }
      guard isValid else {
        throw fault(
          "is no sound polygon (\(messages.warnings.first ?? messages.failure ?? "it crosses itself"))",
          "repair it: ogr2ogr -makevalid new.gpkg old.gpkg")
      }
      var rings: [[(x: Double, y: Double)]] = []
      let parts = kind == wkbPolygon ? [geometry] : children(of: geometry)
      for part in parts {
        for (index, ring) in children(of: part).enumerated() {
          let points = try self.points(of: ring, &room, fault)
          // Holes run the other way round.
          let isRight = (area(points) >= 0) == (index == 0)
          rings.append(isRight ? points : points.reversed())
        }
      }
      return .polygons(rings)
    default:
      let name = OGR_G_GetGeometryName(geometry).map { String(cString: $0) } ?? "of no known kind"
      throw fault("is \(name); points and polygons are what is read", nil)
    }
  }

  private static func children(of geometry: OGRGeometryH) -> [OGRGeometryH] {
    (0..<OGR_G_GetGeometryCount(geometry)).compactMap { OGR_G_GetGeometryRef(geometry, $0) }
  }

  private static func points(
    of geometry: OGRGeometryH, _ room: inout Int, _ fault: (String, String?) -> GDALError
  ) throws(GDALError) -> [(x: Double, y: Double)] {
    let parts = children(of: geometry)
    var points: [(x: Double, y: Double)] = []
    for part in parts.isEmpty ? [geometry] : parts {
      let count = Int(OGR_G_GetPointCount(part))
      room -= count
      guard room >= 0 else { throw fault("brings the file over \(pointLimit) points", nil) }
      for index in 0..<count {
        points.append((OGR_G_GetX(part, Int32(index)), OGR_G_GetY(part, Int32(index))))
      }
    }
    guard points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else {
      throw fault("has a point that is no place", nil)
    }
    return points
  }

  /// Twice the area, positive against the clock.
  private static func area(_ ring: [(x: Double, y: Double)]) -> Double {
    zip(ring, ring.dropFirst()).reduce(0) { $0 + ($1.0.x * $1.1.y - $1.1.x * $1.0.y) }
  }
}
