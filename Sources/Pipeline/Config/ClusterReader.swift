import Catalog
import Engine
import GDAL
import JSON
import Modules
import Storage

/// Reads `cluster`, and refuses what cannot be done by jobs of an engine.
struct ClusterReader {
  /// The engine of the run's jobs; `local` where there are none.
  let engine: RunMode
  let mistakes: Mistakes

  /// - Parameters:
  ///   - node: the value of `cluster`; nil where there is none.
  ///   - root: the whole config, where what is missing is reported.
  func read(_ node: JSONNode?, path: JSONPath, root: JSONNode) -> ClusterSettings {
    var settings = ClusterSettings()
    guard let node else {
      checkNeeds(nil, at: root.position, path)
      return settings
    }
    guard engine != .local else {
      mistakes.report(
        "\"cluster\" does nothing where every \"run_mode\" is \"local\"", at: node.position, path,
        suggestion: "add \"run_mode\": \"slurm\"")
      return settings
    }
    let object = CheckedObject(node, path: path, keys: ConfigKeys.cluster, mistakes: mistakes)
    refuseOthers(object)
    checkNeeds(object, at: node.position, path)
    settings.partition = object["partition"]?.string
    settings.account = object["account"]?.string
    settings.constraint = object["constraint"]?.string
    settings.prepare = object["prepare"]?.string
    settings.program = object["program"]?.string
    settings.image = object["image"]?.string
    settings.namespace = object["namespace"]?.string
    settings.server = object["server"]?.string
    settings.secret = object["secret"]?.string
    settings.options = object["options"]?.array?.compactMap(\.string) ?? []
    settings.cpus = object["cpus"]?.integer
    settings.arrayLimit = object["array_limit"]?.integer
    settings.tasks = object["tasks"]?.integer
    if let node = object["array_limit"], let limit = settings.arrayLimit, let tasks = settings.tasks,
      tasks > limit
    {
      mistakes.report(
        "\"tasks\" is \(tasks), and one job may have \(limit)", at: node.position,
        object.path(of: "array_limit"),
        suggestion: "leave one of them out")
    }
    if let node = object["volume"], let text = node.string {
      settings.volume = ClusterSettings.Volume(text)
      if settings.volume == nil {
        mistakes.report(
          "this names no claim and folder", at: node.position, object.path(of: "volume"),
          suggestion: "\"data:/data\"")
      }
    }
    if let node = object["time"], let text = node.string {
      settings.time = ClusterSettings.seconds(text)
      if settings.time == nil {
        mistakes.report(
          "\"\(text)\" is no time limit: it has hours, minutes and seconds, and days before them where there are any",
          at: node.position, object.path(of: "time"), suggestion: "\"2:00:00\", or \"1-12:00:00\"")
      }
    }
    if let node = object["constraint"], let text = node.string, engine == .kubernetes,
      text.split(separator: "=", maxSplits: 1).count < 2
    {
      mistakes.report(
        "nodes of Kubernetes are chosen by a label and its value", at: node.position,
        object.path(of: "constraint"), suggestion: "\"kubernetes.io/arch=amd64\"")
    }
    if let node = object["memory"] {
      // The worker keeps to what is left.
      settings.memory = ResourcesReader(mistakes: mistakes).readMemory(
        node, path: object.path(of: "memory"), least: Resources.leastMemory + ClusterSettings.memoryBeside)
    }
    return settings
  }

  /// Keys that the engine has no use for, and text that would break the script it becomes a line of.
  private func refuseOthers(_ object: CheckedObject) {
    let others =
      switch engine {
      case .kubernetes: ["options"]
      case .azureBatch: ["account", "constraint", "options", "namespace", "volume", "secret"]
      default: ["image", "namespace", "server", "volume", "secret"]
      }
    for key in others {
      guard let node = object[key] else { continue }
      mistakes.report(
        "\"\(key)\" does nothing where \"run_mode\" is \"\(engine.rawValue)\"", at: node.position,
        object.path(of: key), suggestion: "leave it out")
    }
    for key in [
      "partition", "account", "time", "constraint", "prepare", "program", "image", "namespace", "server",
      "volume", "secret",
    ] {
      if let node = object[key] { checkLine(node, object.path(of: key)) }
    }
    for (place, node) in (object["options"]?.array ?? []).enumerated() {
      checkLine(node, object.path(of: "options").appending(place))
      guard let text = node.string, let name = ownOptions.first(where: { isOption(text, $0) }) else {
        continue
      }
      mistakes.report(
        "\"\(name)\" is set for each job by Apus", at: node.position,
        object.path(of: "options").appending(place),
        suggestion: "leave it out")
    }
  }

  private func checkLine(_ node: JSONNode, _ path: JSONPath) {
    guard let text = node.string, text.isEmpty || text.contains(where: \.isNewline) else { return }
    mistakes.report("expected one line that is not empty", at: node.position, path)
  }

  /// Options without which a job would not be what the others wait for.
  private var ownOptions: [String] {
    switch engine {
    case .slurm:
      [
        "--array", "-a", "--dependency", "-d", "--output", "-o", "--open-mode", "--job-name", "-J", "--wrap",
        "--wait",
        "-W", "--hold", "-H", "--test-only", "--mem", "--cpus-per-task", "-c",
      ]
    case .gridEngine: ["-t", "-hold_jid", "-hold_jid_ad", "-N", "-o", "-e", "-j", "-sync", "-h", "-S", "-r"]
    default: []
    }
  }

  /// Whether the words of an option begin with its name: "--array=1-3", "-a1-3", "-t 1-3".
  private func isOption(_ text: String, _ name: String) -> Bool {
    if text == name || text.hasPrefix(name + "=") || text.hasPrefix(name + " ") { return true }
    // Slurm takes the value of a short option right behind it.
    return engine == .slurm && !name.hasPrefix("--") && text.hasPrefix(name)
  }

  /// Keys without which the engine can make no job.
  private func checkNeeds(_ object: CheckedObject?, at position: SourcePosition, _ path: JSONPath) {
    let needs: (key: String, words: String, example: String)? =
      switch engine {
      case .kubernetes: ("image", "the container image that has apus", "registry.example.org/apus:1")
      case .azureBatch: ("partition", "the pool of Azure Batch", "pool")
      default: nil
      }
    guard let needs, object?[needs.key] == nil else { return }
    mistakes.report(
      "\"cluster\" needs \"\(needs.key)\": \(needs.words)", at: position, path,
      suggestion: "\"cluster\": { \"\(needs.key)\": \"\(needs.example)\" }")
  }

  /// Refuses results in places that workers cannot share.
  ///
  /// - Parameters:
  ///   - node: the value of `output`; nil where there is none.
  ///   - settings: of the same config.
  ///   - root: the whole config, where what is missing is reported.
  func check(
    _ output: PipelineConfig.Output, _ node: JSONNode?, path: JSONPath, _ settings: ClusterSettings,
    root: JSONNode
  ) {
    guard engine != .local, !VirtualPath.isObjectStore(output.location) else { return }
    if engine == .kubernetes, settings.image != nil, settings.volume == nil {
      mistakes.report(
        "pods see no folder of this machine, and results go to \"\(output.location)\"",
        at: node?["location"]?.position ?? root.position, path.appending("location"),
        suggestion: "let \"cluster\" have \"volume\", or give a location in an object store")
    }
    if output.deleteLocal, output.upload != nil, let node = node?["delete_local"] {
      mistakes.report(
        "workers on several machines share the run directory, which stays", at: node.position,
        path.appending("delete_local"),
        suggestion: "leave it out, or let \"location\" be where the results go")
    }
  }

  /// Refuses settings of pictures, which are drawn where one process has seen all pixels.
  ///
  /// - Parameter node: the value of `pictures`.
  func checkPictures(_ node: JSONNode, path: JSONPath) {
    guard engine != .local else { return }
    mistakes.report(
      "pictures are made where one process computes all pixels, and this run has jobs of \(engine.rawValue)",
      at: node.position, path, suggestion: "leave it out")
  }

  /// Refuses copies of scenes, which one process makes for itself; granules of swaths are copied by whoever reads them.
  func check(_ module: MadeModule, folder: String) {
    guard engine != .local, let download = module.config.module as? Download, download.mode == .copy,
      CMRSearch.base(ofSource: download.source) == nil,
      (try? GranuleFolder.files(Href.resolve(download.source, inFolder: folder))) == nil,
      let node = module.draft.object["mode"]
    else { return }
    mistakes.report(
      "copies are made by one process, and this run has jobs of \(engine.rawValue)", at: node.position,
      module.draft.object.path(of: "mode"), suggestion: "write \"stream\"")
  }
}
