/// The rules for names that become folders, files and variables.
enum ConfigNames {
  /// Names that a run directory has already.
  static let takenInRunDirectory = [
    "assets", "ledger", "quicklooks", "store.zarr", "run.json", "scenes.json", "summary.json", "report.html",
    "stac", "published", "uploaded",
  ]
  /// Names that files of results have already.
  static let takenInFiles = ["x", "y", "time", "crs", "season"]

  /// The rule of `mistake(inFolderName:)` as a regular expression, for the schema.
  static let pattern = "^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$"

  /// What keeps a text from being the name of a folder everywhere; nil when nothing does.
  static func mistake(inFolderName name: String) -> String? {
    if name.isEmpty { return "a name must not be empty" }
    if name.hasPrefix(".") { return "\"\(name)\" must not begin with a dot" }
    if name.utf8.count > 100 { return "a name must not be longer than 100 characters" }
    let isPlain = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
        true
      default: false
      }
    }
    return isPlain ? nil : "\"\(name)\" may have only letters (a-z), digits, \"_\", \"-\" and \".\""
  }

  /// A name made from any text.
  static func folderName(from text: String) -> String {
    var name = String(
      text.unicodeScalars.map { scalar -> Character in
        mistake(inFolderName: "a\(scalar)") == nil ? Character(scalar) : "_"
      })
    if name.hasPrefix(".") { name = "_" + name.dropFirst() }
    return String(name.prefix(100))
  }
}
