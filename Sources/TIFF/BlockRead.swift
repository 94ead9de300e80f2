public import Geo

/// The blocks of a TIFF that hold what is wanted of a window, found once for whoever fetches and whoever unpacks them.
public final class BlockRead {
  /// Fills memory with a block as it is in the file; false when it cannot.
  public typealias Bytes = (_ number: Int, _ target: UnsafeMutableRawBufferPointer) throws -> Bool

  public let layout: TIFFLayout
  /// In pixels of the raster, all inside it.
  public let window: PixelWindow
  /// Counted row by row from 0, in the order in which they are unpacked.
  public let numbers: [Int]
  let bytes: Bytes
  /// Those that are unpacked already, by number: they are not among `numbers`.
  let unpacked: [Int: [UInt8]]
  /// Gets each block once it is unpacked.
  let keep: ((_ number: Int, _ block: UnsafeRawBufferPointer) -> Void)?
  /// What the same reader reads after this: its first block is unpacked together with the last of this one.
  public var following: BlockRead?

  /// - Parameters:
  ///   - layout: of the file's blocks.
  ///   - window: the pixels that are wanted.
  ///   - numbers: as `layout` finds them for the window.
  ///   - unpacked: blocks that need not be unpacked, as an earlier read's `keep` was given them.
  ///   - keep: gets each of the other blocks as it was unpacked; the bytes live as long as the call.
  ///   - bytes: called for one block after the other, on the reader's thread.
  public init(
    _ layout: TIFFLayout, window: PixelWindow, numbers: [Int], unpacked: [Int: [UInt8]] = [:],
    keep: ((_ number: Int, _ block: UnsafeRawBufferPointer) -> Void)? = nil, bytes: @escaping Bytes
  ) {
    self.layout = layout
    self.window = window
    self.numbers = numbers
    self.unpacked = unpacked
    self.keep = keep
    self.bytes = bytes
  }
}
