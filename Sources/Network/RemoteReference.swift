/// Where documents that came from a server may lead: to web servers and object stores, and to nothing else.
///
/// A catalogue is written by somebody else. What it names is read with the rights of whoever runs Apus, and ends in
/// results that may be published: it must not name files of this machine, nor anything that GDAL would take for an
/// instruction (`vrt://…`, `/vsi…`, `ZARR:…`).
public enum RemoteReference {
  /// The schemes of web servers.
  public static let webSchemes: Set<String> = ["http", "https"]
  /// The schemes of object stores.
  public static let storeSchemes: Set<String> = [
    "s3", "s3a", "gs", "gcs", "az", "azure", "abfs", "abfss", "wasb", "wasbs",
  ]
  /// The prefixes of the names of parts of files that a remote document may use: `NETCDF:"https://…":ndvi`.
  private static let partPrefixes: Set<String> = [
    "netcdf", "hdf5", "hdf4", "hdf4_sds", "hdf4_eos", "hdf4_gr", "bag",
  ]

  /// The scheme of a URI, in lower case; nil for a relative reference or a path.
  ///
  /// As RFC 3986 has it: "vrt:x" and "file:x" have one, "a/b:c" and "./b:c" have none.
  public static func scheme(of reference: String) -> String? {
    let name = reference.utf8.prefix { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "-"),
        UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard let first = name.first, !(0x30...0x39).contains(first),
      reference.utf8.dropFirst(name.count).first == UInt8(ascii: ":")
    else { return nil }
    return String(name)?.lowercased()
  }

  /// Whether a location, as references are resolved to, is one on a server.
  public static func isAllowed(_ location: String) -> Bool {
    if let file = fileOfPart(location) { return isAllowed(file) }
    guard let scheme = scheme(of: location) else { return false }
    if webSchemes.contains(scheme) { return WebAddress(location) != nil }
    guard storeSchemes.contains(scheme) else { return false }
    // "s3://BUCKET/KEY": a bucket is a name, and steps upwards lead out of it.
    let rest = location.utf8.dropFirst(scheme.utf8.count + 1)
    guard rest.starts(with: "//".utf8) else { return false }
    let steps = rest.dropFirst(2).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard let bucket = steps.first, !bucket.isEmpty, !bucket.contains(UInt8(ascii: "\\")) else {
      return false
    }
    return !steps.contains { $0.elementsEqual("..".utf8) } && !rest.contains { $0 < 0x20 }
  }

  /// The location of `NETCDF:"LOCATION":part`; nil for all other names.
  private static func fileOfPart(_ name: String) -> String? {
    let pieces = name.split(separator: "\"", omittingEmptySubsequences: false)
    guard pieces.count == 3, pieces[0].hasSuffix(":"), pieces[2].hasPrefix(":"),
      partPrefixes.contains(pieces[0].dropLast().lowercased())
    else { return nil }
    return String(pieces[1])
  }

  // MARK: References that are not followed

  private static let refusal = "refused:"

  /// What stands in a scene for a reference that must not be followed: a location that nothing opens, wherever it is
  /// kept and read again.
  public static func refused(_ reference: String) -> String {
    reference.hasPrefix(refusal) ? reference : refusal + reference
  }

  /// The reference that a location stands for, when it is one that must not be followed.
  public static func refusedReference(in location: String) -> String? {
    guard location.hasPrefix(refusal) else { return nil }
    return String(location.dropFirst(refusal.count))
  }

  /// What to say of a reference that is not followed, and what to do.
  public static let refusalReason =
    "the catalogue comes from a server, and this names nothing on a server (http, https, s3, gs, az)"
  public static let refusalAdvice =
    "files of this machine are read only where a local catalogue names them: write one, if you trust this item"
}
