internal import CGDAL
public import Geo

extension SpatialReference {
  /// The definition of a coordinate system as WKT 2 (ISO 19162:2019), which STAC asks for; nil when it has none.
  public static func wkt2(_ crs: CoordinateReference) -> String? {
    guard let handle = try? SpatialReferenceHandle(crs) else { return nil }
    var text: UnsafeMutablePointer<CChar>?
    let options = CSLSetNameValue(nil, "FORMAT", "WKT2_2019")
    defer { CSLDestroy(options) }
    let (code, _) = collectingMessages {
      OSRExportToWktEx(
        handle.raw, &text,
        options.map { UnsafeRawPointer($0).assumingMemoryBound(to: UnsafePointer<CChar>?.self) })
    }
    defer { VSIFree(text) }
    guard code == OGRERR_NONE, let text else { return nil }
    return String(cString: text)
  }
}
