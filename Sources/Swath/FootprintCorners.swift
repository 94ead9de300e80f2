/// The corners of the footprints of some lines of a swath, as a file has them: around each pixel, one way or the other.
public final class FootprintCorners {
  /// Degrees, by corner, line by line; NaN where they are missing.
  public private(set) var longitudes: [UnsafeMutableBufferPointer<Double>] = []
  public private(set) var latitudes: [UnsafeMutableBufferPointer<Double>] = []

  /// Corners of a footprint.
  public static let count = 4
  /// Bytes a pixel.
  public static let bytesPerPixel = 64

  public init() {}

  deinit { for buffer in longitudes + latitudes { buffer.deallocate() } }

  /// Makes room for as many pixels.
  public func resize(_ pixels: Int) {
    guard longitudes.first?.count != pixels else { return }
    for buffer in longitudes + latitudes { buffer.deallocate() }
    func buffers() -> [UnsafeMutableBufferPointer<Double>] {
      (0..<Self.count).map { _ in
        let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: pixels)
        buffer.initialize(repeating: .nan)
        return buffer
      }
    }
    (longitudes, latitudes) = (buffers(), buffers())
  }
}
