internal import Catalog
internal import GDAL
internal import JSON
internal import Modules
internal import Network
internal import Storage

/// Brings granules from servers: libraries of their format read local files only.
///
/// They go to a folder of the user's (`APUS_GRANULES`, else `apus/granules` in the usual cache folder). What is there is
/// used if it has the size and checksum that the catalogue tells. They are removed after use, unless `copies` is "keep".
struct GranuleFetch {
  private let access: RemoteAccess
  private let isKept: Bool
  private let most: Int

  /// The property of a scene that says where its granule came from.
  static let key = "apus:source"
  /// The property that says where the keys to its bucket are handed out.
  static let keysKey = "apus:source_keys"

  init(_ download: Download) {
    access = download.access
    (isKept, most) = (download.copySpace == nil, download.copySpace ?? .max)
  }

  /// Where the granule of a scene came from; nil for local files.
  static func source(of scene: Scene) -> String? {
    scene.properties[key]?.string.flatMap { VirtualPath.isRemote($0) ? $0 : nil }
  }

  /// Where a file is when it has been brought: it may be local already.
  static func path(of location: String) -> String {
    guard VirtualPath.isRemote(location) else { return location }
    return (try? target(location)) ?? location
  }

  /// Makes the granule of a scene known, which an earlier run found.
  func add(_ scene: Scene) {
    guard let source = Self.source(of: scene), let asset = scene.assets.first else { return }
    add(
      asset.location, source, keys: scene.properties[Self.keysKey]?.string,
      FileExpectation(size: asset.size, checksum: asset.checksum))
  }

  /// Makes a granule known.
  ///
  /// - Parameter keys: where the keys to its bucket are handed out; nil where it needs none.
  /// - Returns: the path of its copy; of a local file its own.
  func add(_ location: String, keys: String? = nil, expectation: FileExpectation) throws -> String {
    guard VirtualPath.isRemote(location) else { return location }
    let target = try Self.target(location)
    add(target, location, keys: keys, expectation)
    return target
  }

  private func add(_ path: String, _ location: String, keys: String?, _ expectation: FileExpectation) {
    var access = access
    // The region of NASA's archives, which direct access does not leave.
    if keys != nil, access.region == nil { access.region = "us-west-2" }
    GranuleCopies.shared.limit(most)
    GranuleCopies.shared.add(
      path,
      GranuleCopies.Source(
        identity: [
          Secrets.removed(from: location), expectation.size.map { "\($0)" } ?? "", expectation.checksum ?? "",
        ].joined(separator: "\n"),
        size: expectation.size, isKept: isKept,
        bring: { [access] in try Self.bring(location, to: $0, keys: keys, expectation, access) }))
  }

  private static func bring(
    _ location: String, to target: String, keys address: String?, _ expectation: FileExpectation,
    _ access: RemoteAccess
  ) throws {
    if LocalFiles.exists(target), try expectation.fault(ofCopy: target) == nil { return }
    try LocalFiles.createDirectory(LocalFiles.parent(of: target))
    if LocalFiles.exists(target) { _ = try LocalFiles.remove(target) }
    let keys = try address.map { try Self.keys(from: $0, access) }
    func advice(_ status: Int?, _ words: String) -> String {
      guard keys != nil else { return Self.advice(status, access, location) }
      return FaultClassifier.kind(ofWords: words) == .refused
        ? "; keys for direct access are good only on machines in AWS us-west-2: elsewhere leave \"access\" out"
        : ""
    }
    do {
      try AssetCopy(location: location, target: target, expectation: expectation)
        .run(RemoteArchive(access, keys: keys))
    } catch let error as NetworkError {
      throw PlanError(error.description + advice(error.status, error.message))
    } catch let error as GDALError {
      throw PlanError("\(error)" + advice(error.network?.status, error.message))
    }
  }

  /// Keys to a granule's bucket.
  private static func keys(from address: String, _ access: RemoteAccess) throws -> ObjectStoreKeys {
    do throws(NetworkError) {
      return try TemporaryKeys.shared.keys(from: address, access.signer())
    } catch {
      throw PlanError(error.description + advice(error.status, access, address))
    }
  }

  /// What a refusal by Earthdata Login means.
  private static func advice(_ status: Int?, _ access: RemoteAccess, _ location: String) -> String {
    switch status {
    case 403 where SignedLink(location).map { $0.hasExpired(at: Clock.now()) } ?? false:
      return "; the signed link has expired (403): search again for a new one (--fresh)"
    case 403 where Secrets.areIn(location):
      return
        "; the signed link may have expired, or not be for this file (403): search again for a new one (--fresh)"
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
