internal import Catalog
import Engine
import GDAL
import Geo
import JSON
import Modules
internal import Raster

/// What a plan is checked for before it is carried out.
extension PipelinePlanner {
  /// What to say of modules that look farther than a chunk is wide: most of what is read for a chunk is not its own.
  func wideFilters(_ sequence: SequenceConfig, _ plan: SequencePlan) -> [String] {
    let (width, height) = (plan.layout.chunkWidth, plan.layout.chunkHeight)
    guard plan.layout.count > 1 else { return [] }
    return sequence.modules.compactMap { module in
      let radius =
        (module.module as? any NeighbourhoodModule)?.radius ?? (module.module as? any MaskModule)?.halo ?? 0
      guard radius > min(width, height) else { return nil }
      if radius == Neighbourhood.wholeGrid {
        return module.placed(
          "\"\(module.name)\" looks at the whole grid: it is read and computed for each of \(plan.layout.count) chunks; "
            + "give larger chunks (\"resources\": { \"chunk\": [rows, columns] }) or more \"memory\"",
          in: config.file)
      }
      let computed = (0..<plan.layout.count).reduce(0) { sum, chunk in
        let wide = plan.layout.window(plan.layout.index(chunk)).grown(by: radius)
        return sum + (wide.intersection(plan.grid.window)?.count ?? 0)
      }
      // No chunk looks at more than the grid: of two all pixels are computed twice at most.
      let times = Double(computed) / Double(plan.grid.window.count)
      guard times > 2 else { return nil }
      let wider = min(max(2 * radius, width), plan.grid.width)
      let higher = min(max(2 * radius, height), plan.grid.height)
      return module.placed(
        "\"\(module.name)\" looks \(radius) pixels far, and chunks are \(width) × \(height): "
          + "\(times < 10 ? "\((times * 10).rounded() / 10)" : "\(Int(times.rounded()))") times the grid's pixels are computed; "
          + "give larger chunks (\"resources\": { \"chunk\": [\(higher), \(wider)] }) or more \"memory\"",
        in: config.file)
    }
  }

  /// Variables of one picture have the same layers.
  static func check(_ pictures: PictureSettings, of plan: SequencePlan) throws {
    for composite in pictures.composites {
      let products = composite.bands.compactMap { band in
        plan.products.first { $0.isPublished && $0.variable.name == band }
      }
      guard products.count == composite.bands.count, Set(products.map(\.period)).count > 1 else { continue }
      let periods = products.map { "\"\($0.variable.name)\" has \"\($0.period.name)\"" }
      throw PlanError(
        "$.output.pictures.\(composite.name): a picture of three bands needs layers of one period: "
          + periods.joined(separator: ", "), isConfigMistake: true)
    }
  }

  /// A band that no scene at all has is a mistake in the config; one that some lack is a loss of theirs.
  static func check(
    _ download: Download, _ scenes: [Scene], sequence: SequenceConfig, file: String
  ) throws {
    let isThere = { (band: BandRequest, scene: Scene) in
      SceneGeometry.find(download.request(band, in: scene.collection), in: scene) != nil
    }
    for band in download.bands where !scenes.contains(where: { isThere(band, $0) }) {
      var names: [String] = []
      for asset in scenes.flatMap(\.assets) where !names.contains(asset.key) { names.append(asset.key) }
      let nearest = NearestName.best(for: band.name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
      let members = sequence.modules.filter { !($0.module is any WholeRunModule) }
      let graph = Graph(sequence.members)
      let step = graph.reader(ofBand: band.name).flatMap { graph.steps[$0].member }
      let reader = step.map { members[$0] } ?? members.first
      let message =
        "no scene of sequence \"\(sequence.name)\" has a band \"\(band.name)\" (they have: "
        + names.joined(separator: ", ") + ")" + nearest + granuleAdvice(download, scenes)
      throw reader?.mistake(message, naming: band.name, in: file) ?? PlanError(message, isConfigMistake: true)
    }
  }

  /// What to do where a catalogue's scenes have a file of NetCDF each: its variables are bands only of granules.
  static func granuleAdvice(_ download: Download, _ scenes: [Scene]) -> String {
    let areFiles = scenes.allSatisfy { scene in
      scene.assets.contains { GranuleFolder.isGranule(String($0.href.prefix { $0 != "?" })) }
    }
    guard download.regridding == nil, areFiles, !scenes.contains(where: \.isSwath) else { return "" }
    return
      "; the scenes' files (.nc, .h5) are read as granules, with their variables as bands, where \"download\" has "
      + "\"regrid\": \"nearest\" (or \"bilinear\", \"bin\", \"area\")"
  }

  // MARK: Scenes
}
