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
    guard file.starts(with: PNGImage.signature) else { return nil }
    func number(_ place: Int) -> Int { file[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) } }
    var size: (width: Int, height: Int)?
    var (colours, opacity, data): ([UInt8], [UInt8], [UInt8]) = ([], [], [])
    var texts: [String: String] = [:]
    var place = 8
    while place + 12 <= file.count {
      let length = number(place)
      guard length <= file.count - place - 12 else { return nil }
      let body = file[(place + 8)..<(place + 8 + length)]
      guard Int(Checksum.crc32(Array(file[(place + 4)..<(place + 8 + length)]))) == number(place + 8 + length)
      else {
        return nil
      }
      switch String(decoding: file[(place + 4)..<(place + 8)], as: UTF8.self) {
      case "IHDR":
        guard length == 13, Array(body.suffix(5)) == [8, 3, 0, 0, 0] else { return nil }
        size = (number(place + 8), number(place + 12))
      case "PLTE": colours = Array(body)
      case "tRNS": opacity = Array(body)
      case "IDAT": data += body
      case "iTXt":
        // Keyword, no compression, no language.
        let parts = body.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, parts[1].count >= 4 {
          texts[String(decoding: parts[0], as: UTF8.self)] = String(
            decoding: parts[1].dropFirst(4), as: UTF8.self)
        }
      default: break
      }
      place += 12 + length
    }
    guard let size, (1...4096).contains(size.width), (1...4096).contains(size.height), colours.count % 3 == 0,
      (1...256).contains(colours.count / 3),
      let rows = PNGImage.decompress(data, bytes: (size.width + 1) * size.height)
    else { return nil }
    var indices: [UInt8] = []
    indices.reserveCapacity(size.width * size.height)
    for row in 0..<size.height {
      let start = row * (size.width + 1)
      guard rows[start] == 0 else { return nil }
      indices += rows[(start + 1)..<(start + 1 + size.width)]
    }
    let count = colours.count / 3
    guard indices.allSatisfy({ Int($0) < count }) else { return nil }
    self.init(
      width: size.width, height: size.height,
      palette: (0..<count).map {
        PNGImage.Colour(
          colours[3 * $0], colours[3 * $0 + 1], colours[3 * $0 + 2],
          alpha: $0 < opacity.count ? opacity[$0] : 255)
      },
      indices: indices, texts: texts)
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
