/// A picture of places in a palette: what `PNGImage` writes and this reads back.
public struct IndexedPicture: Sendable {
  public let width: Int
  public let height: Int
  /// 1 to 256 colours.
  public let palette: [PNGImage.Colour]
  /// Places in the palette, row by row.
  public let indices: [UInt8]
  /// Texts in the file, by keyword.
  public let texts: [String: String]

  public init(
    width: Int, height: Int, palette: [PNGImage.Colour], indices: [UInt8], texts: [String: String] = [:]
  ) {
    precondition(width > 0 && height > 0 && indices.count == width * height)
    (self.width, self.height, self.palette) = (width, height, palette)
    (self.indices, self.texts) = (indices, texts)
  }

  /// Reads a file with eight bits a pixel, a palette and unfiltered rows.
  ///
  /// - Returns: nil for any other file, and for one that is damaged.
  public init?(png file: [UInt8]) {
    guard let parts = PNGParts(file, kind: 3), parts.colours.count % 3 == 0,
      (1...256).contains(parts.colours.count / 3),
      let rows = PNGImage.decompress(parts.data, bytes: (parts.width + 1) * parts.height)
    else { return nil }
    let (colours, opacity) = (parts.colours, parts.opacity)
    var indices: [UInt8] = []
    indices.reserveCapacity(parts.width * parts.height)
    for row in 0..<parts.height {
      let start = row * (parts.width + 1)
      guard rows[start] == 0 else { return nil }
      indices += rows[(start + 1)..<(start + 1 + parts.width)]
    }
    let count = colours.count / 3
    guard indices.allSatisfy({ Int($0) < count }) else { return nil }
    self.init(
      width: parts.width, height: parts.height,
      palette: (0..<count).map {
        PNGImage.Colour(
          colours[3 * $0], colours[3 * $0 + 1], colours[3 * $0 + 2],
          alpha: $0 < opacity.count ? opacity[$0] : 255)
      },
      indices: indices, texts: parts.texts)
  }

  /// The upper left part.
  public func cropped(width: Int, height: Int) -> IndexedPicture {
    let (width, height) = (min(max(width, 1), self.width), min(max(height, 1), self.height))
    return IndexedPicture(
      width: width, height: height, palette: palette,
      indices: (0..<height).flatMap { indices[($0 * self.width)..<($0 * self.width + width)] }, texts: texts)
  }

  /// Every nth pixel, so that no side is longer.
  public func reduced(to side: Int) -> IndexedPicture {
    let step = (max(width, height) + side - 1) / side
    guard step > 1 else { return self }
    let (columns, rows) = ((width + step - 1) / step, (height + step - 1) / step)
    var taken: [UInt8] = []
    taken.reserveCapacity(columns * rows)
    for row in 0..<rows {
      let start = min(row * step + step / 2, height - 1) * width
      for column in 0..<columns { taken.append(indices[start + min(column * step + step / 2, width - 1)]) }
    }
    return IndexedPicture(width: columns, height: rows, palette: palette, indices: taken, texts: texts)
  }

  /// As a PNG file.
  public func encoded(level: Int32 = 6) throws(ZipError) -> [UInt8] {
    var image = PNGImage(width: width, height: height, palette: palette, indices: indices)
    image.texts = texts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return try image.encoded(level: level)
  }
}
