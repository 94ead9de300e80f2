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
  let unpacked: [Int: UnpackedRows]
  /// Where blocks are that other reads have unpacked since, and where those of this one go.
  let exchange: (any BlockExchange)?
  /// What the same reader reads after this: its first block is unpacked together with the last of this one.
  public var following: BlockRead?

  /// - Parameters:
  ///   - layout: of the file's blocks.
  ///   - window: the pixels that are wanted.
  ///   - numbers: as `layout` finds them for the window.
  ///   - unpacked: blocks that need not be unpacked, as they were given to an earlier read's `exchange`.
  ///   - exchange: asked for each of the other blocks just before it would be unpacked, and given it afterwards.
  ///   - bytes: called for one block after the other, on the reader's thread.
  public init(
    _ layout: TIFFLayout, window: PixelWindow, numbers: [Int], unpacked: [Int: UnpackedRows] = [:],
    exchange: (any BlockExchange)? = nil, bytes: @escaping Bytes
  ) {
    self.layout = layout
    self.window = window
    self.numbers = numbers
    self.unpacked = unpacked
    self.exchange = exchange
    self.bytes = bytes
  }
}
