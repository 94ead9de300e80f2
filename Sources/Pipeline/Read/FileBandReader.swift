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

  /// Blocks of a read that are unpacked in pairs.
  private static let mostAwaited = 4096

  private let formats: BandFormats
  private let archive: RemoteArchive
  private let remoteBlocks: RemoteBlocks
  private let openFiles: OpenFiles
  private let blocks = TIFFBlockReader()
  private let masks = MaskedSamples()
  private var datasets: [String: OpenDataset] = [:]
  private var uses = 0

  /// - Parameter formats: what is known of the cube's files, shared by its workers.
  init(formats: BandFormats, files: BandFiles) {
    self.formats = formats
    archive = files.archive
    openFiles = files.open
    remoteBlocks = RemoteBlocks(queue: files.queue)
  }

  func begin() { remoteBlocks.begin() }

  func expect(_ reads: [ExpectedRead]) {
    defer { blocks.expect(reads.flatMap(awaitedBlocks)) }
    let remote = reads.filter { archive.file($0.file.path) != nil }
    guard !remote.isEmpty else { return }
    formats.open(remote.map(\.file))
    for read in remote {
      guard let window = read.window, let known = try? formats.known(read.file), let layout = known.layout,
        let file = known.remote
      else { continue }
      remoteBlocks.send(for: layout.blocks(in: window, isWanted: read.isWanted), of: layout, in: file)
    }
  }

  /// The blocks of a TIFF that a read will unpack.
  private func awaitedBlocks(_ read: ExpectedRead) -> [AwaitedBlock] {
    guard let window = read.window, let known = try? formats.known(read.file), let layout = known.layout
    else {
      return []
    }
    // Blocks from servers come when they come: to wait for pairs of them gained nothing that could be measured.
    guard known.remote == nil else { return [] }
    let numbers = layout.blocks(in: window, isWanted: read.isWanted)
    // So many are tiny: to have the next of them beside each gains little, and a list of them is long.
    guard numbers.count <= FileBandReader.mostAwaited else { return [] }
    guard archive.file(read.file.path) == nil, let open = openFiles.file(read.file.path) else { return [] }
    return numbers.map { number in
      AwaitedBlock(number, of: layout) { open.bytes.read(at: $0, into: $1) }
    }
  }

  func format(of file: BandFile) throws -> BandFormat {
    try formats.known(file).format
  }

  func read(
    _ file: BandFile, window: PixelWindow, type: SampleType, into buffer: UnsafeMutableRawBufferPointer,
    rowStride: Int, isWanted: (PixelWindow) -> Bool
  ) throws {
    let known = try formats.known(file)
    if let remote = known.remote, let layout = known.layout, layout.type == type {
      let isRead = try readBlocks(
        of: remote, layout, file, window: window, into: buffer, rowStride: rowStride, isWanted: isWanted)
      if isRead { return }
    } else if let layout = known.layout, layout.type == type, let open = openFiles.file(file.path) {
      let isRead = blocks.read(
        layout, from: open.bytes, window: window, into: buffer, rowStride: rowStride, isWanted: isWanted)
      if isRead { return }
    }
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

  /// Reads a window of a remote TIFF from blocks that were sent for, now or before.
  ///
  /// - Returns: false when a block does not unpack to its pixels.
  private func readBlocks(
    of remote: RemoteFile, _ layout: TIFFLayout, _ file: BandFile, window: PixelWindow,
    into buffer: UnsafeMutableRawBufferPointer, rowStride: Int, isWanted: (PixelWindow) -> Bool
  ) throws -> Bool {
    let numbers = layout.blocks(in: window, isWanted: isWanted)
    defer { remoteBlocks.forget(numbers, of: remote) }
    remoteBlocks.send(for: numbers, of: layout, in: remote)
    do {
      return try blocks.read(
        layout, window: window, into: buffer, rowStride: rowStride, isWanted: isWanted
      ) { try remoteBlocks.block($0, of: layout, in: remote) }
    } catch let error as NetworkError {
      let error = GDALError(error, window: window)
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
