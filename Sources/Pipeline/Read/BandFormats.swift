internal import Engine
internal import GDAL
internal import Geo
internal import Network
internal import Raster
internal import TIFF

/// What is known of a cube's band files: each is opened through GDAL once, whoever asks first.
///
/// Opening is dear (the coordinate system is parsed by PROJ), reading a block of a plain TIFF is not.
final class BandFormats: Sendable {
  /// A file that was checked against the plan.
  struct KnownFile: Sendable {
    /// The band's number in the raster that is opened, from 1.
    let number: Int
    /// What tells the raster from others in the file; none where it holds only one.
    let variables: [String]
    /// How its samples are handed out.
    let format: BandFormat
    /// How they are read; the same, except where missing pixels need a number of their own.
    let stored: BandFormat
    /// How the file stores them, where a mask beside them says which count: they are read with the mask worked in.
    let masked: BandFormat?
    /// What is read: the raster, or the overview of it that is fine enough for the grid.
    let source: Grid
    let overview: Int?
    /// Where its blocks are; nil for files that only GDAL can read.
    let layout: TIFFLayout?
    /// Nil for local files.
    let remote: RemoteFile?
    /// What GDAL holds for it while it is open.
    let datasetBytes: Int
  }

  private enum Entry {
    /// Some thread opens it: the others wait.
    case opening
    case known(KnownFile)
  }

  private let grid: Grid
  private let largestBlock: Int
  private let files: BandFiles
  private let entries = Monitor<[BandFile: Entry]>([:])

  /// - Parameter plan: of the cube: files must lie on its grid where it says, and their blocks fit into its memory.
  convenience init(plan: SequencePlan, files: BandFiles) {
    self.init(grid: plan.grid, largestBlock: plan.memory.largestBlock, files: files)
  }

  /// - Parameters:
  ///   - grid: on which files must lie where it says.
  ///   - largestBlock: bytes of a block, unpacked, that there is memory for.
  init(grid: Grid, largestBlock: Int, files: BandFiles) {
    self.grid = grid
    self.largestBlock = largestBlock
    self.files = files
  }

  /// A file's format.
  ///
  /// - Throws: `CellFailure` when it cannot be opened or lies elsewhere. Failures are not remembered.
  func known(_ file: BandFile) throws -> KnownFile {
    let present = entries.wait { entries -> KnownFile?? in
      switch entries[file] {
      case .known(let present): return .some(present)
      case .opening: return nil
      case nil:
        entries[file] = .opening
        return .some(nil)
      }
    }
    if let present { return present }
    do {
      let opened = try open(file)
      entries.update { $0[file] = .known(opened) }
      return opened
    } catch {
      entries.update { $0[file] = nil }
      throw error
    }
  }

  /// Opens several files at once, as far as they are remote and not known yet. What is wrong with one is said when it
  /// is asked for.
  func open(_ bandFiles: [BandFile]) {
    let unknown = entries.withLock { entries in bandFiles.filter { entries[$0] == nil } }
    files.queue.all(
      unknown.filter { files.archive.file($0.path) != nil }.map { file in
        { [self] in _ = try? known(file) }
      })
  }

  private func open(_ file: BandFile) throws -> KnownFile {
    let remote = files.archive.file(file.path)
    let subject = "scene \"\(file.scene)\", band \"\(file.band)\""
    let info: RasterInfo
    let isVariable: Bool
    do {
      let dataset = try files.archive.open(
        file.path, variables: file.variables, isForeign: file.isForeign)
      info = dataset.info
      isVariable = dataset.isVariable
    } catch {
      throw CellFailure("\(subject): \(FileFault.advising(error, path: file.path))", source: file)
    }
    let number = try LayerChoice(file: file, info: info, isVariable: isVariable)
      .number(subject: "\(subject) (\(file.path))")
    let raw = try check(file, number: number, info, "\(subject) (\(file.path))")
    let isMasked = info.bands[number - 1].isMasked
    let stored = isMasked ? raw.markingMissing : raw
    let overview = file.warp.flatMap { OverviewChoice(info: info, band: number).best(for: $0) }
    let full = file.warp?.source ?? info.grid ?? grid
    let found = KnownFile(
      number: number, variables: isVariable ? file.variables : [],
      format: file.marksMissing ? stored.markingMissing : stored, stored: stored,
      masked: isMasked ? raw : nil,
      source: overview.map { full.reduced(to: $0.size) } ?? full, overview: overview?.level,
      layout: overview == nil && !isMasked ? layout(file, info, remote) : nil, remote: remote,
      datasetBytes: SourceBlocks.datasetBytes(info))
    remote?.forgetHead()
    return found
  }

  /// Checks a file against the plan, and gathers what its numbers mean.
  private func check(
    _ file: BandFile, number: Int, _ info: RasterInfo, _ subject: String
  ) throws -> BandFormat {
    guard info.bands.indices.contains(number - 1) else {
      throw CellFailure("\(subject): the file has \(info.bands.count) bands, number \(number) is wanted")
    }
    // What the file leaves out the catalogue has said.
    guard let fileGrid = info.grid(completedBy: file.warp?.source ?? grid.part(file.placement)) else {
      throw CellFailure(
        "\(subject): the file does not say where it lies (no geotransform or coordinate system)")
    }
    if let obstacle = BandPlacement.obstacle(fileGrid, on: grid, expecting: file) {
      throw CellFailure("\(subject): \(obstacle)")
    }
    let band = info.bands[number - 1]
    if let type = band.unreadableType {
      throw CellFailure(
        "\(subject): samples of type \(type) are not supported: convert the file to an integer or floating-point type"
      )
    }
    guard let block = info.blockBytes(band: number), block <= largestBlock else {
      let all = info.isPixelInterleaved ? " with all \(info.bands.count) bands" : ""
      throw CellFailure(
        "\(subject): its blocks of \(band.blockWidth) × \(band.blockHeight) pixels\(all) do not fit into the memory that is "
          + "planned, which has room for \(MemorySize.text(largestBlock)) a block: raise \"memory\", use fewer threads, "
          + "or cut the file into tiles (gdal_translate -co TILED=YES)")
    }
    let encoding = file.encoding.holding(in: band)
      .or(SampleEncoding(nodata: band.nodata, scale: band.scale, offset: band.offset).holding(in: band))
      // Handbooks speak of integers; float files hold physical values.
      .or(band.holdsIntegers ? file.fallback.holding(in: band) : SampleEncoding())
    guard encoding.scale != 0, encoding.scale?.isFinite ?? true, encoding.offset?.isFinite ?? true else {
      throw CellFailure(
        "\(subject): a scale of \(encoding.scale ?? 1) with an offset of \(encoding.offset ?? 0) leaves nothing of "
          + "the stored numbers: correct raster:bands in the STAC item, or give \"scale\" in the config")
    }
    return BandFormat(
      type: band.type, nodata: encoding.nodata, scale: encoding.scale ?? 1, offset: encoding.offset ?? 0,
      isStandIn: band.nodataStandsIn && encoding.nodata == band.nodata)
  }

  /// The blocks of a file that GDAL and our own reader understand alike.
  private func layout(_ file: BandFile, _ info: RasterInfo, _ remote: RemoteFile?) -> TIFFLayout? {
    guard info.driver == "GTiff", info.bands.count == 1, let band = info.bands.first, band.wideInteger == nil,
      let layout = remote.map({ TIFFLayout(path: file.path, read: $0.bytes(at:count:)) })
        ?? TIFFLayout(path: file.path),
      layout.width == info.width, layout.height == info.height,
      layout.type == band.type, layout.blockWidth == band.blockWidth, layout.blockHeight == band.blockHeight
    else { return nil }
    return layout
  }
}

extension SampleEncoding {
  /// The same without a nodata value that no sample of a band can have: it says nothing, and hides nothing that another
  /// place says.
  fileprivate func holding(in band: BandInfo) -> SampleEncoding {
    SampleEncoding(nodata: nodata.flatMap { band.sample(ofNodata: $0) }, scale: scale, offset: offset)
  }
}

extension RemoteFile {
  /// Bytes for a header's reader: what does not come is found out again, and said, by GDAL.
  fileprivate func bytes(at offset: Int, count: Int) -> [UInt8]? { try? read(at: offset, count: count) }
}
