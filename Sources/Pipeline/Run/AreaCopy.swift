internal import Engine
internal import GDAL
internal import Geo
internal import Raster

/// Writes the pixels of a band, as they are stored, into a GeoTIFF: those that a grid needs, or all of a raster that is
/// resampled.
struct AreaCopy {
  let file: BandFile
  let target: String
  let grid: Grid

  private static let side = 512

  func run(_ formats: BandFormats, _ files: BandFiles) throws {
    let raster: Grid
    let inFile: PixelWindow
    if let source = file.warp?.source {
      (raster, inFile) = (source, source.window)
    } else {
      guard let part = file.placement.intersection(grid.window) else { return }
      raster = grid.part(part)
      inFile = part.offset(columns: -file.placement.column, rows: -file.placement.row)
    }
    let file = file.atFullResolution
    let format = try formats.known(file).stored
    let isScaled = format.scale != 1 || format.offset != 0
    var writer = try GeoTIFFWriter(
      creating: target, grid: raster,
      options: .init(
        type: format.type, nodata: format.nodata,
        nodataStandsIn: format.isStandIn && format.type.isInteger,
        scale: isScaled ? format.scale : nil, offset: isScaled ? format.offset : nil,
        blockWidth: AreaCopy.side, blockHeight: AreaCopy.side,
        deflateLevel: 1))
    let reader = FileBandReader(formats: formats, files: files)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: AreaCopy.side * AreaCopy.side * format.type.size, alignment: 64)
    defer { buffer.deallocate() }
    for row in 0..<writer.tiles.rows {
      for column in 0..<writer.tiles.columns {
        try Task.checkCancellation()
        let window = writer.tiles.window(ChunkIndex(row: row, column: column))
        let read = BandRead(
          file: file, window: window.offset(columns: inFile.column, rows: inFile.row))
        try reader.plan(read).read(as: format.type, into: buffer, rowStride: window.width)
        try writer.write(window: window, from: UnsafeRawBufferPointer(buffer), rowStride: window.width)
      }
    }
    try writer.finish()
  }
}

extension BandFile {
  /// The same, read from the raster itself and not from an overview.
  fileprivate var atFullResolution: BandFile {
    guard let warp else { return self }
    return BandFile(
      scene: scene, band: band, path: path, number: number, isNumberStated: isNumberStated, time: time,
      level: level,
      variables: variables, encoding: encoding, fallback: fallback, placement: placement,
      warp: BandWarp(
        source: warp.source, resampling: warp.resampling, step: warp.step, scaleX: 1, scaleY: 1,
        isQuality: warp.isQuality), marksMissing: marksMissing)
  }
}
