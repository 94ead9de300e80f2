import Engine
import GDAL
import JSON

/// Where the files of a run stand in an archive: by date, with what is of all dates under `reductions`.
///
/// `DATE/SEQUENCE/VARIABLE.nc`, `.tif` and `.png`; `reductions/SEQUENCE/VARIABLE.nc`, `VARIABLE/SEASON.tif`; the rest,
/// `stac/…`, `store.zarr/…`, `run.json` and so on, as in the run directory.
struct ArchiveNames {
  private var names: [String: String] = [:]
  /// What the archive holds.
  private let chosen: Set<String>

  /// - Throws: `DownloadError` where two files would have one name, of which unpacking leaves one.
  init(_ listing: RunListing, chosen: [RunReport.ResultFile]) throws {
    self.chosen = Set(chosen.map(\.path))
    for file in listing.files { names[file.path] = ArchiveNames.name(file, date: listing.dates[file.path]) }
    var taken: Set<String> = ["summary.json"]
    for file in chosen where !taken.insert(name(of: file.path)).inserted {
      throw DownloadError(
        "the run's summary.json lists two files for \"\(name(of: file.path))\" of the archive")
    }
  }

  func name(of path: String) -> String { names[path] ?? path }

  private static func name(_ file: RunReport.ResultFile, date: String?) -> String {
    guard ["netcdf", "cog", "quicklook"].contains(file.kind) else { return file.path }
    var parts = file.path.split(separator: "/").map(String.init)
    if file.kind == "quicklook" {
      // Pictures of tables stand beside them: SEQUENCE/TABLE/NAME.png.
      guard parts.first == "quicklooks" else { return file.path }
      parts.removeFirst()
    }
    // SEQUENCE/VARIABLE/DATE.nc
    guard let date, parts.count == 3, let name = parts.last, let dot = name.lastIndex(of: ".") else {
      return (["reductions"] + parts).joined(separator: "/")
    }
    return "\(date)/\(parts[0])/\(parts[1])\(name[dot...])"
  }

  /// The summary with the names that its files have in the archive, which lists those it holds.
  func renamed(_ summary: JSONValue) -> JSONValue {
    var renamed = rename(summary)
    let files = summary["files"]?.array?.filter { chosen.contains($0["path"]?.string ?? "") }
    renamed["files"] = .array((files ?? []).map(rename))
    return renamed
  }

  private func rename(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let object):
      .object(
        JSONObject(
          object.members.map { key, value in
            guard ["file", "path", "quicklook"].contains(key), let path = value.string else {
              return (
                key,
                key == "other_files"
                  ? .array((value.array ?? []).map { .string(name(of: $0.string ?? "")) }) : rename(value)
              )
            }
            return (key, .string(name(of: path)))
          }))
    case .array(let values): .array(values.map(rename))
    default: value
    }
  }

  /// A STAC document with references to the archive's files; what the archive has not is referred to where it is, when
  /// that is an address.
  func renamed(stac document: JSONValue, at path: String, _ run: RemoteRun) -> JSONValue {
    var document = document
    guard let assets = document["assets"]?.object else { return document }
    var kept = JSONObject()
    let folder = path.split(separator: "/").dropLast().map(String.init)
    for (key, asset) in assets.members {
      guard let href = asset["href"]?.string else { continue }
      let target = ArchiveNames.resolved(href, in: folder)
      let isThere = chosen.contains(target) || chosen.contains { $0.hasPrefix(target + "/") }
      var asset = asset
      if isThere {
        asset["href"] = .string(String(repeating: "../", count: folder.count) + name(of: target))
      } else if VirtualPath.isRemote(run.location) {
        asset["href"] = .string(RemoteRun.shown(run.address(target)))
      } else {
        continue
      }
      kept[key] = asset
    }
    document["assets"] = .object(kept)
    return document
  }

  /// A virtual raster of a NetCDF file, which it refers to where the archive has it.
  func renamed(raster text: String, at path: String) -> String {
    let (before, after) = ("NETCDF:&quot;", "&quot;:")
    let folder = path.split(separator: "/").dropLast().map(String.init)
    let parts = text.split(separator: before, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let end = parts[1].firstRange(of: after)?.lowerBound else { return text }
    let target = ArchiveNames.resolved(String(parts[1][..<end]), in: folder)
    return parts[0] + before + String(repeating: "../", count: folder.count) + name(of: target)
      + parts[1][end...]
  }

  /// A relative reference as a path below the run directory.
  private static func resolved(_ href: String, in folder: [String]) -> String {
    var parts = folder
    for part in href.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
    }
    return parts.joined(separator: "/")
  }
}
