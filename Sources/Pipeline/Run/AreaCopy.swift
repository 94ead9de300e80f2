internal import Engine
internal import GDAL
internal import Geo
internal import Raster

/// Cuts the pixels that a grid needs out of a band, as they are stored, into a GeoTIFF.
struct AreaCopy {
  let file: BandFile
  let target: String
  let grid: Grid

  private static let side = 512

  func run(_ formats: BandFormats, _ files: BandFiles) throws {
    guard let part = file.placement.intersection(grid.window) else { return }
    let format = try formats.known(file).stored
    let isScaled = format.scale != 1 || format.offset != 0
    var writer = try GeoTIFFWriter(
      creating: target, grid: grid.part(part),
      options: .init(
        type: format.type, nodata: format.nodata, scale: isScaled ? format.scale : nil,
        offset: isScaled ? format.offset : nil, blockWidth: AreaCopy.side, blockHeight: AreaCopy.side,
        deflateLevel: 1))
    let reader = FileBandReader(formats: formats, files: files)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: AreaCopy.side * AreaCopy.side * format.type.size, alignment: 64)
    defer { buffer.deallocate() }
    let inFile = part.offset(columns: -file.placement.column, rows: -file.placement.row)
    for row in 0..<writer.tiles.rows {
      for column in 0..<writer.tiles.columns {
        try Task.checkCancellation()
        let window = writer.tiles.window(ChunkIndex(row: row, column: column))
        try reader.read(
          file, window: window.offset(columns: inFile.column, rows: inFile.row), type: format.type,
          into: buffer, rowStride: window.width
        ) { _ in true }
        try writer.write(window: window, from: UnsafeRawBufferPointer(buffer), rowStride: window.width)
      }
    }
    try writer.finish()
  }
}
