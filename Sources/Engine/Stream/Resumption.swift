internal import Geo
internal import Storage

/// Finds what of a sequence an earlier run left, and what is still to be computed.
///
/// A record of the ledger counts for a product when it names the product with its key. So of a run whose config has
/// changed, products that depend on nothing that changed are kept, and the others are computed.
public struct Resumption: Sendable {
  /// What was found.
  public struct Outcome: Sendable {
    /// What computes the rest: the whole plan, or as much of it as is needed.
    public let plan: SequencePlan
    /// Chunks, counted stage by stage, that need not be computed again.
    public let kept: Int
    /// Chunks whose records are there and whose stored values are not as they were written.
    public let damaged: Int
    /// Chunks whose values have left the store for files, from which they cannot be taken, and are wanted again for files
    /// of another format.
    public let leftForFiles: Int
    /// Chunks whose values were taken from files of results: for files of another format, or for a product that is new.
    public let restored: Int
    /// By product: the chunks of it that are kept.
    public let keptChunks: [Int]
    /// By product: whether there is anything of it to compute.
    public let isWaiting: [Bool]
    /// Chunks of which cells failed: they are worth another try.
    public let failedChunks: Set<Int>
    /// The names of tables of which nothing is kept.
    public let emptyTables: [String]
  }

  private let plan: SequencePlan
  private let store: ChunkStore
  private let ledger: Ledger
  private let state: SequenceState
  private let restore: Restore?

  /// Puts chunks back into the store, as far as files of results have them as they were stored.
  ///
  /// Of the chunks' product it is told which layers have a value somewhere: files may leave out the others.
  public typealias Restore = @Sendable (_ chunks: [StoredChunk], _ filled: Set<Int>) async throws -> Void

  /// - Parameters:
  ///   - plan: a whole one.
  ///   - store: the run's chunks.
  ///   - ledger: of the plan's sequence, opened.
  ///   - state: of the plan; nothing was added to it yet.
  ///   - restore: brings back what is only in files of results; nil where it is computed again.
  public init(
    plan: SequencePlan, store: ChunkStore, ledger: Ledger, state: SequenceState, restore: Restore? = nil
  ) {
    self.plan = plan
    self.store = store
    self.ledger = ledger
    self.state = state
    self.restore = restore
  }

  /// What the ledger and the store have of each product.
  private struct Found {
    /// By product and chunk: whether a record says what became of it, and its values are stored or published.
    var isKept: [[Bool]]
    /// The same, where all values are in the store.
    var isStored: [[Bool]]
    /// The same, where values are neither in the store nor published.
    var isDamaged: [[Bool]]
    /// The same, where they are in files of another format.
    var isInFiles: [[Bool]]
    /// The same, where a record has failed cells, which are worth another try: whatever was in the way may be gone.
    var isFailed: [[Bool]]
    /// Products of which anything is in the store.
    var present: Set<Int> = []
    /// The same, where values came back into the store from files.
    var isRestored: [[Bool]]

    init(_ plan: SequencePlan) {
      isKept = plan.products.map { _ in Array(repeating: false, count: plan.layout.count) }
      (isStored, isDamaged, isInFiles, isFailed, isRestored) = (isKept, isKept, isKept, isKept, isKept)
    }
  }

  /// Takes over what an earlier run finished, as far as the store still holds it, and forgets the rest.
  ///
  /// - Parameter isPublished: whether a product's layer is already in its final file: its chunks may be gone then.
  /// - Parameter hasFiles: whether some of a layer's final files are there: values that are not in the store are no damage
  ///   then.
  /// - Parameter isAlone: whether nobody else is at work on the run: what no record names leaves the store then.
  /// - Parameter checked: the chunks whose stored values are read and compared with their checksums; of others the
  ///   records are believed, so that each of many workers does not read the whole store. All of them when nil.
  public func resume(
    isAlone: Bool = true, checked: Range<Int>? = nil,
    hasFiles: (_ product: Int, _ layer: Int) -> Bool = { _, _ in false },
    isPublished: (_ product: Int, _ layer: Int) -> Bool
  ) async throws -> Outcome {
    var found = try find(checked, isPublished, hasFiles)
    forgetWithoutRows(&found)
    let failedChunks = Set(found.isFailed.flatMap { chunks in chunks.indices.filter { chunks[$0] } })
    forgetWhatFailed(&found)
    for product in plan.products.indices {
      try await bringBack(product, found.isInFiles[product], isRead: false, isAlone: isAlone, &found)
    }
    let steps = try await waitingSteps(&found, isAlone: isAlone)
    let isWhole = Set(plan.products.map(\.step)).isSubset(of: steps)
    let part = isWhole ? plan : plan.computing(steps)
    let waiting = part.stages.map { stage in
      (0..<plan.layout.count).map { chunk in
        stage.program.products.contains { !found.isKept[$0][chunk] }
      }
    }
    func count(_ isSo: [[Bool]]) -> Int {
      part.stages.reduce(0) { count, stage in
        count
          + (0..<plan.layout.count).count { chunk in
            stage.program.products.contains {
              isSo[$0][chunk] && (plan.products[$0].isPublished || found.present.contains($0))
            }
          }
      }
    }
    for stage in part.stages {
      for product in stage.program.products {
        for chunk in found.isKept[product].indices where waiting[stage.index][chunk] {
          found.isKept[product][chunk] = false
        }
      }
    }
    let isComputed = part.isComputed
    let keptChunks = try takeOver(found)
    for product in plan.products.indices where isAlone && isComputed[product] { try sweep(product) }
    return Outcome(
      plan: part, kept: keptStages(waiting, keptChunks), damaged: count(found.isDamaged),
      leftForFiles: count(found.isInFiles), restored: found.isRestored.reduce(0) { $0 + $1.count { $0 } },
      keptChunks: keptChunks.map { $0.count { $0 } },
      isWaiting: plan.products.map { isComputed[$0.index] && waiting[$0.stage].contains(true) },
      failedChunks: failedChunks,
      emptyTables: plan.tables.indices.filter(state.tables.isEmpty).map { plan.tables[$0].name })
  }

  /// Takes out what was computed for tables along with rows that are not there: not all of it is in the store.
  private func forgetWithoutRows(_ found: inout Found) {
    for (index, table) in plan.tables.enumerated() {
      for (chunk, group) in table.groupsOfCells
      where table.steps.indices.contains(where: { !state.tables.isDone(table: index, group: group, step: $0) }
      ) {
        for product in table.products {
          found.isKept[product][chunk] = false
          found.isStored[product][chunk] = false
        }
      }
    }
  }

  /// Takes out results of later stages that were made where cells of an earlier one had failed: they know nothing of
  /// it, and are made anew together with those cells.
  private func forgetWhatFailed(_ found: inout Found) {
    guard found.isFailed.contains(where: { $0.contains(true) }) else { return }
    for stage in plan.compiled.graph.order {
      for product in plan.products where product.stage == stage {
        let sources = plan.compiled.sources(of: product.index)
        for chunk in 0..<plan.layout.count where !found.isFailed[product.index][chunk] {
          let chunks = plan.layout.chunks(in: plan.inputWindow(of: chunk, stage: stage))
          if sources.contains(where: { source in chunks.contains { found.isFailed[source][$0] } }) {
            found.isFailed[product.index][chunk] = true
            found.isKept[product.index][chunk] = false
            found.isStored[product.index][chunk] = false
            found.isInFiles[product.index][chunk] = false
          }
        }
      }
    }
  }

  /// Looks through ledger and store.
  private func find(
    _ checked: Range<Int>?, _ isPublished: (Int, Int) -> Bool, _ hasFiles: (Int, Int) -> Bool
  ) throws -> Found {
    var found = Found(plan)
    try ledger.forEachRecord { record in
      guard record.isFinal else {
        for product in record.products { found.isFailed[product][record.chunk] = true }
        return
      }
      for product in record.products {
        let isReadLater =
          plan.compiled.stored[plan.products[product].port] == product
          || plan.tables.contains { $0.reads(product) }
        var (isKept, isStored, isInFiles) = (true, true, false)
        for entry in record.objects where entry.product == product && isKept {
          let isOut = isPublished(product, entry.layer)
          guard !isOut || isReadLater && isStored else {
            isStored = false
            continue
          }
          if checked?.contains(record.chunk) == false || holds(entry, record.chunk) {
            found.present.insert(product)
          } else {
            isStored = false
            isKept = isOut
            isInFiles = !isOut && hasFiles(product, entry.layer)
          }
        }
        found.isKept[product][record.chunk] = isKept
        found.isStored[product][record.chunk] = isStored
        found.isDamaged[product][record.chunk] = !isKept && !isInFiles
        found.isInFiles[product][record.chunk] = isInFiles
      }
    } table: { record in
      if record.isFinal { state.tables.add(record) }
    }
    return found
  }

  private func holds(_ entry: (product: Int, layer: Int, object: ChunkStore.Object), _ chunk: Int) -> Bool {
    store.get(
      entry.object, plan: plan, product: plan.products[entry.product], layer: entry.layer,
      chunk: plan.layout.index(chunk)) != nil
  }

  /// Takes values of a product that are wanted in the store from files of results, as far as those have them.
  ///
  /// - Parameter isRead: whether a later stage reads them; else they are for files, which may leave out layers.
  private func bringBack(
    _ product: Int, _ wanted: [Bool], isRead: Bool, isAlone: Bool, _ found: inout Found
  ) async throws {
    let chunks = wanted.indices.filter { wanted[$0] }
    guard restore != nil, !chunks.isEmpty else { return }
    // A run that was killed may have left what it was writing.
    if isAlone {
      try LocalFiles.removeTree(
        store.arrayDirectory(plan, plan.products[product]), of: LocalFiles.isTemporary(name:))
    }
    let layers = max(plan.layers(of: plan.products[product]).count, 1)
    let most = max(Resumption.mostRestoredAtOnce / layers, 1)
    for start in stride(from: 0, to: chunks.count, by: most) {
      let part = Set(chunks[start..<min(start + most, chunks.count)])
      for (chunk, isWhole) in try await bringBack(product, part, isRead: isRead) {
        found.isKept[product][chunk] = true
        found.isStored[product][chunk] = isWhole
        found.isInFiles[product][chunk] = false
        found.isRestored[product][chunk] = true
        found.present.insert(product)
      }
    }
  }

  /// So many stored chunks are listed at once.
  private static let mostRestoredAtOnce = 500_000

  /// - Returns: those of some chunks of which the store has what is wanted then, and whether it has all layers.
  private func bringBack(_ product: Int, _ wanted: Set<Int>, isRead: Bool) async throws -> [Int: Bool] {
    // Files that leave out layers have those in which one of these has a value.
    let telling = Set(plan.neededInLayers(of: plan.products[product]).map(\.index))
    var chunks: [StoredChunk] = []
    var filled: Set<Int> = []
    if !telling.isEmpty {
      try ledger.forEachRecord { record in
        guard record.isFinal else { return }
        for entry in record.objects where telling.contains(entry.product) { filled.insert(entry.layer) }
      }
    }
    var isThere: [Int: Bool] = [:]
    try ledger.forEachRecord { record in
      guard wanted.contains(record.chunk), record.products.contains(product),
        record.isFinal
      else { return }
      isThere[record.chunk] = true
      for entry in record.objects where entry.product == product && !holds(entry, record.chunk) {
        guard isRead || telling.isEmpty || filled.contains(entry.layer) else {
          // No file has it: a count where there is nothing to count.
          isThere[record.chunk] = false
          continue
        }
        chunks.append(
          StoredChunk(product: product, layer: entry.layer, chunk: record.chunk, object: entry.object))
      }
    }
    try await restore?(chunks, filled)
    for chunk in chunks where !holds((product, chunk.layer, chunk.object), chunk.chunk) {
      isThere[chunk.chunk] = nil
    }
    return isThere
  }

  /// The steps whose products are to be computed, at least in part.
  private func waitingSteps(_ found: inout Found, isAlone: Bool) async throws -> Set<Int> {
    let compiled = plan.compiled
    var steps: Set<Int> = []
    let tables = Set(state.tables.waiting().map(\.table))
    let rows = Set(tables.flatMap { plan.tables[$0].products })
    for stage in compiled.graph.order.reversed() {
      let read = productsRead(by: steps).union(rows)
      for product in plan.products where product.stage == stage {
        if read.contains(product.index) {
          let isGone = zip(found.isKept[product.index], found.isStored[product.index]).map { $0 && !$1 }
          try await bringBack(product.index, isGone, isRead: true, isAlone: isAlone, &found)
          found.isKept[product.index] = zip(found.isKept[product.index], found.isStored[product.index]).map {
            $0 && $1
          }
        } else if !product.isPublished {
          // Nobody is going to read it.
          found.isKept[product.index] = found.isKept[product.index].map { _ in true }
        }
        if found.isKept[product.index].contains(false) { steps.insert(product.step) }
      }
      // The best scene is the one with most bands valid: of all bands that the whole plan reads.
      if stage == 0, !steps.isEmpty, plan.program.fuse == .best,
        plan.timeSteps.contains(where: { $0.scenes.count > 1 })
      {
        let first = plan.products.filter { $0.stage == 0 }.map(\.step)
        if !steps.isDisjoint(with: first) { steps.formUnion(first) }
      }
    }
    return steps
  }

  /// The stored products of earlier stages that steps read, as far as they compute it in their own stage.
  private func productsRead(by steps: Set<Int>) -> Set<Int> {
    let part = plan.compiled.graph.storing(steps)
    var read: Set<Int> = []
    for step in part.steps where step.isNeeded {
      let stored = plan.compiled.stored(before: step.stage)
      read.formUnion(step.inputs.compactMap { stored[$0] })
    }
    return read
  }

  /// Adds what is kept to the state.
  ///
  /// - Returns: by product and chunk, whether a record of it was kept.
  private func takeOver(_ found: Found) throws -> [[Bool]] {
    var isKept = found.isKept.map { $0.map { _ in false } }
    try ledger.forEachRecord { record in
      let kept = record.products.filter { found.isKept[$0][record.chunk] }
      guard !kept.isEmpty, record.isFinal else { return }
      state.add(record.only(kept))
      for product in kept { isKept[product][record.chunk] = true }
    }
    // Of what nobody reads there need not be a record.
    for product in plan.products where found.isKept[product.index].allSatisfy({ $0 }) {
      state.cover(product.index)
    }
    return isKept
  }

  private func keptStages(_ waiting: [[Bool]], _ keptChunks: [[Bool]]) -> Int {
    plan.stages.map { stage in
      let own = plan.products.indices.filter { plan.products[$0].stage == stage.index }
      return (0..<plan.layout.count).count { chunk in
        !waiting[stage.index][chunk] && own.contains { keptChunks[$0][chunk] }
      }
    }.reduce(0, +)
  }

  /// Removes from a product's array what an earlier run stored and is not kept: readers of the store would take it for
  /// values of this one. What a killed run left of chunks that it was writing is removed as well.
  private func sweep(_ product: Int) throws(StorageError) {
    let described = plan.products[product]
    try LocalFiles.removeTree(
      store.arrayDirectory(plan, described), of: LocalFiles.isTemporary(name:))
    for (layer, chunk) in try store.chunks(plan, described)
    where !plan.layout.contains(chunk) || !plan.layers(of: described).indices.contains(layer)
      || state.object(product: product, layer: layer, chunk: plan.layout.number(chunk)) == nil
    {
      try LocalFiles.remove(store.objectPath(plan, described, layer: layer, chunk: chunk))
    }
  }
}
