import Catalog
import Engine
import GDAL
import Geo
import Modules
import Storage

/// Lays rasters without a date on the grid of a sequence.
struct LayerPlacement {
  let sequence: SequenceConfig
  let grid: Grid
  /// The config's path.
  let file: String
  /// The config's folder, which paths are relative to.
  let folder: String
  let archive: RemoteArchive
  let connections: Int

  /// What was found: the rasters by the names of their variables, and what is worth a warning.
  typealias Found = (files: [String: BandSource], warnings: [String])

  /// - Throws: `PlanError` for a file that cannot be read, has no such band, or lies elsewhere.
  func place() async throws -> Found {
    let owned = sequence.modules.flatMap { module in
      ((module.module as? any LayerModule)?.layers ?? []).map { (module: module, layer: $0) }
    }
    let layers = owned.map(\.layer)
    var found: Found = ([:], [])
    guard !layers.isEmpty else { return found }
    let paths = layers.map { Href.resolve($0.file, inFolder: folder) }
    let names = paths.map { RasterHeaders.Name($0, variables: []) }
    let headers = try await RasterHeaders.open(names, in: archive, connections: connections)
    let placer = BandPlacer(grid: grid)
    for ((module, layer), name) in zip(owned, names) {
      func mistake(_ message: String) -> PlanError {
        module.mistake(
          "layer \"\(layer.band.name)\" (\(Secrets.hidden(in: layer.file))): \(message)", at: "file", in: file
        )
      }
      let subject =
        "sequence \"\(sequence.name)\", layer \"\(layer.band.name)\" (\(Secrets.hidden(in: layer.file)))"
      let info: RasterInfo
      do {
        guard let header = headers[name] else { continue }
        info = try header.get()
      } catch {
        throw mistake("\(error)")
      }
      guard (1...max(1, info.bands.count)).contains(layer.number) else {
        throw mistake("there is no band \(layer.number): the file has \(info.bands.count)")
      }
      guard let raster = info.grid else {
        throw mistake("the file does not say where it lies (no geotransform or coordinate system)")
      }
      switch placer.place(raster, resampling: layer.resampling) {
      case .failure(let obstacle): throw mistake("\(obstacle)")
      case .success(let placement):
        guard let part = placement.window.intersection(grid.window) else {
          throw mistake(
            "it does not reach the area \(grid.bounds.array) (\(grid.crs.name)): it is \(raster.summary)")
        }
        if part != grid.window {
          let share = Double(part.count) / Double(grid.window.count) * 100
          found.warnings.append(
            "\(subject): it covers at most \((share * 10).rounded(.down) / 10) % of the area; it is missing elsewhere"
          )
        }
        var warp: BandWarp?
        if case .warp(_, let needed) = placement { warp = needed }
        found.files[layer.band.name] = .file(
          BandFile(
            scene: layer.file, band: layer.band.name, path: name.location, number: layer.number,
            isNumberStated: true, encoding: layer.band.override, fallback: layer.band.fallback,
            placement: placement.window, warp: warp, marksMissing: warp != nil))
      }
    }
    return found
  }
}
