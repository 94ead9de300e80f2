internal import Inflate
internal import InflateAVX2
internal import Raster

/// Unpacks zlib streams (RFC 1950), best two at a time, which takes about half of the time that libdeflate takes for one
/// after the other.
///
/// It says yes only to what is proven by the stream's own checksum; whatever it says no to, sound or not, is for
/// libdeflate to unpack or to refuse. One a worker.
public final class PairInflater {
  /// A packed stream and the memory it is to fill exactly.
  public struct Part {
    /// `slack` bytes behind its end can be read.
    let packed: UnsafeRawBufferPointer
    /// `slack` bytes behind its end can be written.
    let unpacked: UnsafeMutableRawBufferPointer

    public init(packed: UnsafeRawBufferPointer, unpacked: UnsafeMutableRawBufferPointer) {
      self.packed = packed
      self.unpacked = unpacked
    }
  }

  /// Bytes that buffers have to have behind what is in them.
  public static let slack = max(Inflate.InflateKernels.slack, InflateAVX2.InflateKernels.slack)

  private static let headerSize = 2
  private static let checksumSize = 4

  private let scratch = UnsafeMutableRawBufferPointer.allocate(
    byteCount: max(Inflate.InflateKernels.scratchSize, InflateAVX2.InflateKernels.scratchSize),
    alignment: max(Inflate.InflateKernels.alignment, InflateAVX2.InflateKernels.alignment))

  public init() {}

  deinit { scratch.deallocate() }

  /// Unpacks two streams.
  ///
  /// - Returns: for each whether its memory now holds what was packed.
  public func unpack(_ first: Part, _ second: Part) -> (Bool, Bool) {
    guard let a = PairInflater.deflated(first), let b = PairInflater.deflated(second),
      let scratch = scratch.baseAddress
    else { return (false, false) }
    let rests =
      Processor.usesAVX2
      ? InflateAVX2.InflateKernels.inflate(a, b, scratch: scratch)
      : Inflate.InflateKernels.inflate(a, b, scratch: scratch)
    return (PairInflater.isWhole(first, rest: rests.0), PairInflater.isWhole(second, rest: rests.1))
  }

  /// Unpacks one stream.
  ///
  /// - Returns: whether its memory now holds what was packed.
  public func unpack(_ part: Part) -> Bool {
    guard let deflated = PairInflater.deflated(part), let scratch = scratch.baseAddress else { return false }
    let rest =
      Processor.usesAVX2
      ? InflateAVX2.InflateKernels.inflate(deflated, scratch: scratch)
      : Inflate.InflateKernels.inflate(deflated, scratch: scratch)
    return PairInflater.isWhole(part, rest: rest)
  }

  /// The stream within its wrapping; nil when that is not zlib's.
  private static func deflated(_ part: Part) -> Inflate.InflateKernels.Part? {
    guard let input = part.packed.baseAddress, let output = part.unpacked.baseAddress,
      part.packed.count > headerSize + checksumSize
    else { return nil }
    let (method, flags) = (part.packed[0], part.packed[1])
    // Deflate, no dictionary, and a header whose sixteen bits are a multiple of 31.
    guard method & 15 == 8, flags & 32 == 0, (Int(method) << 8 | Int(flags)) % 31 == 0 else { return nil }
    return (input + headerSize, part.packed.count - headerSize, output, part.unpacked.count)
  }

  /// Whether only the checksum was left, and is right.
  private static func isWhole(_ part: Part, rest: Int?) -> Bool {
    guard rest == checksumSize else { return false }
    let stored = part.packed.suffix(checksumSize).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return Checksum.adler32(UnsafeRawBufferPointer(part.unpacked)) == stored
  }
}
