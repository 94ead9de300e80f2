/// A picture of red, green, blue and opacity: what `PNGImage` writes and this reads back.
public struct ColourPicture: Sendable {
  public let width: Int
  public let height: Int
  /// Red, green, blue and opacity of each pixel in turn, row by row.
  public private(set) var samples: [UInt8]
  /// Texts in the file, by keyword.
  public var texts: [String: String]

  public init(width: Int, height: Int, samples: [UInt8], texts: [String: String] = [:]) {
    precondition(width > 0 && height > 0 && samples.count == 4 * width * height)
    (self.width, self.height, self.samples, self.texts) = (width, height, samples, texts)
  }

  /// The same picture without a palette.
  public init(_ picture: IndexedPicture) {
    let colours = picture.palette.map { [$0.red, $0.green, $0.blue, $0.alpha] }
    var samples: [UInt8] = []
    samples.reserveCapacity(4 * picture.indices.count)
    for index in picture.indices { samples += colours[Int(index)] }
    self.init(width: picture.width, height: picture.height, samples: samples, texts: picture.texts)
  }

  /// Reads a file as `encoded` makes it.
  ///
  /// - Returns: nil for any other file, and for one that is damaged.
  public init?(png file: [UInt8]) {
    guard let parts = PNGParts(file, kind: 6),
      let rows = PNGImage.decompress(parts.data, bytes: (4 * parts.width + 1) * parts.height)
    else { return nil }
    let length = 4 * parts.width
    var samples: [UInt8] = []
    samples.reserveCapacity(length * parts.height)
    for row in 0..<parts.height {
      let start = row * (length + 1)
      guard rows[start] == PNGImage.subFilter else { return nil }
      samples += rows[(start + 1)..<(start + 5)]
      for place in (start + 5)..<(start + 1 + length) {
        samples.append(rows[place] &+ samples[samples.count - 4])
      }
    }
    self.init(width: parts.width, height: parts.height, samples: samples, texts: parts.texts)
  }

  /// Puts another picture over this one; what reaches beyond an edge is cut.
  public mutating func draw(_ picture: ColourPicture, column: Int, row: Int) {
    let count = min(picture.width, width - column)
    guard column >= 0, row >= 0, count > 0 else { return }
    for line in 0..<min(picture.height, height - row) {
      let (from, to) = (4 * line * picture.width, 4 * ((row + line) * width + column))
      samples.replaceSubrange(to..<(to + 4 * count), with: picture.samples[from..<(from + 4 * count)])
    }
  }

  /// The upper left part.
  public func cropped(width: Int, height: Int) -> ColourPicture {
    let (width, height) = (min(max(width, 1), self.width), min(max(height, 1), self.height))
    return ColourPicture(
      width: width, height: height,
      samples: (0..<height).flatMap { samples[(4 * $0 * self.width)..<(4 * ($0 * self.width + width))] },
      texts: texts)
  }

  /// Every nth pixel, so that no side is longer.
  public func reduced(to side: Int) -> ColourPicture {
    let step = (max(width, height) + side - 1) / side
    guard step > 1 else { return self }
    let (columns, rows) = ((width + step - 1) / step, (height + step - 1) / step)
    var taken: [UInt8] = []
    taken.reserveCapacity(4 * columns * rows)
    for row in 0..<rows {
      let start = min(row * step + step / 2, height - 1) * width
      for column in 0..<columns {
        let place = 4 * (start + min(column * step + step / 2, width - 1))
        taken += samples[place..<(place + 4)]
      }
    }
    return ColourPicture(width: columns, height: rows, samples: taken, texts: texts)
  }

  /// As a PNG file.
  public func encoded(level: Int32 = 6) throws(ZipError) -> [UInt8] {
    var image = PNGImage(width: width, height: height, transparentColours: samples)
    image.texts = texts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return try image.encoded(level: level)
  }
}
