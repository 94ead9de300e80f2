import GDAL
import Geo
import Network
import Raster
import Storage
import TestSupport

@testable import Engine
@testable import Pipeline

/// Reads changed TIFFs as runs do, and as GDAL alone does, and compares.
struct ReaderFuzz {
  static let (width, height) = (61, 47)

  /// A TIFF as it was written, and its samples.
  struct Base {
    let name: String
    /// The packed blocks prove themselves.
    let isDeflated: Bool
    let path: String
    let file: TIFFBytes
    let grid: Grid
    /// The bytes of each band's samples.
    let bands: [[UInt8]]
  }

  /// What came of a band.
  enum Outcome: Hashable {
    case samples(SampleType, [UInt8])
    case refused(String)
  }

  /// What went wrong, in words for a developer; and how often what came out.
  struct Report {
    var trials = 0
    var read = 0
    var refused = 0
    /// Refused, where GDAL alone reported nothing.
    var refusedAlone: [String: Int] = [:]
    var faults: [String] = []
  }

  let folder: TemporaryFolder

  /// Reads all bands of a file as runs do.
  static func outcomes(of path: String, grid: Grid, bands: Int, fill: UInt8) -> [Outcome] {
    let files = BandFiles(
      archive: RemoteArchive(RemoteAccess()), queue: FetchQueue(hasThreads: false), open: OpenFiles(most: 4))
    let formats = BandFormats(grid: grid, largestBlock: 64 << 20, files: files)
    let reader = FileBandReader(formats: formats, files: files)
    let window = PixelWindow(column: 0, row: 0, width: grid.width, height: grid.height)
    return (1...bands).map { number in
      let file = BandFile(
        scene: "scene", band: "band \(number)", path: path, number: number, encoding: SampleEncoding(),
        fallback: SampleEncoding(), placement: window)
      do {
        let type = try reader.format(of: file).type
        var bytes = [UInt8](repeating: fill, count: window.count * type.size)
        try bytes.withUnsafeMutableBytes {
          try reader.plan(BandRead(file: file, window: window))
            .read(as: type, into: $0, rowStride: window.width)
        }
        return .samples(type, bytes)
      } catch {
        return .refused("\(error)")
      }
    }
  }

  /// Reads all bands of a file as GDAL alone does.
  static func unchecked(_ path: String, grid: Grid, bands: Int, fill: UInt8) -> [Outcome] {
    do {
      let dataset = try RasterDataset(opening: path)
      return (1...bands).map { number in
        guard dataset.info.width == grid.width, dataset.info.height == grid.height,
          dataset.info.bands.indices.contains(number - 1)
        else { return .refused("another raster") }
        let type = dataset.info.bands[number - 1].type
        let window = PixelWindow(column: 0, row: 0, width: grid.width, height: grid.height)
        var bytes = [UInt8](repeating: fill, count: window.count * type.size)
        let words = bytes.withUnsafeMutableBytes {
          dataset.readUnchecked(band: number, window: window, as: type, into: $0)
        }
        return words.map(Outcome.refused) ?? .samples(type, bytes)
      }
    } catch {
      return [Outcome](repeating: .refused("\(error)"), count: bands)
    }
  }

  private static func isMasked(_ path: String, _ band: Int) -> Bool {
    guard let dataset = try? RasterDataset(opening: path), dataset.info.bands.indices.contains(band) else {
      return false
    }
    return dataset.info.bands[band].isMasked
  }

  /// Changes a file and compares what is made of it.
  func run(
    _ base: Base, _ mutation: TIFFMutation, _ chance: inout SeededGenerator, _ report: inout Report
  ) throws {
    let (bytes, isInBlocks) = mutation.apply(to: base.file, &chance)
    let path = folder.file("changed.tif")
    try LocalFiles.writeAtomically(path, bytes)
    let count = base.bands.count
    let first = Self.outcomes(of: path, grid: base.grid, bands: count, fill: 0x00)
    let second = Self.outcomes(of: path, grid: base.grid, bands: count, fill: 0xFF)
    let gdal = Self.unchecked(path, grid: base.grid, bands: count, fill: 0x55)
    let again = Self.unchecked(path, grid: base.grid, bands: count, fill: 0xAA)
    report.trials += 1
    func fault(_ band: Int, _ words: String) {
      let name = "\(base.name), \(mutation), band \(band + 1)"
      report.faults.append("\(name): \(words)")
    }
    for band in 0..<count {
      if first[band] != second[band] { fault(band, "two reads differ") }
      switch (first[band], gdal[band]) {
      case (.samples, .refused(let words)): fault(band, "was read, of which GDAL says: \(words)")
      case (.samples, .samples) where gdal[band] != again[band]:
        fault(band, "was read, though GDAL leaves memory as it was")
      // A change that makes a mask of something is heeded: what it masks is missing, where GDAL gives its samples.
      case (.samples, .samples) where first[band] != gdal[band] && !Self.isMasked(path, band):
        fault(band, "differs from what GDAL reads")
      case (.samples(_, let samples), .samples)
      where base.isDeflated && isInBlocks && samples != base.bands[band]:
        fault(band, "holds other samples than were packed")
      case (.refused(let words), .samples):
        report.refusedAlone[Self.kind(of: words), default: 0] += 1
      default: break
      }
      if case .samples = first[band] { report.read += 1 } else { report.refused += 1 }
    }
  }

  /// A message without its numbers and paths, so that alike ones are counted together.
  private static func kind(of words: String) -> String {
    String(words.replacing("scene \"scene\", ", with: "").map { $0.isNumber ? "#" : $0 }.suffix(120))
  }
}

extension ReaderFuzz {
  /// A way to write a TIFF.
  struct Form: Sendable {
    let name: String
    let type: String
    let options: [String]
    var bands = 1
    var height = ReaderFuzz.height

    init(_ type: String, _ options: String, bands: Int = 1, height: Int = ReaderFuzz.height) {
      name = "\(type) × \(bands) \(options)"
      self.type = type
      self.options = options.split(separator: " ").map(String.init)
      self.bands = bands
      self.height = height
    }

    var isDeflated: Bool { options.contains("COMPRESS=DEFLATE") }
  }

  private static let tiles = "TILED=YES BLOCKXSIZE=32 BLOCKYSIZE=16"

  static let forms: [Form] = [
    Form("UInt16", "COMPRESS=DEFLATE PREDICTOR=2 \(tiles)"), Form("Int16", "COMPRESS=DEFLATE \(tiles)"),
    Form("UInt16", "COMPRESS=DEFLATE BLOCKYSIZE=7"),
    Form("Byte", "COMPRESS=DEFLATE PREDICTOR=2 BLOCKYSIZE=1"),
    Form("Int32", "COMPRESS=DEFLATE PREDICTOR=2 BLOCKYSIZE=47"),
    Form("Float32", "COMPRESS=DEFLATE PREDICTOR=3 \(tiles)"),
    Form("Float64", "COMPRESS=DEFLATE PREDICTOR=3 BLOCKYSIZE=10"),
    Form("Float32", "COMPRESS=DEFLATE BLOCKYSIZE=10"),
    Form("UInt16", "COMPRESS=DEFLATE PREDICTOR=2 ENDIANNESS=BIG \(tiles)"),
    Form("Int16", "COMPRESS=DEFLATE ENDIANNESS=BIG BLOCKYSIZE=7"),
    Form("Float32", "COMPRESS=DEFLATE PREDICTOR=3 ENDIANNESS=BIG BLOCKYSIZE=9 BIGTIFF=YES"),
    Form("UInt32", "COMPRESS=DEFLATE PREDICTOR=2 BIGTIFF=YES \(tiles)"),
    Form("UInt16", "COMPRESS=DEFLATE PREDICTOR=2 INTERLEAVE=PIXEL \(tiles)", bands: 3),
    Form("UInt16", "COMPRESS=DEFLATE PREDICTOR=2 INTERLEAVE=BAND BLOCKYSIZE=11", bands: 3),
    Form("Float32", "COMPRESS=DEFLATE PREDICTOR=3 INTERLEAVE=PIXEL BLOCKYSIZE=11 ENDIANNESS=BIG", bands: 2),
    Form("UInt16", "COMPRESS=DEFLATE NBITS=12 BLOCKYSIZE=7"), Form("Byte", "COMPRESS=DEFLATE NBITS=1"),
    // GDAL reads such a strip row by row.
    Form("Byte", "COMPRESS=DEFLATE BLOCKYSIZE=2010", height: 2010),
    Form("UInt16", "BLOCKYSIZE=7"), Form("Int16", "ENDIANNESS=BIG \(tiles)"), Form("Float32", "\(tiles)"),
    Form("UInt16", "INTERLEAVE=PIXEL BLOCKYSIZE=7", bands: 3),
    Form("UInt16", "COMPRESS=LZW PREDICTOR=2 \(tiles)"), Form("Byte", "COMPRESS=LZW BLOCKYSIZE=7"),
    Form("UInt16", "COMPRESS=PACKBITS BLOCKYSIZE=7"), Form("UInt16", "COMPRESS=ZSTD PREDICTOR=2 \(tiles)"),
    Form("UInt16", "COMPRESS=LZMA BLOCKYSIZE=20"), Form("Int16", "COMPRESS=LERC \(tiles)"),
    Form("Float32", "COMPRESS=LERC_DEFLATE BLOCKYSIZE=20"),
    Form("Float32", "COMPRESS=LERC_ZSTD BLOCKYSIZE=20"),
    Form("Byte", "COMPRESS=JPEG BLOCKYSIZE=16"),
    Form("Byte", "COMPRESS=JPEG PHOTOMETRIC=YCBCR \(tiles)", bands: 3),
    Form("Byte", "COMPRESS=WEBP WEBP_LOSSLESS=TRUE \(tiles)", bands: 3),
  ]

  /// Has GDAL's tools write a form; nil where this GDAL lacks its compression.
  func base(_ form: Form) async throws -> Base? {
    let grid = Grid(
      crs: try SpatialReference.parse("EPSG:32719"),
      transform: AffineTransform(originX: 15, originY: 15, pixelWidth: 30, pixelHeight: -30),
      width: Self.width,
      height: form.height)
    var samples = [Int32](repeating: 0, count: grid.width * grid.height)
    var state: UInt32 = 12_345
    for index in samples.indices {
      state = state &* 1_664_525 &+ 1_013_904_223
      samples[index] = Int32(state >> 26) + Int32(index % grid.width)
    }
    let raw = folder.file("raw.tif")
    let path = folder.file("base.tif")
    try GeoTIFFWriter.write(
      samples, to: raw, grid: grid, options: .init(type: .int32, blockWidth: 64, blockHeight: 64))
    let bands = (0..<form.bands).flatMap { _ in ["-b", "1"] }
    let result = try await Program(
      ["gdal_translate", "-q", "-ot", form.type, raw, path] + bands + form.options.flatMap { ["-co", $0] }
    ).run()
    guard result.status == 0 else { return nil }
    let outcomes = Self.unchecked(path, grid: grid, bands: form.bands, fill: 0)
    let samplesOfBands = outcomes.compactMap { outcome -> [UInt8]? in
      if case .samples(_, let bytes) = outcome { bytes } else { nil }
    }
    guard samplesOfBands.count == form.bands else { return nil }
    return Base(
      name: form.name, isDeflated: form.isDeflated, path: path,
      file: TIFFBytes(try LocalFiles.readAll(path)), grid: grid, bands: samplesOfBands)
  }
}
