internal import Engine
internal import GDAL
internal import Geo
internal import Modules
internal import Network
internal import Storage
internal import Synchronization

/// Brings the files of a sequence into the run before anything is read (`"mode": "copy"`).
///
/// They go to `RUN/assets/SEQUENCE/SCENE/`, under a temporary name until they are complete and checked: whole files, or
/// the pixels of the area. What an earlier run brought in full is not brought again.
struct SceneCopier {
  let directory: RunDirectory
  let written: WrittenFiles
  /// Local files that are copied at once.
  let workers: Int
  /// Remote files that are copied at once.
  let connections: Int
  let access: RemoteAccess
  /// Which contents of remote files may be copied.
  let versions: InputVersions
  let copying: Download.Copying
  /// What the catalogue says of files, by location.
  let expectations: [String: FileExpectation]

  /// A file to be made, and the bands that will be read from it.
  private struct Job {
    let file: BandFile
    let target: String
  }

  /// Copies every file a plan reads.
  ///
  /// - Returns: the plan reading the copies; a file that could not be copied is unavailable there, so that the cells
  ///   it touches fail with the reason.
  func copy(_ plan: SequencePlan) async throws -> SequencePlan {
    let jobs = jobs(of: plan)
    try written.add(jobs.values.map { String($0.target.dropFirst(directory.path.count + 1)) }.sorted())
    for folder in Set(jobs.values.map { LocalFiles.parent(of: $0.target) }) {
      try WrittenFiles.removeLeftovers(in: folder)
    }
    let below = directory.path.count + 1
    try CopiedFiles(directory, sequence: plan.name, written: written).claim(
      Dictionary(
        jobs.map { (String($0.value.target.dropFirst(below)), KeyHash.key($0.key)) },
        uniquingKeysWith: { first, _ in first }))
    let failures = try await BandFiles.open(
      RemoteArchive(access, record: versions), connections: copying == .area ? connections : 0
    ) { files in try await copy(jobs, plan, files) }
    let timeSteps = plan.timeSteps.map { timeStep in
      timeStep.replacing(
        scenes: timeStep.scenes.map { scene in
          TimeStepScene(
            id: scene.id, placement: scene.placement,
            bands: scene.bands.map { redirect($0, jobs: jobs, failures: failures, grid: plan.grid) })
        })
    }
    return plan.replacing(compiled: plan.compiled, timeSteps: timeSteps)
  }

  /// By what makes files one: the location, or the band in it where bands are cut out.
  private func key(_ file: BandFile) -> String {
    guard isExtracted(file) else { return file.path }
    let variable = ScientificFormat.mayHoldVariables(file.path) ? " \(file.band)" : ""
    let level = file.level.map { " \($0)" } ?? ""
    return "\(file.path) \(file.number)\(variable)\(level)"
  }

  /// Whether only the area's pixels are brought. Rasters that are resampled come whole: what they are read from
  /// depends on their overviews.
  private func isCut(_ file: BandFile) -> Bool { (copying == .area || isMade(file)) && file.warp == nil }

  /// Whether a raster is made from files that a copy would not hold (a virtual raster), or is a part of a file: its
  /// pixels are brought.
  private func isMade(_ file: BandFile) -> Bool { ScientificFormat.isMade(file.path) }

  /// Whether pixels are brought, of one band, rather than files.
  private func isExtracted(_ file: BandFile) -> Bool { isCut(file) || isMade(file) }

  private func jobs(of plan: SequencePlan) -> [String: Job] {
    var jobs: [String: Job] = [:]
    var taken: Set<String> = []
    for timeStep in plan.timeSteps {
      for scene in timeStep.scenes {
        for case .file(let file) in scene.bands where jobs[key(file)] == nil {
          if isCut(file), file.placement.intersection(plan.grid.window) == nil { continue }
          let target = target(of: file, sequence: plan.name, taken: taken)
          taken.insert(target)
          jobs[key(file)] = Job(file: file, target: target)
        }
      }
    }
    return jobs
  }

  private func target(of file: BandFile, sequence: String, taken: Set<String>) -> String {
    let folder = "\(directory.path)/\(SceneCopier.folder(ofScene: file.scene, sequence: sequence))"
    // A query may hold a signature.
    let path = String(file.path.prefix { VirtualPath.isRemote(file.path) ? $0 != "?" && $0 != "#" : true })
    let name =
      isExtracted(file) ? "\(SceneCopier.safe(file.band)).tif" : SceneCopier.safe(LocalFiles.name(of: path))
    let plain = "\(folder)/\(name)"
    // In a folder of its own: the files beside it keep their names.
    return taken.contains(plain)
      ? "\(folder)/\(SceneCopier.safe(file.band))-\(KeyHash.key(key(file)))/\(name)" : plain
  }

  /// The folder of a scene's copies, below the run directory.
  static func folder(ofScene scene: String, sequence: String) -> String {
    "\(RunDirectory.assetsName)/\(sequence)/\(safe(scene))"
  }

  /// A text as the name of a file or folder. Bytes decide: "/" with a combining mark behind it is a path's "/" as well.
  private static func safe(_ id: String) -> String {
    let bytes = id.utf8.map { $0 == UInt8(ascii: "/") || $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "_") : $0 }
    let name = String(decoding: bytes, as: UTF8.self)
    return name.utf8.first == UInt8(ascii: ".") || name.isEmpty ? "_" + name : name
  }

  private func copy(_ jobs: [String: Job], _ plan: SequencePlan, _ files: BandFiles) async throws -> [String:
    String]
  {
    let waiting = Mutex(jobs.sorted { $0.key < $1.key }[...])
    let failures = Mutex<[String: String]>([:])
    let formats = BandFormats(plan: plan, files: files)
    let isRemote = jobs.values.contains { VirtualPath.isRemote($0.file.path) }
    try await BlockingWork.run(workers: max(1, min(isRemote ? connections : workers, jobs.count))) {
      defer { RemoteConnections.close() }
      while let (key, job) = waiting.withLock({ $0.popFirst() }) {
        try Task.checkCancellation()
        do {
          try LocalFiles.createDirectory(LocalFiles.parent(of: job.target))
          if LocalFiles.exists(job.target) { continue }
          if isExtracted(job.file) {
            try AreaCopy(file: job.file, target: job.target, grid: plan.grid).run(formats, files)
          } else {
            try copyFiles(beside: job.file, to: LocalFiles.parent(of: job.target), files.archive)
            try AssetCopy(
              location: job.file.path, target: job.target,
              expectation: expectations[job.file.path] ?? FileExpectation()
            ).run(files.archive)
          }
        } catch let error as StorageError where error.isOutOfSpace {
          throw error
        } catch is CancellationError {
          throw CancellationError()
        } catch {
          failures.withLock { $0[key] = "\(error)" }
        }
      }
    }
    return failures.withLock { $0 }
  }

  private func redirect(
    _ source: BandSource, jobs: [String: Job], failures: [String: String], grid: Grid
  ) -> BandSource {
    guard case .file(let file) = source, let job = jobs[key(file)] else { return source }
    if let reason = failures[key(file)] {
      return .unavailable(reason: "scene \"\(file.scene)\", band \"\(file.band)\": \(reason)")
    }
    guard isExtracted(file) else {
      var copy = file
      copy.path = job.target
      copy.isForeign = VirtualPath.isRemote(file.path)
      return .file(copy)
    }
    // The copy says itself what is missing: masks are worked in.
    var encoding = file.encoding
    encoding.nodata = nil
    let placement = isCut(file) ? file.placement.intersection(grid.window) : nil
    return .file(
      BandFile(
        scene: file.scene, band: file.band, path: job.target, number: 1, encoding: encoding,
        fallback: file.fallback, placement: placement ?? file.placement, warp: file.warp,
        marksMissing: file.marksMissing))
  }

  /// Copies what stands beside a local file and changes its meaning: headers, masks, world files, overviews.
  private func copyFiles(beside file: BandFile, to folder: String, _ archive: RemoteArchive) throws {
    guard archive.file(file.path) == nil, !LocalFiles.isDirectory(file.path) else { return }
    let own = LocalFiles.parent(of: file.path)
    // A file that cannot be opened is copied as it is; reading the copy says what is wrong.
    guard let dataset = try? archive.open(file.path, variables: file.variables) else { return }
    for other in dataset.info.files
    where other != file.path && LocalFiles.parent(of: other) == own && !LocalFiles.isDirectory(other) {
      try LocalFiles.copyAtomically(other, to: "\(folder)/\(LocalFiles.name(of: other))")
    }
  }
}
