/// A rectangle of samples in their stored format, in memory that is allocated once and used again.
///
/// Row-major, rows contiguous. Not thread-safe: one worker owns a plane at a time.
public final class SamplePlane {
  public private(set) var type: SampleType
  public private(set) var width: Int
  public private(set) var height: Int
  private var storage: UnsafeMutableRawBufferPointer

  /// An empty plane; `reshape` gives it a size.
  public init() {
    type = .uint8
    width = 0
    height = 0
    storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 64)
  }

  deinit {
    storage.deallocate()
  }

  /// The number of samples.
  public var count: Int { width * height }

  /// The bytes in use.
  public var bytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: storage[..<(count * type.size)])
  }

  /// Gives the plane a size and type; the samples are undefined afterwards.
  public func reshape(type: SampleType, width: Int, height: Int) {
    precondition(width >= 0 && height >= 0)
    self.type = type
    self.width = width
    self.height = height
    if storage.count < count * type.size {
      storage.deallocate()
      storage = UnsafeMutableRawBufferPointer.allocate(byteCount: count * type.size, alignment: 64)
    }
  }

  /// The samples as numbers of type `T`.
  ///
  /// - Precondition: `T` is the plane's type, or has its size and is read as a bit pattern.
  public func samples<T: BitwiseCopyable>(as _: T.Type = T.self) -> UnsafeMutableBufferPointer<T> {
    precondition(MemoryLayout<T>.size == type.size, "samples read in a type of another size")
    return bytes.bindMemory(to: T.self)
  }

  /// Sets every sample to `value`, or to zero when the type cannot hold it.
  public func fill(_ value: Double) {
    switch type {
    case .uint8: fillAll(UInt8(exactly: value) ?? 0)
    case .int8: fillAll(Int8(exactly: value) ?? 0)
    case .uint16: fillAll(UInt16(exactly: value) ?? 0)
    case .int16: fillAll(Int16(exactly: value) ?? 0)
    case .uint32: fillAll(UInt32(exactly: value) ?? 0)
    case .int32: fillAll(Int32(exactly: value) ?? 0)
    case .float32: fillAll(Float(value))
    case .float64: fillAll(value)
    }
  }

  private func fillAll<T: RasterSample>(_ value: T) {
    samples(as: T.self).update(repeating: value)
  }
}
