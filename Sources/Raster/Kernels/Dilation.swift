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
  ///   - radius: 0...254.
  ///   - reach: how far disks reach, where that is no whole number of pixels: less than `radius` + 1.
  ///   - shape: what grows around each rejected pixel.
  ///   - window: the part of `mask` that is wanted.
  ///   - output: gets the window's shape.
  public static func dilate(
    _ mask: SamplePlane, radius: Int, reach: Double? = nil, shape: Shape, window: PixelWindow,
    into output: SamplePlane
  ) {
    precondition(mask.type == .uint8 && radius >= 0 && radius <= 254)
    output.reshape(type: .uint8, width: window.width, height: window.height)
    output.fill(0)
    let source = mask.samples(as: UInt8.self)
    let target = output.samples(as: UInt8.self)
    var distances = [UInt8](repeating: 0, count: mask.width)
    for row in max(0, window.row - radius)..<min(mask.height, window.endRow + radius) {
      let line = UnsafeMutableBufferPointer(
        rebasing: source[(row * mask.width)..<((row + 1) * mask.width)])
      guard containsRejected(line.span) else { continue }
      measure(line.span, into: &distances)
      for wanted in max(window.row, row - radius)...min(window.endRow - 1, row + radius) {
        let reach = halfWidth(
          of: shape, radius: radius, reach: reach ?? Double(radius), rowsAway: abs(wanted - row))
        let start = (wanted - window.row) * window.width
        var line = UnsafeMutableBufferPointer(rebasing: target[start..<(start + window.width)]).mutableSpan
        reject(
          within: UInt8(reach), distances.span.extracting(window.column..<window.endColumn), in: &line)
      }
    }
  }

  private static func containsRejected(_ line: Span<UInt8>) -> Bool {
    var any: UInt8 = 0
    for index in 0..<line.count { any |= line[index] }
    return any != 0
  }

  /// Columns from each pixel of a row to the nearest rejected one, at most 255.
  private static func measure(_ line: Span<UInt8>, into distances: inout [UInt8]) {
    let count = line.count
    var distances = distances.mutableSpan
    precondition(distances.count == count)
    var distance: UInt8 = 255
    for index in 0..<count {
      distance = line[index] != 0 ? 0 : (distance == 255 ? 255 : distance &+ 1)
      distances[index] = distance
    }
    distance = 255
    for index in stride(from: count - 1, through: 0, by: -1) {
      distance = line[index] != 0 ? 0 : (distance == 255 ? 255 : distance &+ 1)
      distances[index] = min(distances[index], distance)
    }
  }

  private static func reject(
    within reach: UInt8, _ distances: Span<UInt8>, in output: inout MutableSpan<UInt8>
  ) {
    let count = output.count
    precondition(distances.count == count)
    for index in 0..<count {
      output[index] |= distances[index] <= reach ? 1 : 0
    }
  }

  private static func halfWidth(of shape: Shape, radius: Int, reach: Double, rowsAway: Int) -> Int {
    switch shape {
    case .square: radius
    case .diamond: radius - rowsAway
    case .disk: Int(max(0, reach * reach - Double(rowsAway * rowsAway)).squareRoot())
    }
  }
}
