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

  /// Adds tokens by their patterns, of up to 24 bits each: two are joined before they are added, and of most four are
  /// written at once.
  mutating func put(_ tokens: UnsafeBufferPointer<UInt16>, _ patterns: UnsafePointer<UInt32>) {
    flush()
    var place = 0
    while place + 4 <= tokens.count {
      add(patterns[Int(tokens[place])], patterns[Int(tokens[place + 1])])
      let (third, fourth) = (patterns[Int(tokens[place + 2])], patterns[Int(tokens[place + 3])])
      // With the seven bits that may wait the first two are 55 at most.
      if count &+ UInt64((third &+ fourth) & 0xFF) > 63 { flush() }
      add(third, fourth)
      flush()
      place += 4
    }
    while place < tokens.count {
      add(patterns[Int(tokens[place])], 0)
      flush()
      place += 1
    }
  }

  /// Adds the bits of two patterns, each with the number of them in the lowest byte.
  @inline(__always)
  private mutating func add(_ first: UInt32, _ second: UInt32) {
    let bits = UInt64(first &>> 8) | UInt64(second &>> 8) &<< UInt64(first)
    pending |= bits &<< count
    count &+= UInt64((first &+ second) & 0xFF)
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
