internal import CDeflate

/// Checksums that tell whether stored bytes are still the ones that were written.
public enum Checksum {
  /// CRC-32 (ISO 3309, the one of gzip, PNG and zip); pass the result on as `seed` to continue over more bytes.
  public static func crc32(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
    // Without a pointer libdeflate would start again at 0.
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return seed }
    return libdeflate_crc32(seed, base, bytes.count)
  }

  /// CRC-32 of an array, see `crc32(_:seed:)`.
  public static func crc32(_ bytes: [UInt8], seed: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { crc32($0, seed: seed) }
  }

  /// Adler-32 (RFC 1950, the one at the end of a zlib stream).
  public static func adler32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    guard let base = bytes.baseAddress else { return 1 }
    return libdeflate_adler32(1, base, bytes.count)
  }
}
