import Storage

/// The rules for names that become folders, files and variables.
enum ConfigNames {
  /// Names that a run directory has already.
  static let takenInRunDirectory = [
    "assets", "ledger", "quicklooks", "store.zarr", "run.json", "scenes.json", "summary.json", "report.html",
    "stac", "published", "uploaded",
  ]
  /// Names that variables and dimensions of results have already, or that readers of CF take for coordinates.
  static let takenInFiles = [
    "x", "y", "time", "crs", "season", "month", "dekad", "lat", "lon", "latitude", "longitude", "spatial_ref",
    "bnds", "nv", "time_bnds", "climatology_bounds",
  ]
  /// What files of results end in: a folder of such a name would be in the way of a file.
  static let takenEndings = [".nc", ".tif", ".png", ".json", ".csv"]

  /// The rule of `mistake(inFolderName:)` as a regular expression, for the schema.
  static let pattern = pattern(without: [])

  /// The same for names of results, which do not begin with "-".
  static let variablePattern = "^(?!-)" + pattern.dropFirst()

  /// The same without names that are taken.
  static func pattern(without taken: [String]) -> String {
    let devices =
      "(?:[Cc][Oo][Nn]|[Pp][Rr][Nn]|[Aa][Uu][Xx]|[Nn][Uu][Ll]|(?:[Cc][Oo][Mm]|[Ll][Pp][Tt])[0-9])(?:[.]|$)"
    let others = taken.map { $0.replacing(".", with: "[.]") }.joined(separator: "|")
    return "^(?!\(devices))" + (others.isEmpty ? "" : "(?!(?:\(others))$)")
      + "[A-Za-z0-9_-](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9_-])?$"
  }

  /// What keeps a text from being the name of a folder everywhere; nil when nothing does.
  static func mistake(inFolderName name: String) -> String? {
    if name.isEmpty { return "a name must not be empty" }
    if name.hasPrefix(".") { return "\"\(name)\" must not begin with a dot" }
    if name.utf8.count > 100 { return "a name must not be longer than 100 characters" }
    guard name.utf8.allSatisfy(PortableName.isPlain) else {
      return "\"\(name)\" may have only letters (a-z), digits, \"_\", \"-\" and \".\""
    }
    if name.hasSuffix(".") { return "\"\(name)\" must not end in a dot" }
    return PortableName.isDevice(name) ? "\"\(name)\" is the name of a device on Windows" : nil
  }

  /// What keeps a text from being the name of a saved variable, which is a folder and a variable in files; nil when
  /// nothing does.
  static func mistake(inVariableName name: String) -> String? {
    if let mistake = mistake(inFolderName: name) { return mistake }
    if name.hasPrefix("-") { return "\"\(name)\" must not begin with \"-\", which netCDF does not take" }
    if takenInFiles.contains(name) {
      return "a result cannot be named \"\(name)\": files of results have another variable of this name"
    }
    return takenEndings.first { name.hasSuffix($0) }.map {
      "a result cannot be named \"\(name)\": files of results end in \"\($0)\""
    }
  }

  /// A name made from any text.
  static func folderName(from text: String) -> String {
    var name = String(
      text.unicodeScalars.map { scalar -> Character in
        scalar.isASCII && PortableName.isPlain(UInt8(truncatingIfNeeded: scalar.value))
          ? Character(scalar) : "_"
      })
    if name.hasPrefix(".") { name = "_" + name.dropFirst() }
    return String(name.prefix(100))
  }
}
