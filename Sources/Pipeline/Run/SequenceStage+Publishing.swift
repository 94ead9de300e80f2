internal import Engine
internal import GDAL
internal import Geo
internal import Network
internal import Storage

/// Publishing what a sequence has stored: files of products and tables, one after the other.
extension SequenceStage {
  func publish(_ publisher: ProductPublisher) async throws {
    let units = publisher.units()
    let keepsChunks = output.formats.contains(.zarr)
    if !keepsChunks {
      // Chunks of files that an earlier run published come again where a lost date beside them was computed anew.
      for unit in units where unit.files.allSatisfy(published.contains) {
        try await publisher.removeChunks(of: unit)
      }
    }
    for file in units.flatMap(\.files) where file.isLeftOut && !published.contains(file) {
      // An earlier run that had losses may have made one.
      try LocalFiles.remove(publisher.absolute(file))
      try await uploader?.remove([file.path])
      try published.addLeftOut(file)
    }
    let waiting = (units.flatMap(\.files) + publisher.wholes()).filter(isWaiting)
    for file in units.flatMap(\.files) where published.contains(file) { upload(file) }
    defer {
      if keepsChunks, let uploader {
        ZarrUpload(plan: plan, directory: directory, uploader: uploader).begin()
      }
    }
    guard !waiting.isEmpty else { return }
    try written.add(waiting.filter { $0.format != .zarr }.map(\.path))
    try publisher.removeLeftovers(of: waiting)
    let work = [RunWork: Double](waiting.map { RunWork.Part($0, of: plan) })
    notify(.publishing(sequence: plan.name, files: waiting.count, work: work))
    let count = Monitor(0)
    let fileEnded: @Sendable (ProductFile) -> Void = { [notify, plan] file in
      let ended = count.withLock { count in
        count += 1
        return count
      }
      notify(
        .published(
          sequence: plan.name, ended: ended, files: waiting.count, part: RunWork.Part(file, of: plan)))
    }
    try await BlockingWork.forEach(units, workers: publisher.filesAtOnce) { unit in
      for file in unit.files where isWaiting(file) {
        try await publish(file, publisher)
        fileEnded(file)
      }
      // Files with losses keep their chunks: another run may complete them without computing them again.
      if !keepsChunks, unit.files.allSatisfy(published.contains) {
        try await publisher.removeChunks(of: unit)
      }
    }
    for file in publisher.wholes() where isWaiting(file) {
      try await publish(file, publisher)
      fileEnded(file)
    }
  }

  /// Makes the files of tables.
  func publishTables(_ state: SequenceState) async throws {
    for table in plan.tableReports(state.tables) {
      let index = plan.tables.firstIndex { $0.name == table.name }
      let files = TableFiles(plan: plan, table: table, formats: output.formats, context: context)
      for path in files.paths {
        if !published.contains(path, keys: files.keys) {
          try written.add([path])
          notify(.publishing(sequence: plan.name, files: 1, work: [:]))
          let found = try await files.publish(path, in: directory, at: Clock.now())
          // What is missing now may come: the file is made again then.
          let isComplete = index.map(state.tables.isComplete) ?? true
          try await BlockingWork.run(workers: 1) {
            try published.add(path, found, failedCells: isComplete ? 0 : 1, keys: files.keys)
          }
        }
        if LocalFiles.exists("\(directory.path)/\(path)") { uploader?.add(path, isResult: true) }
      }
      for picture in index.map({ state.tables.files(of: $0) }) ?? [] {
        let path = "\(plan.name)/\(table.name)/\(picture)"
        if LocalFiles.exists("\(directory.path)/\(path)") { uploader?.add(path, isResult: false) }
      }
    }
  }

  func isWaiting(_ file: ProductFile) -> Bool { !file.isLost && !published.contains(file) }

  func publish(_ file: ProductFile, _ publisher: ProductPublisher) async throws {
    try Task.checkCancellation()
    let found = try await publisher.publish(file, at: Clock.now())
    try await BlockingWork.run(workers: 1) {
      try published.add(file.path, found, failedCells: file.failedCells, keys: file.keys)
    }
    upload(file)
  }

  /// Has a published file uploaded, unless it is gone because its copy is where it belongs.
  func upload(_ file: ProductFile) {
    guard file.format != .zarr, LocalFiles.exists("\(directory.path)/\(file.path)") else { return }
    uploader?.add(file.path, isResult: true)
  }
}
