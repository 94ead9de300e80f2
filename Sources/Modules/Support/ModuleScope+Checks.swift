internal import Engine
internal import JSON

extension ModuleScope {
  /// The per-date variable with this name; a mistake is reported at the node that names it.
  /// A band that the scenes may have comes by itself.
  func perDateVariable(_ name: String, node: JSONNode, path: JSONPath) -> Entry? {
    guard let entry = entryOrBand(name) else {
      let message = "unknown variable \"\(name)\" (here there are: \(names.joined(separator: ", ")))"
      report(Diagnostic(path: path, position: node.position, message: message, name: name, among: names))
      return nil
    }
    guard entry.isPerDate else {
      let message = "\"\(name)\" is a result over all dates; this module works on single dates"
      report(Diagnostic(path: path, position: node.position, message: message))
      return nil
    }
    return entry
  }

  /// The name of a module's result; nil, with a report, when it cannot be a file's and a variable's name or is taken.
  ///
  /// - Parameter companions: suffixes of further results that stand beside it ("_count").
  func resultName(of arguments: ModuleArguments, default name: String, companions: [String] = []) -> String? {
    let chosen = arguments.resultName(default: name)
    guard ResultName.isUsable(chosen) else {
      report(
        "\"\(chosen)\" cannot name a result: files and variables bear the name", at: "as", of: arguments,
        suggestion: "use letters, digits, \"_\", \"-\" and \".\", a letter first")
      return nil
    }
    guard !ResultName.reserved.contains(chosen) else {
      report("\"\(chosen)\" is the name of a coordinate in the files", at: "as", of: arguments)
      return nil
    }
    for taken in [chosen] + companions.map({ chosen + $0 }) where entry(taken) != nil {
      report(
        "\"\(taken)\" is already the name of a band or of an earlier result", at: "as", of: arguments,
        suggestion: "give this result another name with \"as\"")
      return nil
    }
    return chosen
  }
}

/// What a result may be called: the name becomes a folder, a file and a netCDF variable.
enum ResultName {
  /// Names that files use for coordinates and the grid mapping.
  static let reserved = [
    "time", "season", "x", "y", "lon", "lat", "longitude", "latitude", "spatial_ref", "crs", "bnds",
    "time_bnds", "climatology_bounds",
  ]

  static func isUsable(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first, first.properties.isAlphabetic && first.isASCII,
      name.utf8.count <= 100
    else { return false }
    return name.unicodeScalars.allSatisfy {
      $0.isASCII
        && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "_-.".unicodeScalars.contains($0))
    }
  }
}
