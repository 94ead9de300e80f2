internal import Engine
internal import GDAL
internal import Geo
internal import Network
internal import Raster
internal import Storage
internal import TIFF

/// Reads bands of files, local and remote: blocks of plain TIFFs unpacked directly, everything else through GDAL.
///
/// One a worker thread. Both ways give the same samples, and prove what they unpack; whatever the direct way finds wrong
/// with a file, the other reads again and explains.
final class FileBandReader: BandReader {
  /// A dataset that lives on the heap, so that a dictionary can hold it.
  private final class OpenDataset {
    let dataset: RasterDataset
    /// What GDAL holds for it.
    let bytes: Int
    var lastUse = 0

    init(
      _ path: String, bytes: Int, variables: [String], overview: Int?, isForeign: Bool,
      in archive: RemoteArchive
    ) throws(GDALError) {
      dataset = try archive.open(path, variables: variables, overview: overview, isForeign: isForeign)
      self.bytes = bytes
    }
  }

  /// Datasets a worker holds open: a date's bands, for a few overlapping scenes.
  static let mostDatasets = 24

  /// Remote datasets a worker holds open: each keeps pieces of its file in memory.
  private static let mostRemoteDatasets = 4

  private let formats: BandFormats
  private let archive: RemoteArchive
  private let queue: FetchQueue
  private let openFiles: OpenFiles
  private let shared: SharedBlocks?
  private let blocks = TIFFBlockReader()
  private let masks = MaskedSamples()
  private var datasets: [String: OpenDataset] = [:]
  private var uses = 0

  /// How many blocks it has unpacked itself, without GDAL.
  private(set) var unpackedBlocks = 0

  /// - Parameters:
  ///   - formats: what is known of the cube's files, shared by its workers.
  ///   - shared: blocks that several chunks look at; nil where each is read for itself.
  init(formats: BandFormats, files: BandFiles, shared: SharedBlocks? = nil) {
    self.formats = formats
    self.shared = shared
    archive = files.archive
    openFiles = files.open
    queue = files.queue
  }

  func begin(stage: Int, chunks: [Int]) {
    guard let shared else { return }
    shared.begin(stage: stage, chunks.map(shared.order.place))
  }

  func finished(chunk: Int) {
    if let shared { shared.finish(shared.order.place(of: chunk)) }
  }

  func format(of file: BandFile) throws -> BandFormat {
    try formats.known(file).format
  }

  func open(_ files: [BandFile]) {
    let remote = files.filter { archive.file($0.path) != nil }
    if !remote.isEmpty { formats.open(remote) }
  }

  func plan(_ reads: [BandRead]) -> [any PlannedRead] {
    let planned = reads.map { FileRead($0, blocks: blocks(of: $0), reader: self) }
    let local = planned.compactMap(\.blocks).filter { archive.file($0.layout.path) == nil }
    // Blocks from servers come when they come: to wait for pairs of them gained nothing that could be measured.
    for (one, next) in zip(local, local.dropFirst()) { one.following = next }
    return planned
  }

  /// The blocks of a plain TIFF that a read needs, requested where they are remote; nil for what GDAL reads.
  private func blocks(of read: BandRead) -> BlockRead? {
    // A file that cannot be opened says so when it is read.
    guard let known = try? formats.known(read.file), let layout = known.layout else { return nil }
    let all = layout.blocks(in: read.window, isWanted: read.isWanted)
    let edges = shared.flatMap { ChunkEdges(all, of: read, layout, in: $0) }
    let numbers = edges?.numbers ?? all
    let bytes: BlockRead.Bytes
    if let remote = known.remote {
      let fetches = BlockFetches(numbers, of: layout, in: remote, queue: queue)
      bytes = { try fetches.copy($0, into: $1) }
    } else {
      guard let file = openFiles.file(read.file.path) else { return nil }
      bytes = { number, target in
        guard let bytes = layout.bytes(ofBlock: number), bytes.count == target.count else { return false }
        return file.bytes.read(at: UInt64(bytes.lowerBound), into: target)
      }
    }
    return BlockRead(
      layout, window: read.window, numbers: numbers, unpacked: edges?.unpacked ?? [:], exchange: edges,
      bytes: bytes)
  }

  /// A window of a file: blocks of a plain TIFF, or whatever GDAL reads there.
  private struct FileRead: PlannedRead {
    let request: BandRead
    let blocks: BlockRead?
    let reader: FileBandReader

    init(_ request: BandRead, blocks: BlockRead?, reader: FileBandReader) {
      (self.request, self.blocks, self.reader) = (request, blocks, reader)
    }

    func read(as type: SampleType, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int) throws {
      let file = request.file
      do {
        if let blocks, blocks.layout.type == type,
          let unpacked = try reader.blocks.read(blocks, into: buffer, rowStride: rowStride)
        {
          reader.unpackedBlocks += unpacked
          return
        }
      } catch let error as NetworkError {
        let error = GDALError(error, window: request.window)
        throw CellFailure("scene \"\(file.scene)\", band \"\(file.band)\": \(error)", source: file)
      }
      try reader.readThroughGDAL(file, window: request.window, type: type, into: buffer, rowStride: rowStride)
    }
  }

  private func readThroughGDAL(
    _ file: BandFile, window: PixelWindow, type: SampleType, into buffer: UnsafeMutableRawBufferPointer,
    rowStride: Int
  ) throws {
    let known = try formats.known(file)
    do {
      let dataset = try dataset(file, known)
      if let masked = known.masked {
        try masks.read(
          dataset.dataset, band: known.number, masked, as: known.stored, window: window, into: buffer,
          rowStride: rowStride)
      } else {
        try dataset.dataset.read(
          band: known.number, window: window, as: type, nodata: known.stored.nodata, into: buffer,
          rowStride: rowStride)
      }
    } catch {
      throw CellFailure("scene \"\(file.scene)\", band \"\(file.band)\": \(error)", source: file)
    }
  }

  private func dataset(_ file: BandFile, _ known: BandFormats.KnownFile) throws(GDALError) -> OpenDataset {
    let path = file.path
    uses += 1
    var key = known.overview.map { "\(path) \($0)" } ?? path
    if !known.variables.isEmpty { key += " " + known.variables.joined(separator: " ") }
    if let present = datasets[key] {
      present.lastUse = uses
      return present
    }
    let most =
      archive.file(path) == nil ? FileBandReader.mostDatasets : FileBandReader.mostRemoteDatasets
    // Some hold large blocks and long lists: fewer of them are open then.
    while datasets.count >= most
      || datasets.values.reduce(known.datasetBytes, { $0 + $1.bytes }) > SourceBlocks.openBytes,
      let oldest = datasets.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      datasets[oldest.key] = nil
    }
    let opened = try OpenDataset(
      path, bytes: known.datasetBytes, variables: known.variables, overview: known.overview,
      isForeign: file.isForeign, in: archive)
    opened.lastUse = uses
    datasets[key] = opened
    return opened
  }
}
