public import Geo

/// Growing the rejected part of a mask.
public enum Dilation {
  /// The shape that grows around each rejected pixel.
  public enum Shape: String, CaseIterable, Hashable, Sendable {
    /// Pixels whose centres are at most `radius` away: the structuring element of scikit-image's `disk`.
    case disk
    /// Pixels at most `radius` columns and `radius` rows away.
    case square
    /// Pixels at most `radius` steps between edge neighbours away: scipy's default, iterated.
    case diamond
  }

  /// Rejects every pixel within `radius` of a rejected one.
  ///
  /// - Parameters:
  ///   - mask: 1 where rejected, 0 where kept, with a halo of `radius` around `window` as far as the grid goes.
  ///   - window: the part of `mask` that is wanted.
  ///   - output: gets the window's shape.
  public static func dilate(
    _ mask: SamplePlane, radius: Int, shape: Shape, window: PixelWindow, into output: SamplePlane
  ) {
    precondition(mask.type == .uint8 && radius >= 0)
    output.reshape(type: .uint8, width: window.width, height: window.height)
    output.fill(0)
    let source = mask.samples(as: UInt8.self)
    let target = output.samples(as: UInt8.self)
    var reachEnds = [Int](repeating: 0, count: window.width + 1)
    for row in max(0, window.row - radius)..<min(mask.height, window.endRow + radius) {
      let line = UnsafeMutableBufferPointer(
        rebasing: source[(row * mask.width)..<((row + 1) * mask.width)])
      guard line.contains(1) else { continue }
      for wanted in max(window.row, row - radius)...min(window.endRow - 1, row + radius) {
        let reach = halfWidth(of: shape, radius: radius, rowsAway: abs(wanted - row))
        // A difference array: +1 where a rejected pixel's reach begins, -1 after its end.
        for index in reachEnds.indices { reachEnds[index] = 0 }
        for column in max(0, window.column - reach)..<min(mask.width, window.endColumn + reach)
        where line[column] != 0 {
          reachEnds[max(0, column - reach - window.column)] += 1
          reachEnds[min(window.width, column + reach + 1 - window.column)] -= 1
        }
        let start = (wanted - window.row) * window.width
        var depth = 0
        for column in 0..<window.width {
          depth += reachEnds[column]
          if depth > 0 { target[start + column] = 1 }
        }
      }
    }
  }

  private static func halfWidth(of shape: Shape, radius: Int, rowsAway: Int) -> Int {
    switch shape {
    case .square: radius
    case .diamond: radius - rowsAway
    case .disk: Int(Double(radius * radius - rowsAway * rowsAway).squareRoot())
    }
  }
}
