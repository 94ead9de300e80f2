internal import Catalog
internal import JSON
internal import Storage

/// A source that is granules on the local disk: a file, a folder without a catalogue, or a pattern.
enum GranuleFolder {
  private static let endings = [".nc", ".nc4", ".h5", ".he5", ".hdf5", ".cdf"]

  /// Whether a file's name is that of a granule.
  static func isGranule(_ name: String) -> Bool {
    let name = name.lowercased()
    return endings.contains { name.hasSuffix($0) } && !name.hasPrefix(".")
  }

  /// Whether a folder is a granule, one file a variable.
  private static func isGranuleFolder(_ path: String) -> Bool {
    path.lowercased().hasSuffix(".sen3") && LocalFiles.isDirectory(path)
  }

  /// Whether a source is a pattern of file names.
  static func isPattern(_ source: String) -> Bool {
    Href.scheme(of: source) == nil && source.contains { "*?[".contains($0) }
  }

  /// The granules of a source, in order of their names; nil where it is none of granules.
  static func files(_ location: String) throws -> [String]? {
    guard Href.scheme(of: location) == nil else { return nil }
    if isPattern(location), !LocalFiles.exists(location) {
      return try matching(location).filter { !LocalFiles.isDirectory($0) || isGranuleFolder($0) }
    }
    if isGranuleFolder(location) { return [location] }
    guard LocalFiles.isDirectory(location) else {
      return isGranule(LocalFiles.name(of: location)) && LocalFiles.exists(location) ? [location] : nil
    }
    let names = try LocalFiles.list(location)
    // A folder with a catalogue is a catalogue.
    guard !names.contains(where: { $0.hasSuffix("json") && isCatalogue("\(location)/\($0)") }) else {
      return nil
    }
    let granules = granules(names, location)
    return granules.isEmpty ? nil : granules
  }

  /// Whether a file is a STAC document.
  private static func isCatalogue(_ path: String) -> Bool {
    guard let size = try? LocalFiles.size(path), size < 64 << 20, let bytes = try? LocalFiles.readAll(path),
      let root = try? JSONParser.parse(bytes, dialect: .python)
    else { return false }
    return ["Feature", "FeatureCollection", "Catalog", "Collection"].contains(root["type"]?.string)
  }

  private static func granules(_ names: [String], _ folder: String) -> [String] {
    names.filter { isGranule($0) || isGranuleFolder("\(folder)/\($0)") }.sorted().map { "\(folder)/\($0)" }
  }

  /// The paths that a pattern means: "*" is any part of a name, "?" any character, "[abc]" one of some, "**" folders of
  /// any depth.
  static func matching(_ pattern: String) throws -> [String] {
    var found = [""]
    for part in pattern.split(separator: "/", omittingEmptySubsequences: true) {
      guard part.contains(where: { "*?[".contains($0) }) else {
        found = found.map { "\($0)/\(part)" }.filter { LocalFiles.exists($0) }
        continue
      }
      var next: [String] = []
      for folder in found where LocalFiles.isDirectory(folder.isEmpty ? "/" : folder) {
        if part == "**" {
          next += try folders(below: folder, depth: 0)
          continue
        }
        for name in try LocalFiles.list(folder.isEmpty ? "/" : folder).sorted()
        where (!name.hasPrefix(".") || part.hasPrefix(".")) && FilePattern(part).matches(name) {
          next.append("\(folder)/\(name)")
        }
      }
      found = next
    }
    return found
  }

  private static func folders(below folder: String, depth: Int) throws -> [String] {
    var found = [folder]
    // Links may lead round in a circle.
    guard depth < 16 else { return found }
    for name in try LocalFiles.list(folder).sorted() where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      if LocalFiles.isDirectory(path) { found += try folders(below: path, depth: depth + 1) }
    }
    return found
  }
}

/// A part of a path in which "*", "?" and "[…]" stand for other characters.
struct FilePattern {
  private let pattern: [Character]

  init(_ pattern: some StringProtocol) { self.pattern = Array(pattern) }

  func matches(_ name: String) -> Bool { matches(Array(name)[...], pattern[...]) }

  private func matches(_ name: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    switch first {
    case "*":
      let rest = pattern.dropFirst()
      return (name.startIndex...name.endIndex).contains { matches(name[$0...], rest) }
    case "?": return !name.isEmpty && matches(name.dropFirst(), pattern.dropFirst())
    case "[":
      guard let end = pattern.dropFirst(2).firstIndex(of: "]"), let own = name.first else {
        return name.first == "[" && matches(name.dropFirst(), pattern.dropFirst())
      }
      let inside = Array(pattern[(pattern.startIndex + 1)..<end])
      let isNegated = inside.first == "!" || inside.first == "^"
      return isOne(of: Array(inside.dropFirst(isNegated ? 1 : 0)), own) != isNegated
        && matches(name.dropFirst(), pattern[(end + 1)...])
    default: return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
    }
  }

  private func isOne(of characters: [Character], _ own: Character) -> Bool {
    var index = 0
    while index < characters.count {
      if index + 2 < characters.count, characters[index + 1] == "-" {
        if characters[index] <= own, own <= characters[index + 2] { return true }
        index += 3
      } else {
        if characters[index] == own { return true }
        index += 1
      }
    }
    return false
  }
}
