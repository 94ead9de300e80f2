/// Writes bits, lowest first. The target is large enough: `RunDeflate.bound` saw to it.
struct BitWriter {
  private var target: UnsafeMutableRawPointer
  private var pending: UInt64 = 0
  private var count: UInt64 = 0

  init(_ target: UnsafeMutableRawPointer) {
    self.target = target
  }

  /// Adds up to 24 bits.
  @inline(__always)
  mutating func put(_ bits: UInt64, bits width: UInt64) {
    pending |= bits &<< count
    count &+= width
    guard count >= 32 else { return }
    target.storeBytes(of: UInt32(truncatingIfNeeded: pending).littleEndian, as: UInt32.self)
    target += 4
    pending &>>= 32
    count &-= 32
  }

  /// Adds tokens by their patterns: as many at a time as fit into 56 bits, beside the seven that may wait.
  mutating func put(
    _ tokens: UnsafeBufferPointer<UInt16>, _ patterns: UnsafePointer<UInt32>, longest: UInt32
  ) {
    flush()
    var place = 0
    switch longest {
    case ...14:
      while place + 4 <= tokens.count {
        for next in 0..<4 { add(patterns[Int(tokens[place + next])]) }
        flush()
        place += 4
      }
    case ...18:
      while place + 3 <= tokens.count {
        for next in 0..<3 { add(patterns[Int(tokens[place + next])]) }
        flush()
        place += 3
      }
    default: break
    }
    while place < tokens.count {
      add(patterns[Int(tokens[place])])
      flush()
      place += 1
    }
  }

  @inline(__always)
  private mutating func add(_ pattern: UInt32) {
    pending |= UInt64(pattern & 0xFF_FFFF) &<< count
    count &+= UInt64(pattern &>> 24)
  }

  /// Writes whole bytes, and leaves less than eight bits.
  @inline(__always)
  private mutating func flush() {
    target.storeBytes(of: pending.littleEndian, as: UInt64.self)
    target += Int(count &>> 3)
    pending &>>= count & ~7
    count &= 7
  }

  mutating func alignToByte() {
    put(0, bits: (8 - count % 8) % 8)
    while count >= 8 {
      target.storeBytes(of: UInt8(truncatingIfNeeded: pending), as: UInt8.self)
      target += 1
      pending >>= 8
      count -= 8
    }
  }

  /// Adds whole bytes; the writer is aligned.
  mutating func put(_ bytes: UnsafeRawBufferPointer) {
    alignToByte()
    guard let base = bytes.baseAddress else { return }
    target.copyMemory(from: base, byteCount: bytes.count)
    target += bytes.count
  }

  /// The end of what was written, in whole bytes.
  mutating func finish() -> UnsafeMutableRawPointer {
    alignToByte()
    return target
  }
}
