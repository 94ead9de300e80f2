internal import CDeflate

/// A picture as a PNG file: of up to 256 colours, each with its own opacity, of grey values, or of red, green and blue
/// with or without opacity.
///
/// <https://www.w3.org/TR/png-3/>
public struct PNGImage: Sendable {
  /// Red, green, blue and opacity.
  public struct Colour: Hashable, Sendable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8
    public var alpha: UInt8

    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8, alpha: UInt8 = 255) {
      self.red = red
      self.green = green
      self.blue = blue
      self.alpha = alpha
    }
  }

  /// What a byte of a pixel means; the numbers are PNG's colour types.
  private enum Kind: UInt8 {
    case grey = 0
    case colour = 2
    case palette = 3
    case transparentColour = 6

    /// Bytes of a pixel.
    var size: Int {
      switch self {
      case .grey, .palette: 1
      case .colour: 3
      case .transparentColour: 4
      }
    }
  }

  private let kind: Kind
  private let width: Int
  private let height: Int
  private let palette: [Colour]
  private let samples: [UInt8]
  /// Texts that the file carries, by keyword (Latin letters, at most 79).
  public var texts: [(keyword: String, text: String)] = []

  /// PNG's filter type of rows that hold differences from the pixel on the left.
  static let subFilter: UInt8 = 1

  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// - Parameters:
  ///   - width: columns, 1 or more.
  ///   - height: rows, 1 or more.
  ///   - palette: 1 to 256 colours.
  ///   - indices: places in the palette, row by row, `width * height` of them.
  public init(width: Int, height: Int, palette: [Colour], indices: [UInt8]) {
    precondition(width > 0 && height > 0 && indices.count == width * height)
    precondition((1...256).contains(palette.count))
    kind = .palette
    self.width = width
    self.height = height
    self.palette = palette
    samples = indices
  }

  /// - Parameters:
  ///   - width: columns, 1 or more.
  ///   - height: rows, 1 or more.
  ///   - grey: from 0, black, to 255, white, row by row, `width * height` of them.
  public init(width: Int, height: Int, grey: [UInt8]) {
    precondition(width > 0 && height > 0 && grey.count == width * height)
    kind = .grey
    self.width = width
    self.height = height
    palette = []
    samples = grey
  }

  /// - Parameters:
  ///   - width: columns, 1 or more.
  ///   - height: rows, 1 or more.
  ///   - colours: red, green and blue of each pixel in turn, row by row.
  public init(width: Int, height: Int, colours: [UInt8]) {
    precondition(width > 0 && height > 0 && colours.count == 3 * width * height)
    kind = .colour
    self.width = width
    self.height = height
    palette = []
    samples = colours
  }

  /// A picture of colours with opacity.
  ///
  /// - Parameters:
  ///   - width: in pixels, above 0.
  ///   - height: in pixels, above 0.
  ///   - transparentColours: red, green, blue and opacity of each pixel in turn, row by row.
  public init(width: Int, height: Int, transparentColours: [UInt8]) {
    precondition(width > 0 && height > 0 && transparentColours.count == 4 * width * height)
    kind = .transparentColour
    self.width = width
    self.height = height
    palette = []
    samples = transparentColours
  }

  /// The file's bytes; the same picture gives the same bytes.
  ///
  /// - Parameter level: the effort of compression, 1 (fast) to 12 (small).
  public func encoded(level: Int32 = 2) throws(ZipError) -> [UInt8] {
    var file = PNGImage.signature
    // Eight bits, the colour type, no interlacing.
    append("IHDR", bigEndian(width) + bigEndian(height) + [8, kind.rawValue, 0, 0, 0], to: &file)
    if kind == .palette {
      append("PLTE", palette.flatMap { [$0.red, $0.green, $0.blue] }, to: &file)
      append("tRNS", palette.map(\.alpha), to: &file)
    }
    // UTF-8, not compressed, in no language.
    for entry in texts {
      append("iTXt", Array(entry.keyword.utf8) + [0, 0, 0, 0, 0] + Array(entry.text.utf8), to: &file)
    }
    let length = kind.size * width
    var rows: [UInt8] = []
    rows.reserveCapacity((length + 1) * height)
    for row in 0..<height {
      let own = samples[(row * length)..<((row + 1) * length)]
      guard kind == .transparentColour else {
        // No filter: places in a palette are no amounts, and pictures of others are small.
        rows.append(0)
        rows += own
        continue
      }
      // Differences from the pixel on the left.
      rows.append(PNGImage.subFilter)
      rows += own.prefix(kind.size)
      for place in own.indices.dropFirst(kind.size) {
        rows.append(samples[place] &- samples[place - kind.size])
      }
    }
    append("IDAT", try compress(rows, level), to: &file)
    append("IEND", [], to: &file)
    return file
  }

  private func append(_ type: String, _ content: [UInt8], to file: inout [UInt8]) {
    let body = Array(type.utf8) + content
    file += bigEndian(content.count)
    file += body
    file += bigEndian(Int(Checksum.crc32(body)))
  }

  private func bigEndian(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// Unpacks a zlib stream of known length; nil when it is another.
  static func decompress(_ stream: [UInt8], bytes: Int) -> [UInt8]? {
    guard let decompressor = libdeflate_alloc_decompressor() else { return nil }
    defer { libdeflate_free_decompressor(decompressor) }
    var written = 0
    let output = [UInt8](unsafeUninitializedCapacity: bytes) { buffer, count in
      let result = libdeflate_zlib_decompress(
        decompressor, stream, stream.count, buffer.baseAddress, bytes, &written)
      count = result == LIBDEFLATE_SUCCESS ? written : 0
    }
    return output.count == bytes ? output : nil
  }

  private func compress(_ bytes: [UInt8], _ level: Int32) throws(ZipError) -> [UInt8] {
    guard let compressor = libdeflate_alloc_compressor(level) else { throw .outOfMemory }
    defer { libdeflate_free_compressor(compressor) }
    let bound = libdeflate_zlib_compress_bound(compressor, bytes.count)
    return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      count = libdeflate_zlib_compress(compressor, bytes, bytes.count, buffer.baseAddress, bound)
    }
  }
}
