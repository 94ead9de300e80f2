import Engine
import Geo
import JSON

/// Finds where the stages of sequences are computed, from the `run_mode` of their modules.
///
/// Modules of one stage are computed together, a chunk at a time, and have one place: that which one of them names.
struct StageModes {
  let pipeline: RunMode
  /// The one engine of the run's jobs.
  let cluster: RunMode
  let mistakes: Mistakes

  /// The engine that a config has jobs for: the pipeline's, or that of the first module that names one.
  static func engine(of config: JSONNode, pipeline: RunMode) -> RunMode {
    guard pipeline == .local else { return pipeline }
    let modules = (config["sequences"]?.array ?? []).flatMap { $0["modules"]?.array ?? [] }
    let named = modules.lazy.compactMap { $0["run_mode"]?.string.flatMap(RunMode.init(rawValue:)) }
    return named.first { $0 != .local } ?? .local
  }

  /// The modes of a sequence's stages, by their places in its graph; none where the pipeline's holds.
  func stages(_ sequence: SequenceDraft) -> [Int: RunMode] {
    // Modules of the whole run are no steps of a graph.
    let modules = sequence.modules.filter { $0.draft.needsCube }
    let graph = Graph(sequence.config.members)
    // What belongs to no date is read where the dates are.
    var found: [Int: MadeModule] = [:]
    for step in graph.steps {
      guard let member = step.member, modules.indices.contains(member) else { continue }
      let place = graph.stages[step.stage].period == .fixed ? 0 : step.stage
      agree(modules[member], &found[place], "are computed together, chunk by chunk")
    }
    return found.mapValues(\.config.runMode)
  }

  /// Where the files are published: where the modules of the whole run are to work.
  func publishing(_ sequences: [SequenceDraft]) -> RunMode {
    var found: MadeModule?
    for module in sequences.flatMap(\.modules) where !module.draft.needsCube {
      agree(module, &found, "work together, when all else is there")
    }
    return found?.config.runMode ?? pipeline
  }

  /// Takes a module that names its mode for its stage, and reports where it contradicts another, or the run.
  private func agree(_ module: MadeModule, _ other: inout MadeModule?, _ together: String) {
    guard let node = module.draft.object["run_mode"] else { return }
    let path = module.draft.object.path(of: "run_mode")
    let mode = module.config.runMode
    if mode != .local, mode != cluster {
      mistakes.report(
        "a run has the jobs of one engine, which is \"\(cluster.rawValue)\" here", at: node.position, path,
        suggestion: "write \"\(cluster.rawValue)\" or \"local\"")
    } else if let other, other.config.runMode != mode {
      mistakes.report(
        "\"\(module.draft.name)\" and \"\(other.draft.name)\", whose run_mode is "
          + "\"\(other.config.runMode.rawValue)\", \(together)", at: node.position, path,
        suggestion: "give both one run_mode")
    }
    other = other ?? module
  }
}
