/// Virtual rasters (VRT): descriptions of rasters whose pixels are in other files.
public enum VirtualRaster {
  /// How deep virtual rasters that refer to others are followed.
  private static let deepest = 8
  private static let largest = 64 << 20

  /// Whether a file is a virtual raster by its name.
  public static func isNamed(_ path: String) -> Bool { path.lowercased().hasSuffix(".vrt") }

  /// The files that the pixels of a local virtual raster come from, those of the virtual rasters among them included.
  ///
  /// - Parameter path: of the description; one that cannot be read names no file.
  /// - Returns: paths, or names of GDAL's where a file is on a server or holds several rasters; each once, in order.
  public static func sources(of path: String) -> [String] {
    var found: Set<String> = []
    var waiting = [(path, 0)]
    while let (description, depth) = waiting.popLast() {
      guard let bytes = try? VirtualFiles.read(description, limit: largest) else { continue }
      for name in VirtualSources.names(in: String(decoding: bytes, as: UTF8.self), at: description) {
        let file = ScientificFormat.file(of: name)
        guard found.insert(file).inserted else { continue }
        if isNamed(file), depth < deepest, file.hasPrefix("/") { waiting.append((file, depth + 1)) }
      }
    }
    return found.sorted()
  }

  /// The sources of a local virtual raster that are files on servers; none for any other file.
  ///
  /// - Returns: the names as `sources(of:)` has them, and the URLs they stand for.
  public static func remoteSources(of path: String) -> [(name: String, location: String)] {
    guard isNamed(path), path.hasPrefix("/"), !path.hasPrefix("/vsi") else { return [] }
    return sources(of: path).compactMap { name in
      VirtualPath.location(ofGDALName: name).map { (name, $0) }
    }
  }
}
