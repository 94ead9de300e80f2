/// A GIF file of one or more pictures with the same size and palette, shown one after the other (GIF89a).
public struct GIFImage: Sendable {
  private var file: [UInt8]
  private let width: Int
  private let height: Int
  private let delay: Int

  /// - Parameters:
  ///   - width: columns, 1 to 65535.
  ///   - height: rows, 1 to 65535.
  ///   - palette: 1 to 256 colours; a colour that is transparent throughout lets the page show.
  ///   - delay: of each picture, in hundredths of a second.
  public init(width: Int, height: Int, palette: [PNGImage.Colour], delay: Int) {
    precondition((1...65535).contains(width) && (1...65535).contains(height))
    precondition((1...256).contains(palette.count) && (0...65535).contains(delay))
    (self.width, self.height, self.delay) = (width, height, delay)
    transparent = palette.firstIndex { $0.alpha == 0 }
    // A palette of 256 colours for all pictures, whose resolution is eight bits.
    file = Array("GIF89a".utf8) + GIFImage.little(width) + GIFImage.little(height) + [0xF7, 0, 0]
    file += palette.flatMap { [$0.red, $0.green, $0.blue] }
    file += Array(repeating: 0, count: 3 * (256 - palette.count))
    // Without end.
    file += [0x21, 0xFF, 11] + Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]
  }

  private let transparent: Int?

  /// Adds a picture.
  ///
  /// - Parameter indices: places in the palette, row by row; those that are missing at the end are the first colour.
  public mutating func add(_ indices: [UInt8]) {
    // Each picture goes before the next comes: what is transparent shows no earlier one.
    let flags: UInt8 = 2 << 2 | (transparent == nil ? 0 : 1)
    file += [0x21, 0xF9, 4, flags] + GIFImage.little(delay) + [UInt8(transparent ?? 0), 0]
    file += [0x2C, 0, 0, 0, 0] + GIFImage.little(width) + GIFImage.little(height) + [0, 8]
    let count = width * height
    let packed = GIFImage.packed(
      indices.count >= count
        ? indices[..<count] : (indices + Array(repeating: 0, count: count - indices.count))[...])
    for start in stride(from: 0, to: packed.count, by: 255) {
      let block = packed[start..<min(start + 255, packed.count)]
      file.append(UInt8(block.count))
      file += block
    }
    file.append(0)
  }

  /// The file's bytes; the same pictures give the same bytes.
  public var encoded: [UInt8] { file + [0x3B] }

  private static func little(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
  }

  /// LZW with codes of 9 to 12 bits, as GIF has it: appendix F of its specification.
  static func packed(_ indices: ArraySlice<UInt8>) -> [UInt8] {
    let (clear, end, most) = (256, 257, 4096)
    var output: [UInt8] = []
    output.reserveCapacity(indices.count / 4)
    var (bits, count): (UInt32, Int) = (0, 0)
    var width = 9
    func put(_ code: Int) {
      bits |= UInt32(code) << UInt32(count)
      count += width
      while count >= 8 {
        output.append(UInt8(truncatingIfNeeded: bits))
        bits >>= 8
        count -= 8
      }
    }
    // The code of a known string with one more index: at the string's code times 256 plus the index; 0 for none.
    var longer = [UInt16](repeating: 0, count: most * 256)
    var next = end + 1
    put(clear)
    var current = -1
    for index in indices {
      guard current >= 0 else {
        current = Int(index)
        continue
      }
      let place = current << 8 | Int(index)
      if longer[place] != 0 {
        current = Int(longer[place])
        continue
      }
      put(current)
      if next < most {
        longer[place] = UInt16(next)
        // Readers are one string behind: the width grows once the code just made no longer fits.
        if next == 1 << width { width += 1 }
        next += 1
      } else {
        put(clear)
        longer = [UInt16](repeating: 0, count: most * 256)
        next = end + 1
        width = 9
      }
      current = Int(index)
    }
    if current >= 0 {
      put(current)
      // The reader makes one more string, which no code needs, and may read the end one bit wider.
      if next < most, next == 1 << width { width += 1 }
    }
    put(end)
    if count > 0 { output.append(UInt8(truncatingIfNeeded: bits)) }
    return output
  }
}
