internal import Engine
internal import Geo
internal import JSON

extension ModuleScope {
  /// The variable with this name; a mistake is reported at the node that names it. A band that the scenes may have comes
  /// by itself.
  func variable(_ name: String, node: JSONNode, path: JSONPath) -> Entry? {
    if let entry = entryOrBand(name) { return entry }
    let message = "unknown variable \"\(name)\" (here there are: \(listedNames))"
    report(Diagnostic(path: path, position: node.position, message: message, name: name, among: nearbyNames))
    return nil
  }

  /// The name of a module's result; nil, with a report, when it cannot be a file's and a variable's name or is taken.
  ///
  /// - Parameter companions: suffixes of further results that stand beside it ("_count").
  func resultName(of arguments: ModuleArguments, default name: String, companions: [String] = []) -> String? {
    resultName(arguments.resultName(default: name), of: arguments, companions: companions)
  }

  /// The same for a name that is made of `as` and others.
  func resultName(_ chosen: String, of arguments: ModuleArguments, companions: [String] = []) -> String? {
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
    "time", "season", "month", "dekad", "label", "x", "y", "lon", "lat", "longitude", "latitude",
    "spatial_ref", "crs", "bnds", "time_bnds", "climatology_bounds",
  ]

  /// Whether a text can be the label of a layer: it becomes part of names, behind something else.
  static func isUsableLabel(_ label: String) -> Bool { !label.isEmpty && isUsable("L" + label) }

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
