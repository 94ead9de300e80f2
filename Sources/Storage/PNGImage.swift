internal import CDeflate

/// A picture of up to 256 colours, each with its own opacity, as a PNG file.
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

  private let width: Int
  private let height: Int
  private let palette: [Colour]
  private let indices: [UInt8]

  /// - Parameters:
  ///   - palette: 1 to 256 colours.
  ///   - indices: places in the palette, row by row, `width * height` of them.
  public init(width: Int, height: Int, palette: [Colour], indices: [UInt8]) {
    precondition(width > 0 && height > 0 && indices.count == width * height)
    precondition((1...256).contains(palette.count))
    self.width = width
    self.height = height
    self.palette = palette
    self.indices = indices
  }

  /// The file's bytes; the same picture gives the same bytes.
  public func encoded() throws(ZipError) -> [UInt8] {
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    // Eight bits, a palette, no interlacing.
    append("IHDR", bigEndian(width) + bigEndian(height) + [8, 3, 0, 0, 0], to: &file)
    append("PLTE", palette.flatMap { [$0.red, $0.green, $0.blue] }, to: &file)
    append("tRNS", palette.map(\.alpha), to: &file)
    var rows: [UInt8] = []
    rows.reserveCapacity((width + 1) * height)
    for row in 0..<height {
      // No filter: places in a palette are no amounts.
      rows.append(0)
      rows += indices[(row * width)..<((row + 1) * width)]
    }
    append("IDAT", try compress(rows), to: &file)
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

  private func compress(_ bytes: [UInt8]) throws(ZipError) -> [UInt8] {
    guard let compressor = libdeflate_alloc_compressor(2) else { throw .outOfMemory }
    defer { libdeflate_free_compressor(compressor) }
    let bound = libdeflate_zlib_compress_bound(compressor, bytes.count)
    return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      count = libdeflate_zlib_compress(compressor, bytes, bytes.count, buffer.baseAddress, bound)
    }
  }
}
