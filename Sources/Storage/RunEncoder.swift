internal import Deflate
internal import DeflateAVX2
internal import Raster

/// The encoder of level 1, in the build for this processor; each build writes the same bytes.
struct RunEncoder: ~Copyable {
  // The memory of the one that does not run is never touched.
  private var baseline = Deflate.RunDeflate()
  private var wide = DeflateAVX2.RunDeflate()

  /// The most bytes that `encode` writes for an input.
  static func bound(_ count: Int) -> Int { Deflate.RunDeflate.bound(count) }

  /// Encodes bytes as a zlib stream, see `RunDeflate`.
  mutating func encode(
    _ input: UnsafeRawBufferPointer, checksum: UInt32, into output: UnsafeMutableRawBufferPointer
  ) -> Int {
    Processor.usesAVX2
      ? wide.encode(input, checksum: checksum, into: output)
      : baseline.encode(input, checksum: checksum, into: output)
  }
}
