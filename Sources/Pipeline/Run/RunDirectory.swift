import Glibc
import JSON
import Storage

/// The paths and documents of a run directory.
public struct RunDirectory: Sendable {
  public let path: String
  static let storeName = "store.zarr"

  public init(_ path: String) {
    var trimmed = path
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    self.path = trimmed
  }

  /// The path from the root, as other machines that share the folder see it.
  public var absolutePath: String {
    if let found = RunDirectory.real(path) { return found }
    // It is not there yet.
    return path.hasPrefix("/") ? path : "\(RunDirectory.real(".") ?? "")/\(path)"
  }

  private static func real(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  public var runDocument: String { path + "/run.json" }
  /// The config as the run was planned with it, for processes that compute parts of the run.
  static let configName = "config.json"
  public var config: String { path + "/" + RunDirectory.configName }
  public var scenes: String { path + "/scenes.json" }
  public var store: String { path + "/" + RunDirectory.storeName }
  public var ledger: String { path + "/ledger" }
  /// What the run wrote.
  public var written: String { path + "/ledger/written.jsonl" }
  public var published: String { path + "/ledger/published.jsonl" }
  public var uploaded: String { path + "/ledger/uploaded.jsonl" }
  static let quicklooksName = "quicklooks"
  public var quicklooks: String { path + "/" + RunDirectory.quicklooksName }
  static let stacName = "stac"
  public var stac: String { path + "/" + RunDirectory.stacName }
  /// Copies of the scenes' files, with `"mode": "copy"`.
  public var assets: String { path + "/" + RunDirectory.assetsName }
  static let assetsName = "assets"
  public var summary: String { path + "/summary.json" }

  /// Whether a run got as far here as to have products.
  var holdsRun: Bool { LocalFiles.exists(runDocument) || LocalFiles.exists(published) }
}
