import Geo
import Storage
import TIFF

extension BlockRead {
  /// What is wanted of a window, from the layout's own file.
  convenience init(
    _ layout: TIFFLayout, window: PixelWindow, isWanted: (PixelWindow) -> Bool = { _ in true }
  ) {
    self.init(layout, window: window, numbers: layout.blocks(in: window, isWanted: isWanted)) {
      number, target in
      guard let bytes = layout.bytes(ofBlock: number), bytes.count == target.count else { return false }
      return try FileBytes(layout.path).read(at: UInt64(bytes.lowerBound), into: target)
    }
  }
}
