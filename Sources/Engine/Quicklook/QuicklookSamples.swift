public import Geo
public import Storage

/// Every nth pixel of each layer of a product, gathered while chunks are stored, for small pictures.
///
/// Kept in a file of 16-bit numbers, layer by layer: 0 where a pixel is missing, else 1 ... 65535 over the variable's
/// `statisticsRange`. Which pixels are taken depends on the grid only, not on its chunks. The file survives an
/// interruption, as the chunks do.
public final class QuicklookSamples: Sendable {
  /// Columns and rows of a picture are no more.
  public static let side = 512

  /// Columns and rows of the picture.
  public let width: Int
  public let height: Int
  /// Whether an earlier run began the file: then it has what that run stored.
  public let isContinued: Bool
  private let grid: Grid
  private let stride: Int
  private let range: ClosedRange<Double>
  private let file: PatchFile

  /// - Parameters:
  ///   - path: of the file; its folder exists.
  ///   - range: the values that are told apart; others take its ends.
  public init(_ path: String, grid: Grid, range: ClosedRange<Double>) throws(StorageError) {
    stride = max(1, (max(grid.width, grid.height) + Self.side - 1) / Self.side)
    width = (grid.width + stride - 1) / stride
    height = (grid.height + stride - 1) / stride
    self.grid = grid
    self.range = range
    isContinued = LocalFiles.exists(path)
    file = try PatchFile(path)
  }

  /// Takes what is needed of one chunk of a layer.
  ///
  /// - Parameters:
  ///   - values: row by row over the window, NaN where missing.
  ///   - window: the chunk's pixels.
  func add(_ values: UnsafeBufferPointer<Float>, layer: Int, window: PixelWindow) throws(StorageError) {
    let columns = taken(window.column..<(window.column + window.width), of: grid.width)
    let rows = taken(window.row..<(window.row + window.height), of: grid.height)
    guard !columns.isEmpty, values.count == window.count else { return }
    let (low, scale) = (range.lowerBound, 65534 / max(range.upperBound - range.lowerBound, 1e-300))
    var samples = [UInt16](repeating: 0, count: columns.count)
    for row in rows {
      let start = (source(row, of: grid.height) - window.row) * window.width - window.column
      for (place, column) in columns.enumerated() {
        let value = values[start + source(column, of: grid.width)]
        samples[place] =
          value.isNaN ? 0 : UInt16(1 + min(max((Double(value) - low) * scale, 0), 65534).rounded())
      }
      try samples.withUnsafeBufferPointer { (buffer) throws(StorageError) in
        try file.write(
          UnsafeRawBufferPointer(buffer), at: 2 * ((layer * height + row) * width + columns.lowerBound))
      }
    }
  }

  /// The samples of a layer, row by row, as values; NaN where missing.
  public func values(layer: Int) throws(StorageError) -> [Float] {
    let bytes = try file.read(at: 2 * layer * width * height, count: 2 * width * height)
    let step = (range.upperBound - range.lowerBound) / 65534
    return bytes.withUnsafeBytes { buffer in
      (0..<(width * height)).map { place in
        let sample = buffer.loadUnaligned(fromByteOffset: 2 * place, as: UInt16.self)
        return sample == 0 ? .nan : Float(range.lowerBound + Double(sample - 1) * step)
      }
    }
  }

  /// The grid's column or row that stands for one of the picture: in the middle of those it covers.
  private func source(_ place: Int, of extent: Int) -> Int { min(place * stride + stride / 2, extent - 1) }

  /// The picture's columns or rows whose pixels lie in a range of the grid's.
  private func taken(_ range: Range<Int>, of extent: Int) -> Range<Int> {
    let count = (extent + stride - 1) / stride
    guard let first = (0..<count).first(where: { source($0, of: extent) >= range.lowerBound }),
      let last = (0..<count).last(where: { source($0, of: extent) < range.upperBound }), first <= last
    else { return 0..<0 }
    return first..<(last + 1)
  }
}
