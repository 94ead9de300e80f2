internal import Engine
internal import Swath

/// Where the values of a window's cells go, as Float.
struct CellTarget {
  let buffer: UnsafeMutableRawBufferPointer
  let rowStride: Int
  let width: Int
  let height: Int

  func clear() { for cell in 0..<(width * height) { store(.nan, cell: cell) } }

  @inline(__always)
  func store(_ value: Double, cell: Int) {
    let (row, column) = cell.quotientAndRemainder(dividingBy: width)
    buffer.storeBytes(of: Float(value), toByteOffset: (row * rowStride + column) * 4, as: Float.self)
  }
}

extension CellSums.Statistic {
  init(_ regridding: Regridding) {
    guard regridding.method == .bin else {
      self = .mean
      return
    }
    self =
      switch regridding.statistic {
      case .mean: .mean
      case .geometricMean: .geometricMean
      case .count: .count
      case .std: .standardDeviation
      case .min: .minimum
      case .max: .maximum
      }
  }
}
