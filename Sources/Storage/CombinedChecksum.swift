/// A part of a file whose content is known by its checksum.
public struct KnownBytes: Hashable, Sendable {
  /// Where in the file it is.
  public let range: Range<Int>
  /// CRC-32.
  public let checksum: UInt32

  public init(_ range: Range<Int>, checksum: UInt32) {
    self.range = range
    self.checksum = checksum
  }
}

extension Checksum {
  /// The CRC-32 of bytes of which those in front and the `count` behind them have their own.
  ///
  /// What is in front is shifted by as many zeros: multiplied by a power of x modulo the CRC's polynomial, as zlib's
  /// `crc32_combine` does.
  public static func crc32(_ front: UInt32, followedBy back: UInt32, count: Int) -> UInt32 {
    var shift: UInt32 = 1 << 31
    var (rest, power) = (count, 3)
    while rest > 0 {
      if rest & 1 == 1 { shift = product(powers[power & 31], shift) }
      rest >>= 1
      power += 1
    }
    return product(shift, front) ^ back
  }

  /// x to the powers 1, 2, 4, 8, ….
  private static let powers: [UInt32] = {
    var powers: [UInt32] = [1 << 30]
    while powers.count < 32 { powers.append(product(powers[powers.count - 1], powers[powers.count - 1])) }
    return powers
  }()

  /// The product of two polynomials modulo the CRC's, the highest bit being x to the power of 0.
  private static func product(_ a: UInt32, _ b: UInt32) -> UInt32 {
    let polynomial: UInt32 = 0xEDB8_8320
    var (sum, shifted) = (UInt32(0), b)
    for bit in stride(from: 31, through: 0, by: -1) {
      if a >> UInt32(bit) & 1 == 1 { sum ^= shifted }
      shifted = shifted & 1 == 1 ? shifted >> 1 ^ polynomial : shifted >> 1
    }
    return sum
  }
}

extension LocalFiles {
  /// Size and CRC-32 of a file, of which only what is not known is read.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - known: in any order; parts do not overlap.
  public static func fingerprint(_ path: String, knowing known: [KnownBytes]) throws(StorageError) -> (
    bytes: Int, checksum: UInt32
  ) {
    let file = try FileBytes(path)
    let size = try size(path)
    let end = KnownBytes(size..<size, checksum: 0)
    var (checksum, position) = (UInt32(0), 0)
    for part in known.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) + [end] {
      guard position <= part.range.lowerBound, part.range.upperBound <= size else {
        throw StorageError(
          .read, path: path, reason: "parts of it overlap, or it is shorter than was written")
      }
      while position < part.range.lowerBound {
        let count = min(1 << 20, part.range.lowerBound - position)
        guard let bytes = file.read(at: position, count: count) else {
          throw StorageError(.read, path: path, reason: "it is shorter than was written")
        }
        checksum = Checksum.crc32(bytes, seed: checksum)
        position += count
      }
      checksum = Checksum.crc32(checksum, followedBy: part.checksum, count: part.range.count)
      position = part.range.upperBound
    }
    return (size, checksum)
  }
}
