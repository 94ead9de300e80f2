internal import Catalog
internal import GDAL
internal import Network
internal import Storage

/// Brings granules from servers: libraries of their format read local files only.
///
/// They go to a folder of the user's (`APUS_GRANULES`, else `apus/granules` in the usual cache folder) and stay there:
/// the next run finds them. What is there is used if it has the size and checksum that the catalogue tells.
struct GranuleFetch {
  let access: RemoteAccess

  /// The local copy of a granule.
  func copy(_ location: String, expectation: FileExpectation) throws -> String {
    guard VirtualPath.isRemote(location) else { return location }
    let target = try Self.target(location)
    if LocalFiles.exists(target), try expectation.fault(ofCopy: target) == nil { return target }
    try LocalFiles.createDirectory(LocalFiles.parent(of: target))
    if LocalFiles.exists(target) { _ = try LocalFiles.remove(target) }
    do {
      try AssetCopy(location: location, target: target, expectation: expectation).run(RemoteArchive(access))
    } catch let error as NetworkError {
      throw PlanError(error.description + Self.advice(error.status, access))
    } catch let error as GDALError {
      throw PlanError("\(error)" + Self.advice(error.network?.status, access))
    }
    return target
  }

  /// What a refusal by Earthdata Login means.
  private static func advice(_ status: Int?, _ access: RemoteAccess) -> String {
    switch status {
    case 401:
      return access.method == .earthdata
        ? "; Earthdata Login does not know you (401): set EARTHDATA_TOKEN to a valid token, or EARTHDATA_USERNAME and "
          + "EARTHDATA_PASSWORD, or give machine urs.earthdata.nasa.gov with login and password in .netrc"
        : "; the server wants a login (401): for NASA's archives use \"sign\": \"earthdata\""
    case 403:
      return
        "; you are known but not admitted (403): approve the archive's application, and accept its licence, in your "
        + "profile at urs.earthdata.nasa.gov"
    default: return ""
    }
  }

  private static func target(_ location: String) throws -> String {
    let plain = location.prefix { $0 != "?" && $0 != "#" }
    let address = plain.split(separator: "/").dropFirst().map { part in
      String(part.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" })
    }.filter { $0 != ".." && $0 != "." }
    return "\(try folder())/\(address.joined(separator: "/"))"
  }

  private static func folder() throws -> String {
    if let own = Environment.variable("APUS_GRANULES") { return own }
    if let cache = Environment.variable("XDG_CACHE_HOME") { return "\(cache)/apus/granules" }
    guard let home = Environment.variable("HOME") else {
      throw PlanError("there is no folder for granules from servers: set APUS_GRANULES to one")
    }
    return "\(home)/.cache/apus/granules"
  }
}
