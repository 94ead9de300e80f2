import Catalog
import Engine
import GDAL
import Geo
import Modules
import Raster
import Storage

/// Finds the assets that hold the bands a sequence reads, and the grids they lie on.
struct SceneGeometry {
  /// One band of one scene, found.
  struct Band {
    /// As the config calls it.
    let name: String
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
  /// What was read of files, by location.
  private var headers: [RasterHeaders.Name: Result<RasterInfo, GDALError>] = [:]
  private var references: [String: CoordinateReference?] = [:]
  /// Where catalogue and files disagree.
  private(set) var disagreements = GridDisagreements()

  /// - Parameter download: what the scenes come from, which knows how products call and store their bands.
  init(_ download: Download) {
    self.download = download
  }

  /// Takes in what was read of files.
  mutating func add(_ found: [RasterHeaders.Name: Result<RasterInfo, GDALError>]) {
    headers.merge(found) { $1 }
  }

  /// The asset of a band: by key, then by the names its bands have in STAC; one that can be read, if there is one.
  static func find(_ request: BandRequest, in scene: Scene) -> (asset: SceneAsset, number: Int)? {
    let sound = scene.assets.filter { $0.flaw == nil }
    return find(request, among: sound)
      ?? (sound.count < scene.assets.count ? find(request, among: scene.assets) : nil)
  }

  private static func find(
    _ request: BandRequest, among assets: [SceneAsset]
  ) -> (asset: SceneAsset, number: Int)? {
    for alias in request.aliases {
      if let asset = assets.first(where: { $0.key == alias }) { return (asset, 1) }
    }
    for alias in request.aliases {
      var found: [(asset: SceneAsset, number: Int)] = []
      for asset in assets {
        if let index = asset.bands.firstIndex(where: { $0.name == alias || $0.commonName == alias }) {
          found.append((asset, index + 1))
        }
      }
      // The first of the best: a catalogue may have a band as COG and as JPEG 2000, and in a picture besides.
      if let best = found.min(by: { $0.asset.unfitness < $1.asset.unfitness }) { return best }
    }
    let folded = Set(request.aliases.map { $0.lowercased() })
    return assets.first { folded.contains($0.key.lowercased()) }.map { ($0, 1) }
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
  /// - Throws: `CellFailure` when the scene has no such asset, or one that cannot be read.
  mutating func band(_ request: BandRequest, of scene: Scene) throws(CellFailure) -> Band {
    let request = download.request(request, in: scene.collection)
    guard let (asset, number) = SceneGeometry.find(request, in: scene) else {
      let keys = scene.assets.map(\.key).joined(separator: ", ")
      // The item of a granule is made from its file.
      let origin = scene.isSwath ? scene.assets.first?.location ?? "" : scene.origin
      throw CellFailure(
        "scene \"\(scene.id)\" has no asset for band \"\(request.name)\" (it has: \(keys)); \(origin)")
    }
    if let flaw = asset.flaw {
      throw CellFailure("scene \"\(scene.id)\", band \"\(request.name)\": \(flaw)")
    }
    let (encoding, fallback) = encoding(of: request, asset: asset, number: number, scene: scene)
    let grid: Result<Grid, CellFailure>
    do throws(CellFailure) {
      grid = .success(
        try self.grid(
          of: asset, variables: SceneGeometry.variables(request, asset), scene: scene, band: request.name))
    } catch {
      grid = .failure(error)
    }
    return Band(
      name: request.name, asset: asset, location: asset.location, number: number,
      isNumberStated: asset.bands.count > 1, variables: SceneGeometry.variables(request, asset),
      encoding: encoding,
      fallback: fallback, grid: grid)
  }

  /// What the stored numbers of a band mean: as config and catalogue say, and as the handbook says where nobody does.
  private mutating func encoding(
    of request: BandRequest, asset: SceneAsset, number: Int, scene: Scene
  ) -> (encoding: SampleEncoding, fallback: SampleEncoding) {
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
    return (encoding, fallback)
  }

  /// Why the unit of a band's numbers is not known: whole numbers that nobody gives a scale; nil where it is, and where
  /// the file cannot be read.
  func unknownUnit(of band: Band) -> String? {
    guard band.encoding.scale == nil, band.encoding.offset == nil, band.fallback.scale == nil,
      let info = try? headers[RasterHeaders.Name(band.location, variables: band.variables)]?.get(),
      info.bands.indices.contains(band.number - 1)
    else { return nil }
    let stored = info.bands[band.number - 1]
    guard stored.scale == nil, stored.offset == nil, stored.type.isInteger else { return nil }
    return "\(Secrets.hidden(in: band.asset.href)) holds whole numbers (\(stored.type)) without a scale"
  }

  /// The grid of an asset: as the file says it where the file was asked, else as STAC does.
  private mutating func grid(
    of asset: SceneAsset, variables: [String], scene: Scene, band: String
  ) throws(CellFailure) -> Grid {
    let name = RasterHeaders.Name(asset.location, variables: variables)
    let claimed = claim(of: asset)
    // What is claimed of a granule was taken from its own navigation.
    if let claimed, download.trust == .catalogue || scene.isSwath { return claimed }
    if let claimed {
      guard let own = try? headers[name]?.get().grid, own.flaw == nil, !own.isSame(as: claimed) else {
        return claimed
      }
      disagreements.add(scene: scene.id, band: band, file: own, catalogue: claimed)
      return named(own, asset.projection)
    }
    do throws(GDALError) {
      let info = try info(of: name)
      if let grid = info.grid ?? completed(info, by: asset.projection) {
        guard let flaw = grid.flaw else { return named(grid, asset.projection) }
        throw GDALError(.open, file: asset.href, message: "the raster \(flaw)")
      }
    } catch {
      throw CellFailure(
        "scene \"\(scene.id)\", band \"\(band)\": \(FileFault.advising(error, path: asset.href))"
          + misunderstood(asset.projection))
    }
    throw CellFailure(
      "scene \"\(scene.id)\", band \"\(band)\": \(Secrets.hidden(in: asset.href)) does not say where it lies (no geotransform or "
        + "coordinate system), and neither does its STAC item (proj:code, proj:transform or proj:bbox, proj:shape)"
        + misunderstood(asset.projection))
  }

  /// What the catalogue says of a grid and nobody understands, for a message.
  private mutating func misunderstood(_ projection: AssetProjection) -> String {
    guard !projection.definitions.isEmpty else { return "" }
    if reference(projection) != nil {
      return projection.transform == nil && projection.rows == nil && projection.bounds == nil
        ? "" : "; proj:transform and proj:shape of its STAC item describe no raster"
    }
    let shown = projection.definitions.map { $0.count > 40 ? "\"\($0.prefix(40))…\"" : "\"\($0)\"" }
    return "; the coordinate system of its STAC item cannot be parsed: \(shown.joined(separator: ", "))"
  }

  /// Where a file lies that says it only in part: what it leaves out the catalogue says.
  private mutating func completed(_ info: RasterInfo, by projection: AssetProjection) -> Grid? {
    guard let crs = info.crs ?? reference(projection),
      let transform = info.transform ?? projection.transform(width: info.width, height: info.height),
      transform.pixelArea > 0
    else { return nil }
    return Grid(crs: crs, transform: transform, width: info.width, height: info.height)
  }

  private func info(of name: RasterHeaders.Name) throws(GDALError) -> RasterInfo {
    if let known = headers[name] { return try known.get() }
    return try RasterDataset(opening: name.location, variables: name.variables).info
  }

  /// The grid that the catalogue gives an asset; nil where it gives none that can be a raster's.
  private mutating func claim(of asset: SceneAsset) -> Grid? {
    let projection = asset.projection
    guard let transform = projection.transform, let rows = projection.rows, let columns = projection.columns,
      (1...SceneGeometry.largestSide).contains(rows), (1...SceneGeometry.largestSide).contains(columns),
      transform.gdal.allSatisfy(\.isFinite),
      abs(transform.pixelWidth * transform.pixelHeight - transform.rowShear * transform.columnShear) > 0,
      let crs = reference(projection)
    else { return nil }
    let grid = Grid(crs: crs, transform: transform, width: columns, height: rows)
    // A claim that cannot be leaves it to the file.
    return grid.flaw == nil ? grid : nil
  }

  /// The same grid under the catalogue's name of its coordinate system, where the file gives none: "EPSG:32611"
  /// says more than a transverse Mercator projection on an unnamed datum.
  private mutating func named(_ grid: Grid, _ projection: AssetProjection) -> Grid {
    guard grid.crs.authorityCode == nil, let known = reference(projection),
      CRSComparison.isSame(known, grid.crs)
    else { return grid }
    return Grid(crs: known, transform: grid.transform, width: grid.width, height: grid.height)
  }

  /// The first of the catalogue's definitions that PROJ understands; nil when there is none.
  private mutating func reference(_ projection: AssetProjection) -> CoordinateReference? {
    for definition in projection.definitions {
      if let known = references[definition] ?? nil { return known }
      guard references[definition] == nil else { continue }
      let parsed = try? SpatialReference.parse(definition)
      references[definition] = .some(parsed)
      if let parsed { return parsed }
    }
    return nil
  }
}

// MARK: Files that are asked

extension SceneGeometry {
  /// Assets whose catalogue most likely is right about all of them, or wrong about all.
  fileprivate struct Kind: Hashable {
    let collection: String?
    let asset: String
    let crs: String
    let pixels: [Double]
  }

  /// Files that have to say something before anything is planned.
  struct Asked {
    /// Files whose place no catalogue tells.
    var unplaced: Set<RasterHeaders.Name> = []
    /// Files that are asked whether the catalogue is right, or for the unit of their numbers.
    var others: Set<RasterHeaders.Name> = []
    /// Remote files of which only a sample is asked, by the kind of their grids.
    fileprivate var kinds: [Kind: [(name: RasterHeaders.Name, claimed: Grid)]] = [:]
  }

  /// The files to ask.
  ///
  /// - Parameters:
  ///   - inUnits: names of bands whose unit matters.
  ///   - isSampled: whether a sample of remote files is asked.
  mutating func filesToAsk(
    _ requests: [BandRequest], of scenes: [Scene], inUnits: Set<String>, isSampled: Bool = true
  ) -> Asked {
    var asked = Asked()
    let untouched = offsets
    for scene in scenes where !scene.isSwath {
      for request in requests {
        let request = download.request(request, in: scene.collection)
        guard let (asset, number) = SceneGeometry.find(request, in: scene), asset.flaw == nil else {
          continue
        }
        let name = RasterHeaders.Name(asset.location, variables: SceneGeometry.variables(request, asset))
        guard let claimed = claim(of: asset) else {
          asked.unplaced.insert(name)
          continue
        }
        if inUnits.contains(request.name) {
          let (encoding, fallback) = encoding(of: request, asset: asset, number: number, scene: scene)
          if encoding.scale == nil, encoding.offset == nil, fallback.scale == nil {
            asked.others.insert(name)
          }
        }
        switch download.trust {
        case .catalogue: break
        case .file: asked.others.insert(name)
        case .sample where !VirtualPath.isRemote(asset.location): asked.others.insert(name)
        case .sample where !isSampled: break
        case .sample:
          let transform = claimed.transform
          let kind = Kind(
            collection: scene.collection, asset: asset.key, crs: claimed.crs.wkt,
            pixels: [transform.pixelWidth, transform.pixelHeight, transform.rowShear, transform.columnShear])
          asked.kinds[kind, default: []].append((name, claimed))
        }
      }
    }
    for files in asked.kinds.values {
      asked.others.formUnion([files.first?.name, files.last?.name].compactMap { $0 })
    }
    offsets = untouched
    return asked
  }

  /// The rest of the files of each kind, one of whose sample lies elsewhere than its catalogue says.
  func furtherFilesToAsk(_ asked: Asked) -> [RasterHeaders.Name] {
    var names: Set<RasterHeaders.Name> = []
    for files in asked.kinds.values {
      let isDoubtful = files.contains { file in
        (try? headers[file.name]?.get().grid).map { !$0.isSame(as: file.claimed) } ?? false
      }
      if isDoubtful { names.formUnion(files.map(\.name)) }
    }
    return names.filter { headers[$0] == nil }.sorted()
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
