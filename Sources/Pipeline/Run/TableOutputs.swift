import Engine
import GDAL
import Geo
import Raster
import Storage

/// Writes what belongs to the rows of tables into their folders, `SEQUENCE/TABLE/`: pictures and rasters.
struct TableOutputs: Sendable {
  let plan: SequencePlan
  let directory: RunDirectory
  let written: WrittenFiles

  /// - Throws: `StorageError`, `GDALError`.
  func write(_ table: String, _ output: TableOutput) throws {
    switch output {
    case .file(let file):
      try LocalFiles.writeAtomically(try place(of: file.path, table), file.bytes)
    case .raster(let raster): try write(raster, to: try place(of: raster.path, table))
    }
  }

  /// Where a file is to be written; its folder is there then, and the run knows that it is its own.
  private func place(of path: String, _ table: String) throws -> String {
    let path = "\(plan.name)/\(table)/\(path)"
    try written.add([path])
    let absolute = "\(directory.path)/\(path)"
    try LocalFiles.createDirectory(LocalFiles.parent(of: absolute))
    return absolute
  }

  private func write(_ raster: TableRaster, to path: String) throws {
    let options = GeoTIFFWriter.Options(type: .float32, nodata: .nan, blockWidth: 256, blockHeight: 256)
    var writer = try GeoTIFFWriter(creating: path, grid: raster.grid(in: plan.grid), options: options)
    let window = PixelWindow(column: 0, row: 0, width: raster.columns, height: raster.rows)
    try raster.values.withUnsafeBytes { bytes throws in
      try writer.write(window: window, from: bytes, rowStride: raster.columns)
    }
    try writer.finish()
  }
}
