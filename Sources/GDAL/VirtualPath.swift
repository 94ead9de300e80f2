/// The names under which GDAL's virtual file systems know local paths and URLs.
///
/// Configs, manifests and messages hold URLs; they become virtual names at the moment a file is opened.
public enum VirtualPath {
  /// GDAL's name of a location.
  ///
  /// - Parameter location: a local path or a name beginning with `/vsi` (both are kept as they are), or a URL:
  ///   `http`, `https` and `ftp`; `s3://BUCKET/KEY`; `gs://BUCKET/KEY`; `az://CONTAINER/BLOB`, with `azure://`,
  ///   `abfs(s)://CONTAINER@ACCOUNT…/BLOB` and `wasb(s)://` as other spellings (the account comes from the
  ///   environment); `file://PATH`.
  /// - Returns: a path, or `/vsicurl/…`, `/vsis3/…`, `/vsigs/…`, `/vsiaz/…`. A location of another scheme is
  ///   returned unchanged: opening it fails with GDAL's own words.
  public static func gdalName(of location: String) -> String {
    guard let (scheme, rest) = parts(of: location) else { return location }
    switch scheme {
    case "http", "https", "ftp": return "/vsicurl/" + location
    case "s3", "s3a": return "/vsis3/" + rest
    case "gs", "gcs": return "/vsigs/" + rest
    case "az", "azure": return "/vsiaz/" + rest
    case "abfs", "abfss", "wasb", "wasbs": return "/vsiaz/" + withoutAccount(rest)
    case "file": return rest.hasPrefix("/") ? String(rest) : String(rest.drop { $0 != "/" })
    default: return location
    }
  }

  /// The URL that one of GDAL's names stands for, as virtual rasters hold them; nil for paths, and for names that no URL
  /// is behind (archives on servers, requests with options).
  public static func location(ofGDALName name: String) -> String? {
    if !name.hasPrefix("/") { return isRemote(name) ? name : nil }
    let schemes = [("/vsicurl/", ""), ("/vsis3/", "s3://"), ("/vsigs/", "gs://"), ("/vsiaz/", "az://")]
    guard let (prefix, scheme) = schemes.first(where: { name.hasPrefix($0.0) }) else { return nil }
    let location = scheme + name.dropFirst(prefix.count)
    return isRemote(location) ? location : nil
  }

  private static let networks = [
    "/vsicurl", "/vsis3", "/vsigs", "/vsiaz", "/vsiadls", "/vsioss", "/vsiswift", "/vsihdfs", "/vsiwebhdfs",
  ]

  /// Whether a location is read over a network.
  public static func isRemote(_ location: String) -> Bool {
    let name = gdalName(of: location)
    return networks.contains { name.hasPrefix($0) }
  }

  /// Whether there is a location in a name of GDAL's that is read over a network: `/vsizip//vsicurl/https://…`.
  static func reachesNetwork(_ name: String) -> Bool {
    isRemote(name) || name.contains("/vsi") && networks.contains { name.contains($0) }
      || name.contains("http://")
      || name.contains("https://")
  }

  /// Whether things can be stored, listed and removed there with GDAL: object stores, not web servers.
  public static func isObjectStore(_ location: String) -> Bool {
    isRemote(location) && !gdalName(of: location).hasPrefix("/vsicurl")
  }

  /// The scheme, in lower case, and what follows "://"; nil for paths.
  private static func parts(of location: String) -> (scheme: String, rest: Substring)? {
    guard !location.hasPrefix("/"), let mark = location.range(ofText: "://") else { return nil }
    return (location[..<mark.lowerBound].lowercased(), location[mark.upperBound...])
  }

  /// "container@account.dfs.core.windows.net/blob" as "container/blob".
  private static func withoutAccount(_ rest: Substring) -> String {
    let server = rest.prefix { $0 != "/" }
    let container = server.prefix { $0 != "@" }
    return String(container) + rest.dropFirst(server.count)
  }
}
