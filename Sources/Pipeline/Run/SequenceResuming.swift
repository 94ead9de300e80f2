internal import Engine
internal import Storage

/// Finds what an earlier run left of a sequence, and takes what is wanted in the store again from the files that have it.
struct SequenceResuming {
  let plan: SequencePlan
  let store: ChunkStore
  let ledger: Ledger
  let directory: RunDirectory
  let published: PublishedFiles
  let formats: [OutputFormat]
  /// Nil where nothing is uploaded.
  var upload: ZarrUpload?
  /// Whether values are taken from files: a look at one chunk does not bring back all of them, and what stands in an
  /// object store is computed again there.
  let restores: Bool
  let notify: @Sendable (PipelineRunner.Event) -> Void

  /// What is known of the cells, what is to be computed, and in words which files were found damaged.
  typealias Resumed = (state: SequenceState, found: Resumption.Outcome, damage: [String])

  /// Finds what is left, and what is to be computed. A file that is not as it was written is made again, with all that is
  /// in it.
  ///
  /// - Parameters:
  ///   - isAlone: whether nobody else is at work on the run, see `Resumption.resume`.
  ///   - checked: the chunks whose stored values are read; all when nil.
  /// - Throws: as `Resumption.resume`, and `StorageError` where it cannot be recorded which files are made again.
  func resume(isAlone: Bool = true, checked: Range<Int>? = nil) async throws -> Resumed {
    let finished = FinishedChunks(plan: plan, store: store, directory: directory, published: published)
    let products = ProductFiles(plan: plan, formats: formats)
    let files = products.units().flatMap(\.files) + products.wholes()
    let wanted = Set(files.map(\.path))
    // What an earlier process found and did not make again.
    var damage = files.filter(published.isDamaged).map { say(damageOf: $0.path, isWanted: true) }
    var restored = 0
    while true {
      let state = SequenceState(plan)
      let layers = PublishedLayers(plan, formats: formats, published, upload: upload)
      let found = try await Resumption(
        plan: plan, store: store, ledger: ledger, state: state, restore: restores ? finished.restore : nil
      ).resume(
        isAlone: isAlone, checked: checked, hasFiles: { layers.hasFiles[$0][$1] },
        isPublished: { layers.isPublished[$0][$1] })
      restored += found.restored
      let damagedFiles = finished.takeDamagedFiles()
      guard damagedFiles.isEmpty else {
        for path in damagedFiles {
          damage.append(say(damageOf: path, isWanted: wanted.contains(path)))
          try published.addDamage(to: path)
        }
        continue
      }
      say(found, restored: restored)
      return (state, found, damage)
    }
  }

  private func say(damageOf path: String, isWanted: Bool) -> String {
    let words =
      "\(plan.name): \(path) is not as it was written, and "
      + (isWanted ? "is made again" : "what is in it is computed again")
    notify(.warning(words))
    return words
  }

  private func say(_ found: Resumption.Outcome, restored: Int) {
    if restored > 0 {
      notify(.note("\(plan.name): values of \(restored) chunks are taken from the files that have them"))
    }
    if found.leftForFiles > 0 {
      notify(
        .note(
          "\(plan.name): values of \(found.leftForFiles) chunks are in files alone; they are computed again for "
            + "the formats that are new"))
    }
  }
}
