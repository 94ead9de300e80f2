internal import Engine
internal import JSON
internal import Storage

/// Chunks of results that are published already: a worker that was late put them into the store, where nobody needs them.
struct LateChunks {
  let directory: RunDirectory
  let formats: [OutputFormat]

  /// Removes them from the store in the run directory, where they are published.
  ///
  /// - Throws: as `arePublished`.
  func remove(_ plan: SequencePlan, from store: ChunkStore) throws {
    guard LocalFiles.isDirectory(directory.store), try arePublished(plan) else { return }
    for product in plan.products { try store.remove(plan, product) }
    try store.removeEmptyArrays(plan)
  }

  /// Whether the run is finished without losses, and all files of a sequence were made of just these results. Where cells
  /// failed, what a worker stores makes them good, for the next publishing.
  ///
  /// - Parameter plan: of the sequence, as the caller has it; the run may have been planned anew since.
  /// - Throws: `PlanError` where the run's document is damaged, `StorageError`.
  func arePublished(_ plan: SequencePlan) throws -> Bool {
    guard !formats.contains(.zarr), LocalFiles.exists(directory.summary),
      let summary = try? JSONParser.parse(LocalFiles.readAll(directory.summary)),
      let sequences = summary["sequences"]?.array,
      sequences.allSatisfy({ $0["losses"]?.array?.isEmpty ?? true })
    else { return false }
    let document = try RunDocument.read(
      LocalFiles.readAll(directory.runDocument), path: directory.runDocument)
    let published = try PublishedFiles.listed(in: directory, run: document["run"]?.string ?? "")
    let wanted = (document["plan"]?.array ?? []).first { $0["sequence"]?.string == plan.name }
    let products = wanted?["products"]?.array ?? []
    let results = plan.products.filter(\.isPublished)
    return !products.isEmpty && Set(products.compactMap { $0["key"]?.string }) == Set(results.map(\.key))
      && products.allSatisfy { product in
        let key = product["key"]?.string ?? ""
        return (product["files"]?.array ?? []).compactMap(\.string).allSatisfy {
          published[$0]?.contains(key) ?? false
        }
      }
  }
}
