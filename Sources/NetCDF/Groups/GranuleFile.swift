internal import Glibc
internal import Storage

/// A file of groups that any thread can read: what it is made of is read once, through the libraries; its numbers are
/// read without them, wherever chunks are packed as `ChunkCodec` packs them.
public final class GranuleFile: Sendable {
  public let path: String
  public let definition: GroupedDefinition
  private let bytes: FileBytes

  /// Opens a file. Not to be called on threads of Swift's own pool.
  public init(_ path: String) throws(NetCDFError) {
    self.path = path
    definition = try NetCDFThread.wait(throwing: { () throws(NetCDFError) in
      // What stood there before under this name may be open still.
      OpenGroupedFiles.shared.forget(path)
      return try OpenGroupedFiles.shared.file(path).definition
    })
    do throws(StorageError) {
      bytes = try FileBytes(path)
    } catch {
      throw NetCDFError("open", path: path, reason: error.description)
    }
  }

  /// Variables that can be read. Not to be called on threads of Swift's own pool.
  public func arrays(_ variables: [GroupedVariable]) throws(NetCDFError) -> [StoredArray] {
    let path = path
    let layouts = try NetCDFThread.wait(throwing: { () throws(NetCDFError) in
      try OpenGroupedFiles.shared.layouts(of: variables, in: path)
    })
    return zip(variables, layouts).map { StoredArray(file: self, variable: $0, layout: $1) }
  }

  /// Closes what the libraries hold open of it: what they alone can read is opened again when it is asked for.
  public func rest() {
    let path = path
    NetCDFThread.wait { OpenGroupedFiles.shared.forget(path) }
  }

  /// The values of a small variable as numbers, as stored; empty for text.
  public func numbers(_ variable: GroupedVariable) throws(NetCDFError) -> [Double] {
    guard variable.type.isNumber else { return [] }
    let path = path
    let bytes = try NetCDFThread.wait(throwing: { () throws(NetCDFError) in
      try OpenGroupedFiles.shared.file(path).read(variable, variable.shape.map { 0..<$0 })
    })
    return bytes.withUnsafeBytes { raw in
      (0..<(raw.count / variable.type.size)).map { variable.type.number(raw, at: $0) }
    }
  }

  func read(at place: StoredLayout.Place, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    bytes.read(at: place.offset, into: buffer)
  }
}

/// A variable of a file, and how it lies there.
public struct StoredArray: Sendable {
  public let file: GranuleFile
  public let variable: GroupedVariable
  public let layout: StoredLayout
}

extension StoredType {
  /// The bits of an element, in its own width; nil for one that is not whole, or has more than 64.
  ///
  /// - Parameters:
  ///   - bytes: elements as they are stored, in the machine's byte order.
  ///   - index: of the element.
  ///   - number: the element as a number.
  @inline(__always)
  public func pattern(_ bytes: UnsafeRawBufferPointer, at index: Int, _ number: Double) -> UInt64? {
    if self == .uint64 || self == .int64 {
      return bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
    }
    if let pattern = UInt64(exactly: number) { return pattern }
    let isWide = self == .float32 || self == .float64
    return Int32(exactly: number).map {
      UInt64(UInt32(bitPattern: $0)) & (UInt64.max >> UInt64(64 - (isWide ? 32 : size * 8)))
    }
  }

  /// An element as the 32 lowest of its bits, where it has 64; else as a number.
  @inline(__always)
  public func flags(_ bytes: UnsafeRawBufferPointer, at index: Int, _ number: Double) -> Double {
    guard self == .uint64 || self == .int64 else { return number }
    return Double(
      UInt32(truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)))
  }

  /// An element of bytes in this machine's order.
  public func number(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Double {
    func load<T: BitwiseCopyable>(_: T.Type) -> T {
      bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self)
    }
    return switch self {
    case .int8: Double(load(Int8.self))
    case .uint8, .character: Double(load(UInt8.self))
    case .int16: Double(load(Int16.self))
    case .uint16: Double(load(UInt16.self))
    case .int32: Double(load(Int32.self))
    case .uint32: Double(load(UInt32.self))
    case .int64: Double(load(Int64.self))
    case .uint64: Double(load(UInt64.self))
    case .float32: Double(load(Float.self))
    case .float64: load(Double.self)
    case .string: .nan
    }
  }
}
