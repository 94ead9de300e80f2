internal import Engine
internal import Geo
internal import Storage
internal import Synchronization

/// Brings the assets of a sequence into the run before anything is read (`"mode": "copy"`).
///
/// Files go to `RUN/assets/SEQUENCE/SCENE/`, whole, under a temporary name until they are complete. What an earlier
/// run brought in full is not brought again.
struct SceneCopier {
  let directory: RunDirectory
  /// Files that are copied at once.
  let workers: Int

  /// Copies every file a plan reads.
  ///
  /// - Returns: the plan reading the copies; a file that could not be copied is unavailable there, so that the cells
  ///   it touches fail with the reason.
  func copy(_ plan: SequencePlan) async throws -> SequencePlan {
    var targets: [String: String] = [:]
    for slice in plan.slices {
      for scene in slice.scenes {
        for case .file(let file) in scene.bands where targets[file.path] == nil {
          targets[file.path] = target(of: file, sequence: plan.name, taken: Set(targets.values))
        }
      }
    }
    let failures = try await copy(targets)
    let slices = plan.slices.map { slice in
      Slice(
        date: slice.date, time: slice.time, label: slice.label,
        scenes: slice.scenes.map { scene in
          SliceScene(
            id: scene.id, placement: scene.placement,
            bands: scene.bands.map { redirect($0, targets: targets, failures: failures) })
        })
    }
    return plan.replacing(program: plan.program, slices: slices)
  }

  private func target(of file: BandFile, sequence: String, taken: Set<String>) -> String {
    let folder = "\(directory.assets)/\(sequence)/\(safe(file.scene))"
    let name = LocalFiles.name(of: file.path)
    let plain = "\(folder)/\(name)"
    return taken.contains(plain) ? "\(folder)/\(file.band)-\(taken.count)-\(name)" : plain
  }

  /// A scene's id as a folder's name.
  private func safe(_ id: String) -> String {
    let name = String(id.map { $0 == "/" || $0 == "\0" ? "_" : $0 })
    return name.hasPrefix(".") ? "_" + name : name
  }

  private func copy(_ targets: [String: String]) async throws -> [String: String] {
    let waiting = Mutex(targets.sorted { $0.key < $1.key }[...])
    let failures = Mutex<[String: String]>([:])
    try await BlockingWork.run(workers: workers) {
      while let (source, target) = waiting.withLock({ $0.popFirst() }) {
        try Task.checkCancellation()
        do {
          try LocalFiles.createDirectory(LocalFiles.parent(of: target))
          if LocalFiles.exists(target), try LocalFiles.size(target) == LocalFiles.size(source) { continue }
          try LocalFiles.copyAtomically(source, to: target)
        } catch let error as StorageError where error.isOutOfSpace {
          throw error
        } catch {
          failures.withLock { $0[source] = "\(error)" }
        }
      }
    }
    return failures.withLock { $0 }
  }

  private func redirect(
    _ source: BandSource, targets: [String: String], failures: [String: String]
  ) -> BandSource {
    guard case .file(let file) = source, let target = targets[file.path] else { return source }
    if let reason = failures[file.path] {
      return .unavailable(reason: "scene \"\(file.scene)\", band \"\(file.band)\": \(reason)")
    }
    var copy = file
    copy.path = target
    return .file(copy)
  }
}
