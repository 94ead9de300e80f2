internal import Catalog
import Engine
import GDAL
import Geo
import JSON
import Modules
internal import Raster

/// Turns a config into a plan: finds the scenes, chooses grid and chunks, lays every band on the grid.
///
/// Reads catalogues and the headers of files whose place the catalogue does not tell; no pixels.
public struct PipelinePlanner: Sendable {
  let config: PipelineConfig
  /// What an earlier run of the same config decided; nil to decide anew.
  private let recorded: RecordedPlan?

  public init(_ config: PipelineConfig) {
    self.init(config, recorded: nil)
  }

  init(_ config: PipelineConfig, recorded: RecordedPlan?) {
    self.config = config
    self.recorded = recorded
  }

  /// Plans every sequence.
  ///
  /// - Throws: `PlanError`, `CatalogError`, `GDALError`.
  public func plan() async throws -> PipelinePlan {
    GDALLibrary.setUp(cacheBytes: ChunkPlanner.readerBytes - (16 << 20))
    var notes: [String] = []
    var warnings = config.warnings
    var sequences: [PlannedSequence] = []
    for sequence in config.sequences {
      guard let download = sequence.modules.lazy.compactMap({ $0.module as? Download }).first else {
        sequences.append(PlannedSequence(config: sequence, plan: nil, scenes: [], search: .null))
        continue
      }
      sequences.append(try await plan(sequence, download, &notes, &warnings))
    }
    return PipelinePlan(
      config: config, sequences: sequences, notes: notes, warnings: warnings)
  }

  private func plan(
    _ sequence: SequenceConfig, _ download: Download, _ notes: inout [String], _ warnings: inout [String]
  ) async throws -> PlannedSequence {
    let search = try search(download)
    let found = try await scenes(sequence, download, search, &notes, &warnings)
    try PipelinePlanner.check(download, found.scenes, sequence: sequence, file: config.file)
    var (sequence, download) = (sequence, download)
    sequence = try FlagNaming(sequence: sequence, download: download, file: config.file)
      .named(by: found.scenes, &notes)
    let flagNames = sequence.modules.compactMap { $0.module as? CloudMask }.flatMap(\.flagNames)
    try GranuleKeys(file: config.file).check(sequence, found.scenes)
    if found.scenes.contains(where: \.isSwath) {
      try SwathMasks(file: config.file).move(&sequence, &download, found.scenes)
    }
    // Lengths on the ground become pixels when the grid is known; until then what is read is all that counts.
    let draft = CompiledGraph(Graph(sequence.members))
    let program = draft.programs[0]
    try PipelinePlanner.checkNames(of: draft, sequence: sequence.name)
    let archive = RemoteArchive(download.access)
    let resources = sequence.modules.first?.resources ?? config.resources
    let connections = resources.connections > 0 ? resources.connections : Resources.usualConnections
    let units = UnitCheck(sequence)
    var geometry = SceneGeometry(download)
    // A run that is continued asks no server again whose catalogue was right.
    let isSampled =
      recorded.map { $0.scenes[sequence.name] == nil || $0.disagreeing.contains(sequence.name) } ?? true
    let asked = geometry.filesToAsk(
      program.bands, of: found.scenes, inUnits: units.bands, isSampled: isSampled)
    geometry.add(
      try await RasterHeaders.open(
        asked.unplaced.sorted(), in: archive, connections: connections, isCopying: download.mode == .copy))
    geometry.add(
      try await RasterHeaders.open(
        asked.others.subtracting(asked.unplaced).sorted(), in: archive, connections: connections))
    geometry.add(
      try await RasterHeaders.open(
        geometry.furtherFilesToAsk(asked), in: archive, connections: connections))
    var located = found.scenes.map { scene in
      LocatedScene(scene: scene, bands: program.bands.map { Self.locate($0, scene, &geometry) })
    }
    located = try units.checked(located, geometry)
    try Self.checkResampling(download, program, sequence: sequence.name)
    try await SwathPlacement.prepare(found.scenes, download, sequence: sequence.name)
    let (wanted, grid) = try cut(located, program: program, download, sequence: sequence.name)
    located = wanted
    let sized = try GroundSizes(grid: grid, file: config.file).applied(to: sequence)
    let scenes = located.map(\.scene)
    var graph = Graph(sized.members)
    if let description = SwathDescription(scenes, download) { graph.describe(description.described) }
    let compiled = CompiledGraph(graph)
    let prefix = "sequence \"\(sequence.name)\": "
    notes += geometry.offsets.notes.map { prefix + $0 }
    warnings += geometry.disagreements.warnings.map { prefix + $0 }
    warnings += found.lost.map { prefix + "an item cannot be used: \($0)" }
    let timeSteps = try timeSteps(located, program: program, grid: grid, download, sequence.name, &notes)
    if download.mode == .copy, let note = Self.checksumNote(timeSteps, scenes, download.copying) {
      notes.append("sequence \"\(sequence.name)\": \(note)")
    }
    let layers = try await LayerPlacement(
      sequence: sequence, grid: grid, file: config.file, folder: config.folder, archive: archive,
      connections: connections
    ).place()
    warnings += layers.warnings
    let numbers = try numbers(of: sequence, timeSteps: timeSteps, grid: grid)
    warnings += numbers.warnings
    let areas = try Self.areas(of: compiled, grid: grid, sequence: sequence.name)
    let isStreamed =
      download.mode == .stream && Self.isRemote(timeSteps)
      || layers.files.values.contains { $0.file.map { VirtualPath.isRemote($0.path) } ?? false }
    let chunk = recorded?.chunks[sequence.name] ?? resources.chunk
    try LayerCheck(memory: resources.memory).check(
      compiled.products.map(\.period), dates: timeSteps.map(\.date), within: config.dates,
      sequence: sequence.name)
    // A run that is continued asks no server for it.
    let block = chunk == .auto || !isStreamed ? try await Self.block(of: timeSteps, in: archive) : nil
    var planner = ChunkPlanner(
      compiled: compiled, grid: grid, timeSteps: timeSteps, range: config.dates,
      workers: resources.threads > 0 ? resources.threads : Machine.cores,
      connections: isStreamed ? connections : 0, memory: resources.memory,
      sourceBlock: block,
      files: timeSteps.reduce(0) { $0 + $1.scenes.count * program.bands.count },
      isWarped: layers.files.values.contains { $0.file?.warp != nil }
        || timeSteps.contains {
          $0.scenes.contains { $0.bands.contains { $0.file?.warp != nil || $0.file?.swath != nil } }
        },
      isUploaded: config.output.upload != nil || VirtualPath.isRemote(config.output.location),
      makesGeoTIFFs: config.output.formats.contains(.cog),
      sceneBytes: Self.sceneBytes(scenes, bands: program.bands.count))
    planner.swath = SwathMemory(scenes, timeSteps, grid: grid)
    planner.layerFiles = layers.files
    planner.tables = TableNeeds(
      compiled.tables.map { ($0.module, areas[$0.name] ?? []) }, layers: max(timeSteps.count, 12))
    let isRecorded = recorded?.chunks[sequence.name] != nil
    let (layout, memory) = try isRecorded ? planner.recordedLayout(chunk) : planner.layout(chunk)
    var plan = SequencePlan(
      name: sequence.name, collection: Self.collection(of: scenes), grid: grid, layout: layout,
      timeSteps: timeSteps, range: config.dates, compiled: compiled, memory: memory, layerFiles: layers.files,
      numbers: numbers.values, areas: areas)
    if let block { plan.order = EdgeBlocks(layout, timeSteps, program, block).order }
    warnings += wideFilters(sequence, plan)
    warnings += plan.tables.compactMap { table in
      let outside = table.outside
      guard !outside.isEmpty else { return nil }
      let named = outside.prefix(5).map { "\"\($0)\"" }.joined(separator: ", ")
      let more = outside.count > 5 ? " and \(outside.count - 5) more" : ""
      return
        "sequence \"\(sequence.name)\", table \"\(table.name)\": \(outside.count) of \(table.features.count) "
        + "features lie outside the area and have no values: \(named)\(more)"
    }
    guard plan.mistakes.isEmpty else {
      throw PlanError(
        plan.mistakes.map { $0.rendered(file: config.file) }.joined(separator: "\n"), isConfigMistake: true)
    }
    try Self.check(config.output.pictures, of: plan)
    for product in plan.products
    where product.isPublished && config.output.pictures.animated.contains(product.variable.name)
      && plan.layerLabels(of: product).count < 2
    {
      notes.append(prefix + "\"\(product.variable.name)\" has one layer, of which there is no animation")
    }
    let places = PixelPlaces(sequence: sequence, grid: grid)
    plan.positions = try places.positions()
    plan.isGroupedByDate = config.output.layout == .perDate
    plan.flagNames = flagNames
    let gaps = try places.gaps(timeSteps: timeSteps, positions: plan.positions)
    warnings += gaps.prefix(3).map { prefix + "a loss on \($0.date): \($0.reason)" }
    if gaps.count > 3 { warnings.append(prefix + "\(gaps.count - 3) more losses of this kind") }
    var planned = PlannedSequence(
      config: sized, plan: plan, scenes: scenes, lost: found.lost,
      disagrees: !geometry.disagreements.warnings.isEmpty, search: search.parameters)
    planned.gaps = gaps
    planned.notes = found.notes
    planned.deflateLevel = config.output.deflateLevel
    // Shards keep their chunks as long as the run lasts.
    planned.shardCut =
      ShardCut(recorded?.sequences[sequence.name]?["shards"], chunks: layout.count)
      ?? ShardCut(plan, block: block)
    return planned
  }

  /// The numbers that modules give for time steps, by variable and label, and what they say is missing.
  private func numbers(
    of sequence: SequenceConfig, timeSteps: [TimeStep], grid: Grid
  ) throws -> (values: [String: [String: Double]], warnings: [String]) {
    var numbers: [String: [String: Double]] = [:]
    var warnings: [String] = []
    for entry in sequence.modules {
      guard let module = entry.module as? any NumberModule else { continue }
      let steps = StagePlan.numberSteps(of: module.period, timeSteps: timeSteps, range: config.dates)
      do {
        let box =
          grid.crs.isGeographic
          ? grid.bounds
          : try SpatialReference.transform(
            grid.bounds, from: grid.crs, to: SpatialReference.parse("EPSG:4326"), densify: 21)
        let result = try module.numbers(of: steps, over: grid, within: box)
        for (variable, values) in zip(module.outputs, result.values) {
          numbers[variable.name] = Dictionary(
            zip(steps.map(\.label), values), uniquingKeysWith: { first, _ in first })
        }
        warnings += result.warnings.map { "sequence \"\(sequence.name)\", module \"\(entry.name)\": \($0)" }
      } catch {
        throw PlanError(
          "sequence \"\(sequence.name)\", module \"\(entry.name)\": \(error)", isConfigMistake: true)
      }
    }
    return (numbers, warnings)
  }

  /// The areas of tables, by the tables' names.
  private static func areas(
    of compiled: CompiledGraph, grid: Grid, sequence: String
  ) throws -> [String: [TableArea]] {
    var areas: [String: [TableArea]] = [:]
    for table in compiled.tables {
      if let mistake = ConfigNames.mistake(inVariableName: table.name) {
        throw PlanError(
          "sequence \"\(sequence)\", table \"\(table.name)\": \(mistake)", isConfigMistake: true)
      }
      do {
        let found = try table.module.areas(on: grid)
        areas[table.name] = found.filter { $0.window.intersection(grid.window) == $0.window }
      } catch {
        throw PlanError(
          "sequence \"\(sequence)\", table \"\(table.name)\": \(error)", isConfigMistake: true)
      }
    }
    return areas
  }

  /// What scenes take as long as a run goes on, beyond the 16 MiB that every plan has room for: their items as text and
  /// as values, and what the plan knows of each band.
  static func sceneBytes(_ scenes: [Scene], bands: Int) -> Int {
    max(0, scenes.reduce(0) { $0 + $1.documentBytes * 2 + 2048 + bands * 800 } - (16 << 20))
  }

  /// Names of what is written become paths: however a program came about, nothing else may.
  static func checkNames(of compiled: CompiledGraph, sequence: String) throws {
    for product in compiled.products {
      guard let mistake = ConfigNames.mistake(inVariableName: product.variable.name) else { continue }
      throw PlanError(
        "sequence \"\(sequence)\", module \"\(product.module)\": what is written bears its name: \(mistake)",
        isConfigMistake: true)
    }
  }

  private func search(_ download: Download) throws -> SceneSearch {
    var query: [PropertyQuery] = []
    if let node = download.query { query = PropertyQuery.read(node, path: .root).queries }
    let condition = download.filter.flatMap { CQL2Filter.read($0, path: .root).filter }
    var area: SearchArea?
    if case .geometry(let polygons, _) = config.area {
      area = .polygons(polygons)
    } else if let box = try GridPlanner.searchBox(of: config.area) {
      area = .boxes([box])
    }
    var search = SceneSearch(
      collections: download.collections, ids: download.ids, area: area, dates: config.dates, query: query,
      condition: condition, sort: download.sort.compactMap { SceneSort($0) }, limit: download.limit)
    search.days = try Self.grouping(of: download)
    if search.days == .solarDay, let box = area.flatMap({ LonLatPolygon.bounds(of: $0.polygons) }) {
      let middle = (box.minX + box.maxX + (box.minX > box.maxX ? 360 : 0)) / 2
      search.dayLongitude = middle > 180 ? middle - 360 : middle
    }
    return search
  }

  /// The scenes as they were found when the run was begun, else found now.
  private func scenes(
    _ sequence: SequenceConfig, _ download: Download, _ search: SceneSearch, _ notes: inout [String],
    _ warnings: inout [String]
  ) async throws -> (scenes: [Scene], lost: [String], notes: [String]) {
    if let scenes = recorded?.scenes[sequence.name] {
      return (scenes, recorded?.lost[sequence.name] ?? [], recorded?.notes[sequence.name] ?? [])
    }
    let found = try await SceneFinder(
      sequence: sequence.name, download: download, search: search, folder: config.folder,
      limits: CatalogLimits(memory: config.resources.memory)
    ).find()
    notes += found.notes
    warnings += found.warnings
    return (found.scenes, found.lost, found.notes)
  }

  /// The scenes' collection, or all of them: "hls-l30, hls-s30"; nil when no scene names one.
  private static func collection(of scenes: [Scene]) -> String? {
    let names = Set(scenes.compactMap(\.collection)).sorted()
    return names.isEmpty ? nil : names.joined(separator: ", ")
  }

  /// What to say of checksums of files to be copied whole.
  private static func checksumNote(
    _ timeSteps: [TimeStep], _ scenes: [Scene], _ copying: Download.Copying
  ) -> String? {
    let files = Set(
      timeSteps.flatMap(\.scenes).flatMap(\.bands).compactMap(\.file)
        .filter { copying == .assets || $0.warp != nil }.map(\.path))
    return FileExpectation.note(
      FileExpectation.all(of: scenes).lazy.filter { files.contains($0.key) }.map(\.value))
  }

  private static func isRemote(_ timeSteps: [TimeStep]) -> Bool {
    timeSteps.contains { timeStep in
      timeStep.scenes.contains { scene in
        scene.bands.contains {
          if case .file(let file) = $0 { VirtualPath.isRemote(file.path) } else { false }
        }
      }
    }
  }

  /// The compressed blocks of the first files that can be opened.
  static func block(of timeSteps: [TimeStep], in archive: RemoteArchive) async throws -> SourceBlocks? {
    var names: [RasterHeaders.Name] = []
    for timeStep in timeSteps.prefix(8) {
      for scene in timeStep.scenes {
        // A resampled raster's blocks do not lie along the grid.
        for case .file(let file) in scene.bands where file.warp == nil && file.swath == nil {
          names.append(RasterHeaders.Name(file.path, variables: file.variables))
        }
      }
    }
    // A scene's bands may differ in sample type; servers are asked for one.
    let first = isRemote(timeSteps) ? 1 : timeSteps.first?.scenes.first?.bands.count ?? 1
    // More are looked at together: where no server answers, one after the other would take many minutes.
    for part in [names.prefix(first), names.dropFirst(first).prefix(16)] {
      let headers = try await RasterHeaders.open(Array(part), in: archive, connections: part.count)
      if let found = SourceBlocks(part.compactMap { try? headers[$0]?.get() }) { return found }
    }
    return nil
  }
}
