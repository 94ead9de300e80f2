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
  /// What the same reader reads after this: its first block is unpacked together with the last of this one.
  public var following: BlockRead?

  /// - Parameters:
  ///   - layout: of the file's blocks.
  ///   - window: the pixels that are wanted.
  ///   - numbers: as `layout` finds them for the window.
  ///   - bytes: called for one block after the other, on the reader's thread.
  public init(_ layout: TIFFLayout, window: PixelWindow, numbers: [Int], bytes: @escaping Bytes) {
    self.layout = layout
    self.window = window
    self.numbers = numbers
    self.bytes = bytes
  }
}
