import Engine
import Storage

/// The files of a run as its summary lists them.
struct RunFiles {
  let directory: RunDirectory
  /// Nil where nothing is uploaded.
  let uploads: UploadRecord?

  /// Size and checksum of files that are here, or of their copies where they were uploaded to.
  func describe(_ paths: [String], kind: String) throws -> [RunReport.ResultFile] {
    try paths.compactMap { path in
      let local = "\(directory.path)/\(path)"
      if LocalFiles.exists(local) {
        let found = try LocalFiles.fingerprint(local)
        return RunReport.ResultFile(path: path, kind: kind, bytes: found.bytes, checksum: found.checksum)
      }
      return uploads?.copy(of: path).map {
        RunReport.ResultFile(path: path, kind: kind, bytes: $0.bytes, checksum: $0.checksum)
      }
    }
  }

  /// All files below a folder of the run, here or uploaded, sorted.
  func all(below folder: String) -> [String] {
    var paths = Set(RunFiles.below(folder, in: directory))
    // The mark of a whole folder is no file.
    for path in (uploads?.copies(below: folder) ?? [:]).keys where !path.hasSuffix("/") { paths.insert(path) }
    return paths.sorted()
  }

  /// Those of the files in a sequence's group of the store that are of its results: neither of arrays that only later
  /// stages read, which are hidden, nor of results that it no longer has.
  static func results(_ paths: [String], of plan: SequencePlan) -> [String] {
    let names = Set(plan.products.map { Substring($0.arrayName) })
    let parts = paths.map { (path: $0, names: $0.split(separator: "/").dropFirst(2)) }
    // Only results have chunks at ARRAY/LAYER/ROW/COLUMN.
    let gone = Set(parts.filter { $0.names.count == 4 }.compactMap(\.names.first)).subtracting(names)
    return parts.filter { part in
      guard part.names.count > 1, let array = part.names.first else { return true }
      return !array.hasPrefix(".") && !gone.contains(array)
    }.map(\.path)
  }

  /// All files below a folder of the run that are here; hidden and temporary ones are left out, those of Zarr not.
  static func below(_ folder: String, in directory: RunDirectory) -> [String] {
    guard let names = try? LocalFiles.list("\(directory.path)/\(folder)") else { return [] }
    return names.flatMap { name -> [String] in
      let path = "\(folder)/\(name)"
      if LocalFiles.isDirectory("\(directory.path)/\(path)") { return below(path, in: directory) }
      return name.hasPrefix(".") && !name.hasPrefix(".z") ? [] : [path]
    }
  }
}
