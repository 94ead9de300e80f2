import Engine
import Storage

/// The chunk store as a result that is uploaded: many small files, of use only together.
///
/// Chunks stay in the run directory until all of the sequence are verified where they belong; what marks that is an
/// entry of the store's own folder in the record.
struct ZarrUpload {
  let plan: SequencePlan
  let directory: RunDirectory
  let uploader: Uploader

  /// The sequence's group, below the run directory.
  private var group: String { "\(RunDirectory.storeName)/\(plan.name)" }
  /// The name under which the record has the group as a whole.
  private var mark: String { group + "/" }

  /// Whether all chunks stand where results are uploaded to.
  var isAway: Bool { uploader.record.copy(of: mark) != nil }

  /// Has every file of the group uploaded that is here.
  func begin() {
    for path in files() { uploader.add(path, isResult: false) }
  }

  /// Once everything is uploaded: removes the chunks here, when all of them arrived.
  func finish(deletesLocal: Bool) throws {
    guard deletesLocal, !uploader.failures.contains(where: { $0.file.hasPrefix(mark) }) else { return }
    if !isAway { try uploader.record.add(mark, UploadRecord.Copy(bytes: 0, checksum: 0)) }
    try uploader.record.sync()
    for product in plan.products {
      let array = "\(directory.path)/\(group)/\(product.variable.name)"
      guard LocalFiles.isDirectory(array) else { continue }
      for layer in try LocalFiles.list(array) where Int(layer) != nil {
        try ChunkStore.removeOwn("\(array)/\(layer)")
      }
    }
  }

  /// Every file of the group, below the run directory.
  func files() -> [String] {
    RunFiles.below(group, in: directory).filter { !LocalFiles.isTemporary(name: LocalFiles.name(of: $0)) }
  }
}
