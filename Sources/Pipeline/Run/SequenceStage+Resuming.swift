internal import Engine

/// Going on with what an earlier run left.
extension SequenceStage {
  /// What is known of the cells, what is to be computed, and in words which files were found damaged.
  typealias Resumed = (state: SequenceState, found: Resumption.Outcome, damage: [String])

  /// Finds what an earlier run left, and takes what is wanted in the store again from the files that have it.
  ///
  /// A file that is not as it was written is made again, with all that is in it.
  /// - Parameter restoring: whether values are taken from files; a look at one chunk does not bring back all of them.
  func resume(_ store: ChunkStore, _ ledger: Ledger, restoring: Bool) async throws -> Resumed {
    let finished = FinishedChunks(plan: plan, store: store, directory: directory, published: published)
    var damage: [String] = []
    var restored = 0
    while true {
      let state = SequenceState(plan)
      let layers = PublishedLayers(
        plan, formats: output.formats, published,
        upload: uploader.map { ZarrUpload(plan: plan, directory: directory, uploader: $0) })
      let found = try await Resumption(
        plan: plan, store: store, ledger: ledger, state: state, restore: restoring ? finished.restore : nil
      ).resume(hasFiles: { layers.hasFiles[$0][$1] }, isPublished: { layers.isPublished[$0][$1] })
      restored += found.restored
      let files = finished.takeDamagedFiles()
      guard files.isEmpty else {
        for path in files {
          let words = "\(plan.name): \(path) is not as it was written, and is made again"
          notify(.warning(words))
          damage.append(words)
          published.forget(path)
        }
        continue
      }
      say(found, restored: restored)
      return (state, found, damage)
    }
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
