/// The fields of one row of a scene: memory a renderer uses again and again.
final class RowFields {
  let cover: UnsafeMutablePointer<Int16>
  let elevation: UnsafeMutablePointer<Int16>
  let lake: UnsafeMutablePointer<Int16>
  let texture: UnsafeMutablePointer<Int16>
  let cloud: UnsafeMutablePointer<Int16>
  /// The cloud field where a cloud would shade the pixel.
  let shade: UnsafeMutablePointer<Int16>
  let cirrus: UnsafeMutablePointer<Int16>
  /// Codes of `PixelKind`.
  let kind: UnsafeMutablePointer<UInt8>
  /// Random bits, four for each reflectance band.
  let grain: UnsafeMutablePointer<UInt32>

  /// - Parameter width: pixels of the longest row.
  init(width: Int) {
    func field() -> UnsafeMutablePointer<Int16> {
      let field = UnsafeMutablePointer<Int16>.allocate(capacity: width)
      field.initialize(repeating: 0, count: width)
      return field
    }
    (cover, elevation, lake, texture) = (field(), field(), field(), field())
    (cloud, shade, cirrus) = (field(), field(), field())
    kind = .allocate(capacity: width)
    kind.initialize(repeating: 0, count: width)
    grain = .allocate(capacity: width)
    grain.initialize(repeating: 0, count: width)
  }

  deinit {
    for field in [cover, elevation, lake, texture, cloud, shade, cirrus] { field.deallocate() }
    kind.deallocate()
    grain.deallocate()
  }
}
