import Catalog
import Engine
import GDAL
import Geo

/// Finds the assets that hold the bands a sequence reads, and the grids they lie on.
struct SceneGeometry {
  /// One band of one scene, found.
  struct Band {
    let asset: SceneAsset
    /// The band's number in the asset, from 1.
    let number: Int
    let encoding: SampleEncoding
    let grid: Result<Grid, CellFailure>
  }

  /// GDAL's own limit for a raster's sides.
  private static let largestSide = Int(Int32.max)

  private var references: [String: Result<CoordinateReference, CellFailure>] = [:]

  /// The asset of a band: by key, then by the names its bands have in STAC.
  static func find(_ request: BandRequest, in scene: Scene) -> (asset: SceneAsset, number: Int)? {
    for alias in request.aliases {
      if let asset = scene.asset(alias) { return (asset, 1) }
    }
    for alias in request.aliases {
      for asset in scene.assets {
        if let index = asset.bands.firstIndex(where: { $0.name == alias || $0.commonName == alias }) {
          return (asset, index + 1)
        }
      }
    }
    let folded = Set(request.aliases.map { $0.lowercased() })
    return scene.assets.first { folded.contains($0.key.lowercased()) }.map { ($0, 1) }
  }

  /// A band of a scene.
  ///
  /// - Throws: `CellFailure` when the scene has no such asset.
  mutating func band(_ request: BandRequest, of scene: Scene) throws(CellFailure) -> Band {
    guard let (asset, number) = SceneGeometry.find(request, in: scene) else {
      let keys = scene.assets.map(\.key).joined(separator: ", ")
      throw CellFailure(
        "scene \"\(scene.id)\" has no asset for band \"\(request.name)\" (it has: \(keys)); \(scene.origin)")
    }
    let stac = asset.bands.indices.contains(number - 1) ? asset.bands[number - 1] : nil
    let known = SampleEncoding(nodata: stac?.nodata, scale: stac?.scale, offset: stac?.offset)
    var encoding = request.override.or(known)
    if request.isQuality { (encoding.scale, encoding.offset) = (1, 0) }
    let grid: Result<Grid, CellFailure>
    do throws(CellFailure) {
      grid = .success(try self.grid(of: asset, scene: scene, band: request.name))
    } catch {
      grid = .failure(error)
    }
    return Band(asset: asset, number: number, encoding: encoding, grid: grid)
  }

  /// The grid of an asset: as STAC says it, else as the file does.
  private mutating func grid(of asset: SceneAsset, scene: Scene, band: String) throws(CellFailure) -> Grid {
    let projection = asset.projection
    if let transform = projection.transform, let rows = projection.rows, let columns = projection.columns,
      rows > 0, columns > 0, let definition = projection.definition
    {
      guard rows <= SceneGeometry.largestSide, columns <= SceneGeometry.largestSide,
        abs(transform.pixelWidth * transform.pixelHeight - transform.rowShear * transform.columnShear) > 0
      else {
        throw CellFailure(
          "scene \"\(scene.id)\", band \"\(band)\": proj:shape and proj:transform of its STAC item describe no "
            + "raster: correct them, or leave them out")
      }
      return Grid(
        crs: try reference(definition, scene: scene), transform: transform, width: columns, height: rows)
    }
    do {
      let dataset = try RasterDataset(opening: asset.href)
      if let grid = dataset.info.grid { return named(grid, projection.definition, scene) }
    } catch {
      throw CellFailure(
        "scene \"\(scene.id)\", band \"\(band)\": \(FileFault.advising(error, path: asset.href))")
    }
    throw CellFailure(
      "scene \"\(scene.id)\", band \"\(band)\": \(asset.href) does not say where it lies (no geotransform or "
        + "coordinate system), and neither does its STAC item (proj:code, proj:transform, proj:shape)")
  }

  /// The same grid under the catalogue's name of its coordinate system, where the file gives none: "EPSG:32611"
  /// says more than a transverse Mercator projection on an unnamed datum.
  private mutating func named(_ grid: Grid, _ definition: String?, _ scene: Scene) -> Grid {
    guard grid.crs.authorityCode == nil, let definition,
      let known = try? reference(definition, scene: scene),
      CRSComparison.isSame(known, grid.crs)
    else { return grid }
    return Grid(crs: known, transform: grid.transform, width: grid.width, height: grid.height)
  }

  private mutating func reference(_ definition: String, scene: Scene) throws(CellFailure)
    -> CoordinateReference
  {
    if let known = references[definition] { return try known.get() }
    let parsed: Result<CoordinateReference, CellFailure>
    do {
      parsed = .success(try SpatialReference.parse(definition))
    } catch {
      parsed = .failure(
        CellFailure("scene \"\(scene.id)\": its coordinate system is not understood: \(error)"))
    }
    references[definition] = parsed
    return try parsed.get()
  }
}
