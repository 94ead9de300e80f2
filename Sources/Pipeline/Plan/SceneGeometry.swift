import Catalog
import Engine
import GDAL
import Geo
import Modules
import Storage

/// Finds the assets that hold the bands a sequence reads, and the grids they lie on.
struct SceneGeometry {
  /// One band of one scene, found.
  struct Band {
    let asset: SceneAsset
    /// The file it is read from.
    let location: String
    /// The band's number in the asset, from 1.
    let number: Int
    /// Whether the catalogue lists several bands of the asset, so that the number says which is meant.
    let isNumberStated: Bool
    /// What the band may be called in a file of several variables.
    let variables: [String]
    let encoding: SampleEncoding
    /// What holds when neither the config nor the catalogue nor the file says anything.
    let fallback: SampleEncoding
    let grid: Result<Grid, CellFailure>
  }

  /// GDAL's own limit for a raster's sides.
  private static let largestSide = Int(Int32.max)

  /// What was found of the offsets that processing adds.
  private(set) var offsets = ProcessingOffsets()
  private let download: Download
  /// What was read of files whose place no catalogue tells, by location.
  private let headers: [RasterHeaders.Name: Result<RasterInfo, GDALError>]
  private var references: [String: Result<CoordinateReference, CellFailure>] = [:]

  /// - Parameters:
  ///   - download: what the scenes come from, which knows how products call and store their bands.
  ///   - headers: what was read of the files of `unknown`.
  init(_ download: Download, headers: [RasterHeaders.Name: Result<RasterInfo, GDALError>] = [:]) {
    self.download = download
    self.headers = headers
  }

  /// The locations of files that have to say themselves where they lie.
  static func unknown(
    _ requests: [BandRequest], of scenes: [Scene], _ download: Download
  ) -> [RasterHeaders.Name] {
    var names: Set<RasterHeaders.Name> = []
    for scene in scenes {
      for request in requests {
        let request = download.request(request, in: scene.collection)
        guard let asset = find(request, in: scene)?.asset, !isPlaced(asset) else { continue }
        names.insert(RasterHeaders.Name(asset.location, variables: variables(request, asset)))
      }
    }
    return names.sorted()
  }

  /// Whether the catalogue says where an asset's raster lies.
  private static func isPlaced(_ asset: SceneAsset) -> Bool {
    let projection = asset.projection
    return projection.transform != nil && projection.rows ?? 0 > 0 && projection.columns ?? 0 > 0
      && projection.definition != nil
  }

  /// The asset of a band: by key, then by the names its bands have in STAC.
  static func find(_ request: BandRequest, in scene: Scene) -> (asset: SceneAsset, number: Int)? {
    for alias in request.aliases {
      if let asset = scene.asset(alias) { return (asset, 1) }
    }
    for alias in request.aliases {
      var found: [(asset: SceneAsset, number: Int)] = []
      for asset in scene.assets {
        if let index = asset.bands.firstIndex(where: { $0.name == alias || $0.commonName == alias }) {
          found.append((asset, index + 1))
        }
      }
      // The first of the best: a catalogue may have a band as COG and as JPEG 2000, and in a picture besides.
      if let best = found.min(by: { $0.asset.unfitness < $1.asset.unfitness }) { return best }
    }
    let folded = Set(request.aliases.map { $0.lowercased() })
    return scene.assets.first { folded.contains($0.key.lowercased()) }.map { ($0, 1) }
  }

  /// What a band may be called in a file of several variables: as the config, the sensor and the asset call it.
  private static func variables(_ request: BandRequest, _ asset: SceneAsset) -> [String] {
    var names: [String] = []
    // A part of a file that the catalogue names is the one.
    if let part = ScientificFormat.remotePart(asset.href)?.part { return [part] }
    for name in request.aliases + [request.name, asset.key] where !names.contains(name) { names.append(name) }
    return names
  }

  /// A band of a scene.
  ///
  /// - Throws: `CellFailure` when the scene has no such asset.
  mutating func band(_ request: BandRequest, of scene: Scene) throws(CellFailure) -> Band {
    let request = download.request(request, in: scene.collection)
    guard let (asset, number) = SceneGeometry.find(request, in: scene) else {
      let keys = scene.assets.map(\.key).joined(separator: ", ")
      throw CellFailure(
        "scene \"\(scene.id)\" has no asset for band \"\(request.name)\" (it has: \(keys)); \(scene.origin)")
    }
    let stac = asset.bands.indices.contains(number - 1) ? asset.bands[number - 1] : nil
    var known = SampleEncoding(nodata: stac?.nodata, scale: stac?.scale, offset: stac?.offset)
    var fallback = request.fallback
    if let (product, finding) = download.processing(
      of: request, collection: scene.collection, properties: scene.properties, id: scene.id)
    {
      offsets.apply(
        finding, of: product, scene: scene.id, isOverridden: request.override.scale != nil, known: &known,
        fallback: &fallback)
    }
    var encoding = request.override.or(known)
    if request.isQuality { (encoding.scale, encoding.offset) = (1, 0) }
    let grid: Result<Grid, CellFailure>
    do throws(CellFailure) {
      grid = .success(
        try self.grid(
          of: asset, variables: SceneGeometry.variables(request, asset), scene: scene, band: request.name))
    } catch {
      grid = .failure(error)
    }
    return Band(
      asset: asset, location: asset.location, number: number, isNumberStated: asset.bands.count > 1,
      variables: SceneGeometry.variables(request, asset), encoding: encoding,
      fallback: fallback, grid: grid)
  }

  /// The grid of an asset: as STAC says it, else as the file does.
  private mutating func grid(
    of asset: SceneAsset, variables: [String], scene: Scene, band: String
  ) throws(CellFailure) -> Grid {
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
    do throws(GDALError) {
      let info = try info(of: RasterHeaders.Name(asset.location, variables: variables))
      if let grid = info.grid { return named(grid, projection.definition, scene) }
      if let grid = completed(info, by: projection, scene) { return grid }
    } catch {
      throw CellFailure(
        "scene \"\(scene.id)\", band \"\(band)\": \(FileFault.advising(error, path: asset.href))")
    }
    throw CellFailure(
      "scene \"\(scene.id)\", band \"\(band)\": \(Secrets.hidden(in: asset.href)) does not say where it lies (no geotransform or "
        + "coordinate system), and neither does its STAC item (proj:code, proj:transform, proj:shape)")
  }

  /// Where a file lies that says it only in part: what it leaves out the catalogue says.
  private mutating func completed(
    _ info: RasterInfo, by projection: AssetProjection, _ scene: Scene
  ) -> Grid? {
    let stated = projection.definition.flatMap { try? reference($0, scene: scene) }
    guard let crs = info.crs ?? stated, let transform = info.transform ?? projection.transform,
      transform.pixelArea > 0
    else { return nil }
    return Grid(crs: crs, transform: transform, width: info.width, height: info.height)
  }

  private func info(of name: RasterHeaders.Name) throws(GDALError) -> RasterInfo {
    if let known = headers[name] { return try known.get() }
    return try RasterDataset(opening: name.location, variables: name.variables).info
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

extension SceneAsset {
  /// The file: for a part of a file on a server, that file.
  var location: String { ScientificFormat.remotePart(href)?.file ?? href }

  /// How little an asset is fit to be read for one of its bands, among assets that all have it.
  fileprivate var unfitness: Int {
    let isPicture = !roles.allSatisfy { !["visual", "overview", "thumbnail"].contains($0) }
    let isJPEG2000 = mediaType?.hasPrefix("image/jp2") ?? href.lowercased().hasSuffix(".jp2")
    return (isPicture ? 2 : 0) + (isJPEG2000 ? 1 : 0)
  }
}
