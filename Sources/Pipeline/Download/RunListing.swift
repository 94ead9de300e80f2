import Engine
import Geo
import JSON
import Storage

/// What a run's `summary.json` says about its files.
struct RunListing {
  /// The whole document.
  let summary: JSONValue
  let files: [RunReport.ResultFile]
  /// The date of each per-date file, by path.
  let dates: [String: String]
  /// When the run ended.
  let time: ZipTime

  /// - Parameter location: of the run, for messages.
  init(_ bytes: [UInt8], location: String) throws {
    do {
      summary = try JSONParser.parse(bytes).plain
    } catch {
      throw DownloadError("\(location)/summary.json cannot be read (\(error)): it is damaged or incomplete")
    }
    guard let listed = summary["files"]?.array else {
      throw DownloadError(
        "\(location)/summary.json does not list the run's files: it is of an older version; run the pipeline again"
      )
    }
    files = try listed.map { entry in
      guard let path = entry["path"]?.string, let kind = entry["kind"]?.string,
        let size = entry["bytes"]?.integer, size >= 0,
        let checksum = entry["crc32"]?.string.flatMap({ UInt32($0, radix: 16) })
      else { throw DownloadError("\(location)/summary.json has an entry that is no file: \(entry.text())") }
      // Names become addresses, and files of whoever unpacks the archive. Runs name their files in plain letters.
      guard PortableName.isRelativePath(path) else {
        throw DownloadError(
          "\(location)/summary.json names a file outside of the run, or one that no run of Apus has: \"\(path)\""
        )
      }
      return RunReport.ResultFile(path: path, kind: kind, bytes: size, checksum: checksum)
    }
    var dates: [String: String] = [:]
    for sequence in summary["sequences"]?.array ?? [] {
      for module in sequence["modules"]?.array ?? [] {
        for layer in module["dates"]?.array ?? [] {
          guard let date = layer["date"]?.string else { continue }
          // It becomes a folder of the archive.
          guard PortableName.isUsable(date) else {
            throw DownloadError(
              "\(location)/summary.json has a date that is none: \"\(date)\": it is damaged, or no run of Apus"
            )
          }
          let others = layer["other_files"]?.array?.compactMap(\.string) ?? []
          for path in [layer["file"]?.string, layer["quicklook"]?.string].compactMap({ $0 }) + others {
            dates[path] = date
          }
        }
      }
    }
    self.dates = dates
    time = RunListing.zipTime(summary["run"]?["ended"]?.string)
  }

  private static func zipTime(_ text: String?) -> ZipTime {
    let instant = text.flatMap { Instant($0) } ?? Instant(microsecondsSince1970: 0)
    let (date, seconds) = (instant.date, instant.microsecondsSince1970 / 1_000_000)
    let parts = date.description.split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3 else { return ZipTime(year: 1980, month: 1, day: 1) }
    return ZipTime(
      year: parts[0], month: parts[1], day: parts[2], hour: seconds / 3600 % 24, minute: seconds / 60 % 60,
      second: seconds % 60)
  }
}
