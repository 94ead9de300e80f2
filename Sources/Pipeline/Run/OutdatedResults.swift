import Engine
import Storage

/// What earlier runs in a directory left of products as they are not any more: it goes before anything new is computed,
/// so that at no moment results of different keys stand side by side.
struct OutdatedResults {
  let plan: SequencePlan
  let directory: RunDirectory
  let published: PublishedFiles
  /// Nil where nothing is uploaded.
  let uploader: Uploader?

  /// Removes files whose products have other keys by now, here and where they were uploaded to.
  ///
  /// - Parameter obsolete: arrays that no product has any more, with their keys: those that were finished stay.
  func removeFiles(
    _ formats: [OutputFormat], _ obsolete: [String: String], from store: ChunkStore
  ) async throws {
    let files = ProductFiles(plan: plan, formats: OutputFormat.allCases)
    let (units, whole) = (files.units(), files.wholes())
    let finished = Set(whole.flatMap { published.keys(of: $0.path) })
    for (array, key) in obsolete where !(formats.contains(.zarr) && finished.contains(key)) {
      try store.removeArray(array, sequence: plan.name)
    }
    var paths = (units.flatMap(\.files) + whole)
      .filter { published.isOutdated($0.path, keys: $0.keys) }.map(\.path)
    let gone = filesOfOtherDates(units, whole)
    paths += gone + gone.flatMap(pictures)
    for (table, key) in plan.tableKeys {
      paths += TableFiles.paths(of: table, in: plan, OutputFormat.allCases)
        .filter { published.isOutdated($0, keys: [key]) }
    }
    for path in paths { try LocalFiles.remove("\(directory.path)/\(path)") }
    try await uploader?.remove(paths)
  }

  /// Files of dates that products with one a date do not have any more, made when they had other keys: those that are
  /// rejected by now, for example.
  private func filesOfOtherDates(_ units: [ProductUnit], _ whole: [ProductFile]) -> [String] {
    let present = Set((units.flatMap(\.files) + whole).map(\.path))
    var keys: [String: [String]] = [:]
    for file in units.filter({ $0.layer != nil }).flatMap(\.files) {
      keys[LocalFiles.parent(of: file.path)] = file.keys
    }
    return keys.flatMap { folder, keys in
      published.files(in: folder).filter { path in
        // Where a date has one file for all products, results without a date lie in the same folder.
        let isDated =
          !plan.isGroupedByDate || path.dropFirst(folder.utf8.count + 1).first?.isNumber ?? false
        return isDated && !present.contains(path) && published.isOutdated(path, keys: keys)
      }
    }
  }

  /// The pictures of the products in a file of one date.
  private func pictures(ofFile path: String) -> [String] {
    let folder = LocalFiles.parent(of: path)
    let label = path.dropFirst(folder.utf8.count + 1).prefix { $0 != "." }
    return plan.products.filter {
      $0.isPerDate && (plan.isGroupedByDate || folder == "\(plan.name)/\($0.variable.name)")
    }.map { "\(RunDirectory.quicklooksName)/\(plan.name)/\($0.variable.name)/\(label).png" }
  }

  /// Removes pictures of products and tables of which nothing is kept, and stored copies of chunks.
  func removeValues(
    _ found: Resumption.Outcome, _ quicklooks: Quicklooks, _ written: WrittenFiles
  ) async throws {
    for table in found.emptyTables { try written.removeOthers(below: "\(plan.name)/\(table)", keeping: []) }
    for product in plan.products where found.isWaiting[product.index] && found.keptChunks[product.index] == 0
    {
      let pictures = product.isPublished ? quicklooks.pictures(of: product) : []
      for path in pictures { try LocalFiles.remove("\(directory.path)/\(path)") }
      guard let uploader else { continue }
      let chunks = ZarrUpload(plan: plan, directory: directory, uploader: uploader).stored(product)
      try await uploader.remove(pictures + chunks)
    }
  }
}
