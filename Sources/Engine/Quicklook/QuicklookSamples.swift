public import Geo
public import Storage

/// Every nth pixel of each layer of a product, gathered while chunks are stored, for small pictures.
///
/// Kept in a file of Floats, layer by layer and chunk by chunk, so that a chunk's are written at once. Their bits are
/// inverted, so that zero, which a file has where nothing was written, is no value: it stands for missing ones. Which pixels are taken
/// depends on the grid only, not on its chunks. The file survives an interruption, as the chunks do.
public final class QuicklookSamples: Sendable {
  /// Columns and rows of a picture are no more.
  public static let side = 512

  /// Columns and rows of the picture.
  public let width: Int
  public let height: Int
  /// Whether an earlier run began the file: then it has what that run stored.
  public let isContinued: Bool
  private let grid: Grid
  private let layout: ChunkLayout
  /// Columns and rows of the grid for one of the picture.
  public let stride: Int
  private let file: PatchFile

  /// - Parameters:
  ///   - path: of the file; its folder exists.
  ///   - grid: the whole grid, of which the file has samples.
  ///   - layout: of the grid's chunks; a file is continued with the chunks it was begun with.
  public init(_ path: String, grid: Grid, layout: ChunkLayout) throws(StorageError) {
    stride = max(1, (max(grid.width, grid.height) + Self.side - 1) / Self.side)
    width = (grid.width + stride - 1) / stride
    height = (grid.height + stride - 1) / stride
    self.grid = grid
    self.layout = layout
    isContinued = LocalFiles.exists(path)
    file = try PatchFile(path)
  }

  /// Takes what is needed of one chunk of a layer.
  ///
  /// - Parameter values: row by row over the chunk, NaN where missing.
  func add(_ values: UnsafeBufferPointer<Float>, layer: Int, chunk: ChunkIndex) throws(StorageError) {
    let window = layout.window(chunk)
    let (rows, columns) = taken(window)
    guard !rows.isEmpty, !columns.isEmpty, values.count == window.count else { return }
    var samples: [UInt32] = []
    samples.reserveCapacity(rows.count * columns.count)
    for row in rows {
      let start = (source(row, of: grid.height) - window.row) * window.width - window.column
      for column in columns {
        let value = values[start + source(column, of: grid.width)]
        samples.append(value.isNaN ? 0 : ~value.bitPattern)
      }
    }
    try samples.withUnsafeBufferPointer { (buffer) throws(StorageError) in
      try file.write(
        UnsafeRawBufferPointer(buffer), at: 4 * (layer * width * height + place(rows, columns)))
    }
  }

  /// The samples of a layer, row by row, as values; NaN where missing.
  public func values(layer: Int) throws(StorageError) -> [Float] {
    let bytes = try file.read(at: 4 * layer * width * height, count: 4 * width * height)
    var values = [Float](repeating: .nan, count: width * height)
    bytes.withUnsafeBytes { buffer in
      for chunk in 0..<layout.count {
        let (rows, columns) = taken(layout.window(layout.index(chunk)))
        var place = place(rows, columns)
        for row in rows {
          for column in columns {
            let sample = buffer.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self)
            if sample > 0 { values[row * width + column] = Float(bitPattern: ~sample) }
            place += 1
          }
        }
      }
    }
    return values
  }

  /// Where the samples of a chunk begin among those of a layer: after the chunks above it and those to its left.
  private func place(_ rows: Range<Int>, _ columns: Range<Int>) -> Int {
    rows.lowerBound * width + rows.count * columns.lowerBound
  }

  /// The picture's rows and columns whose pixels lie in a window of the grid.
  private func taken(_ window: PixelWindow) -> (rows: Range<Int>, columns: Range<Int>) {
    (
      taken(window.row..<(window.row + window.height), of: grid.height),
      taken(window.column..<(window.column + window.width), of: grid.width)
    )
  }

  /// The grid's column or row that stands for one of the picture: in the middle of those it covers.
  private func source(_ place: Int, of extent: Int) -> Int { min(place * stride + stride / 2, extent - 1) }

  /// The picture's columns or rows whose pixels lie in a range of the grid's.
  private func taken(_ range: Range<Int>, of extent: Int) -> Range<Int> {
    let count = (extent + stride - 1) / stride
    /// The first place whose pixel lies at this one or beyond; a pixel at the very end stands for what follows it.
    func first(_ pixel: Int) -> Int {
      pixel < extent ? min(max(pixel - stride / 2 + stride - 1, 0) / stride, count) : count
    }
    return first(range.lowerBound)..<first(range.upperBound)
  }
}
