import Engine
import Storage

/// The chunk store as a result that is uploaded: many small files, of use only together.
///
/// Chunks stay in the run directory until all of the sequence are verified where they belong; what marks that is an
/// entry of each array's folder in the record, with the product's key.
struct ZarrUpload {
  let plan: SequencePlan
  let directory: RunDirectory
  let uploader: Uploader

  /// The sequence's group, below the run directory.
  private var group: String { "\(RunDirectory.storeName)/\(plan.name)" }
  /// The name under which the record has an array as a whole.
  private func mark(_ product: Product) -> String { "\(group)/\(product.arrayName)/" }

  private func copy(_ product: Product) -> UploadRecord.Copy {
    UploadRecord.Copy(bytes: 0, checksum: Checksum.crc32(Array(product.key.utf8)))
  }

  /// Whether all chunks of a product stand where results are uploaded to.
  func isAway(_ product: Product) -> Bool { uploader.record.copy(of: mark(product)) == copy(product) }

  /// Files of a product's array that are stored there; the mark of the whole among them.
  func stored(_ product: Product) -> [String] {
    Array(uploader.record.copies(below: "\(group)/\(product.arrayName)").keys)
  }

  /// Has every file of the group uploaded that is here.
  func begin() {
    for path in files() { uploader.add(path, isResult: false) }
  }

  /// Once everything is uploaded: removes the chunks here, when all of them arrived.
  func finish(deletesLocal: Bool) throws {
    guard deletesLocal, !uploader.failures.contains(where: { $0.file.hasPrefix(group + "/") }) else { return }
    for product in plan.products where product.isPublished && !isAway(product) {
      try uploader.record.add(mark(product), copy(product))
    }
    try uploader.record.sync()
    for product in plan.products {
      let array = "\(directory.path)/\(group)/\(product.variable.name)"
      guard LocalFiles.isDirectory(array) else { continue }
      for layer in try LocalFiles.list(array) where Int(layer) != nil {
        try ChunkStore.removeOwn("\(array)/\(layer)")
      }
    }
  }

  /// Every file of the group's results, below the run directory.
  func files() -> [String] {
    RunFiles.results(RunFiles.below(group, in: directory), of: plan)
      .filter { !LocalFiles.isTemporary(name: LocalFiles.name(of: $0)) }
  }
}
