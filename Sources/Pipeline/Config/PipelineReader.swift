import Catalog
import Engine
import GDAL
import Geo
import JSON
import Modules

/// Reads the whole of a config, room by room, gathering mistakes.
struct PipelineReader {
  let file: String
  let folder: String
  let modules: [any Module.Type]
  let mistakes = Mistakes()

  func read(_ node: JSONNode) -> ConfigReading {
    SecretCheck(mistakes: mistakes).check(node, path: .root)
    let root = CheckedObject(node, path: .root, keys: ConfigKeys.pipeline, mistakes: mistakes)
    let name = root["pipeline"]?.string ?? ""
    if let node = root["pipeline"], name.isEmpty {
      mistakes.report("a name must not be empty", at: node.position, root.path(of: "pipeline"))
    }
    let area = AreaReader(folder: folder, mistakes: mistakes).read(root["area"], path: root.path(of: "area"))
    let dates = readDates(root["dates"], path: root.path(of: "dates"))
    var output = readOutput(root["output"], path: root.path(of: "output"), pipeline: name)
    let resources = ResourcesReader(mistakes: mistakes)
      .read(root["resources"], path: root.path(of: "resources"), over: Resources())
    let runMode = root["run_mode"]?.string.flatMap { RunMode(rawValue: $0) } ?? .local
    let clusterMode = StageModes.engine(of: node, pipeline: runMode)
    let clusters = ClusterReader(engine: clusterMode, mistakes: mistakes)
    let cluster = clusters.read(root["cluster"], path: root.path(of: "cluster"), root: node)
    clusters.check(output, root["output"], path: root.path(of: "output"), cluster, root: node)
    let (sensors, wrong) = SensorTableReader.read(root["sensors"], path: root.path(of: "sensors"))
    wrong.forEach(mistakes.report)
    let reader = SequenceReader(
      modules: modules, sensors: sensors, dates: dates, folder: folder, runMode: runMode,
      resources: resources,
      mistakes: mistakes)
    let path = root.path(of: "sequences")
    let drafts = (root["sequences"]?.array ?? []).enumerated().map { place, node in
      reader.read(node, path: path.appending(place))
    }
    if let node = root["output"]?["pictures"] {
      output.pictures = PicturesReader(mistakes: mistakes).read(
        node, path: root.path(of: "output").appending("pictures"), sequences: drafts.map(\.modules))
      clusters.checkPictures(node, path: root.path(of: "output").appending("pictures"))
    }
    for module in drafts.flatMap(\.modules) {
      if output.formats.contains(.zarr) { checkZarr(module) }
      clusters.check(module, folder: folder)
    }
    let ordered = SequenceOrder(mistakes: mistakes).ordered(drafts)
    let modes = StageModes(pipeline: runMode, cluster: clusterMode, mistakes: mistakes)
    var places: [[Int: RunMode]] = []
    var publishMode = runMode
    if mistakes.diagnostics.isEmpty {
      places = ordered.map(modes.stages)
      publishMode = modes.publishing(ordered)
    }
    guard mistakes.diagnostics.isEmpty else {
      return ConfigReading(file: file, config: nil, diagnostics: mistakes.sorted)
    }
    var config = PipelineConfig(
      name: name, file: file, folder: folder, area: area, dates: dates, output: output, resources: resources,
      runMode: runMode, sequences: ordered.map(\.config), resolved: .null)
    for (place, modes) in places.enumerated() { config.sequences[place].stageModes = modes }
    (config.publishMode, config.clusterMode) = (publishMode, clusterMode)
    config.sensors = sensors
    config.cluster = cluster
    config.resolved =
      ResolvedConfig(
        config: config, area: root["area"], sensors: root["sensors"], cluster: root["cluster"],
        sequences: ordered
      ).value
    config.warnings = warnings(ordered).map { $0.rendered(file: file) }
    return ConfigReading(file: file, config: config, diagnostics: [])
  }

  /// What is no mistake and yet hardly meant: modules that do nothing.
  private func warnings(_ sequences: [SequenceDraft]) -> [Diagnostic] {
    let warnings = Mistakes()
    for sequence in sequences {
      // Modules of the whole run are no steps of a graph.
      let modules = sequence.modules.filter { $0.draft.needsCube }
      let graph = Graph(sequence.config.members)
      for step in graph.masksWithoutEffect {
        guard let draft = modules.draft(of: graph.steps[step]) else { continue }
        warnings.report(
          "\"\(graph.steps[step].name)\" masks nothing: no module behind it computes from the scenes of dates",
          at: draft.namePosition, draft.path,
          suggestion:
            "put it before the modules whose pixels it is to reject; layers are masked with \"expression\"")
      }
      for (step, names) in graph.unusedOutputs {
        guard let draft = modules.draft(of: graph.steps[step]) else { continue }
        let them = names.count == 1 ? "it" : "them"
        warnings.report(
          "nothing uses \(names.map { "\"\($0)\"" }.joined(separator: ", ")), and "
            + "\(names.count == 1 ? "it is" : "they are") not saved",
          at: draft.namePosition, draft.path, suggestion: "take \(them) out, or add \"save\": true")
      }
      for step in graph.steps where step.isUnused {
        guard let draft = modules.draft(of: step) else { continue }
        warnings.report(
          "nothing uses the result of \"\(step.name)\", and it is not saved: it is not computed",
          at: draft.namePosition, draft.path, suggestion: "add \"save\": true, or take the module out")
      }
    }
    return warnings.sorted
  }

  /// Refuses to drop layers of arrays whose dimensions are made before anything is computed.
  private func checkZarr(_ module: MadeModule) {
    guard let reduction = module.config.module as? any ReductionModule, !reduction.neededInLayers.isEmpty,
      let node = module.draft.object["empty"]
    else { return }
    mistakes.report(
      "\"zarr\" cannot drop layers: its dimensions are made before it is known which are empty",
      at: node.position, module.draft.object.path(of: "empty"),
      suggestion: "leave out \"zarr\" from \"formats\", or write \"empty\": \"keep\"")
  }

  private func readDates(_ node: JSONNode?, path: JSONPath) -> ClosedRange<CalendarDate>? {
    guard let node else { return nil }
    let object = CheckedObject(node, path: path, keys: ConfigKeys.dates, mistakes: mistakes)
    let start = readDay(object, "start")
    let end = readDay(object, "end")
    guard let start, let end else { return nil }
    guard start <= end else {
      mistakes.report(
        "the end, \(end), is before the start, \(start)", at: object["end"]?.position ?? node.position,
        object.path(of: "end"))
      return nil
    }
    return start...end
  }

  private func readDay(_ object: CheckedObject, _ key: String) -> CalendarDate? {
    guard let node = object[key], let text = node.string else { return nil }
    if let date = CalendarDate(text) { return date }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let looksRight = parts.map(\.utf8.count) == [4, 2, 2] && parts.allSatisfy { Int($0) != nil }
    mistakes.report(
      looksRight
        ? "\"\(text)\" is not a valid day of the calendar"
        : "expected a day like \"2021-01-31\", found \"\(text)\"", at: node.position, object.path(of: key))
    return nil
  }

  private func readOutput(_ node: JSONNode?, path: JSONPath, pipeline: String) -> PipelineConfig.Output {
    var output = PipelineConfig.Output(location: "out/" + ConfigNames.folderName(from: pipeline))
    guard let node else { return output }
    let object = CheckedObject(node, path: path, keys: ConfigKeys.output, mistakes: mistakes)
    for key in ["location", "upload", "work"] where object[key]?.string == "" {
      mistakes.report(
        "\"\(key)\" must not be empty", at: object[key]?.position ?? node.position, object.path(of: key))
    }
    if let location = object["location"]?.string { output.location = location }
    if let formats = object["formats"]?.array {
      output.formats = []
      for (place, node) in formats.enumerated() {
        guard let format = node.string.flatMap({ OutputFormat(rawValue: $0) }) else { continue }
        if output.formats.contains(format) {
          mistakes.report(
            "\"\(format.rawValue)\" is here twice", at: node.position,
            object.path(of: "formats").appending(place))
        } else {
          output.formats.append(format)
        }
      }
    }
    if let level = object["deflate"]?.integer { output.deflateLevel = level }
    output.allowsEmpty = object["allow_empty"]?.bool ?? false
    if let layout = object["layout"] {
      output.layout = layout.string.flatMap(FileLayout.init(rawValue:)) ?? .perVariable
      if output.layout == .perDate, !output.formats.contains(.netcdf) {
        mistakes.report(
          "\"layout\" is about NetCDF files, and there are none", at: layout.position,
          object.path(of: "layout"),
          suggestion: "add \"netcdf\" to \"formats\"")
      }
    }
    output.work = object["work"]?.string
    output.upload = object["upload"]?.string
    output.deleteLocal = object["delete_local"]?.bool ?? false
    if output.deleteLocal, node["upload"] == nil, object["upload"] == nil, let node = object["delete_local"] {
      mistakes.report(
        "results would be removed without being anywhere else", at: node.position,
        object.path(of: "delete_local"), suggestion: "say where they go with \"upload\"")
    }
    if let node = object["work"], !VirtualPath.isRemote(output.location) {
      mistakes.report(
        "\"work\" would do nothing: the run works in its location, \"\(output.location)\"", at: node.position,
        object.path(of: "work"), suggestion: "leave it out, or give a location in an object store")
    }
    return output
  }
}

extension [MadeModule] {
  /// The module that a step of their graph is; nil for a step that the graph made for itself.
  fileprivate func draft(of step: Graph.Step) -> ModuleDraft? {
    step.member.flatMap { indices.contains($0) ? self[$0].draft : nil }
  }
}
