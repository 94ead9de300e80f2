/// Where an inflater is in its stream; small enough to live in registers.
struct InflateCursor {
  /// The next byte that is not in `bits` whole.
  var input: UnsafeRawPointer
  /// The bits before it, the next one lowest; those above the count are the next byte's first, or 0.
  var bits: UInt64
  /// How many bits there are, in its lowest byte; what is above means nothing.
  var count: UInt32
  var output: UnsafeMutableRawPointer

  /// Sees to it that at least 56 bits are there; reads eight bytes from `input` on.
  @inline(__always)
  mutating func refill() {
    bits |= input.loadUnaligned(as: UInt64.self) &<< UInt64(count)
    input += 7 &- Int(count &>> 3 & 7)
    count |= 56
  }

  /// Drops the bits that an entry's lowest byte says.
  @inline(__always)
  mutating func drop(_ entry: UInt64) {
    bits = bits &>> entry
    count &-= UInt32(truncatingIfNeeded: entry)
  }

  @inline(__always)
  mutating func take(_ number: UInt32) -> UInt64 {
    let value = bits & (1 &<< UInt64(number) &- 1)
    drop(UInt64(number))
    return value
  }

  /// The byte with the first bit that was not taken.
  var position: UnsafeRawPointer { input - Int(count & 255) >> 3 }
}

/// One deflate stream (RFC 1951) and the memory it is unpacked into.
struct InflateStream {
  enum State { case running, finished, refused }

  var state = State.running
  var cursor: InflateCursor
  let inputEnd: UnsafeRawPointer
  /// Who reads from beyond it has read what is not there.
  let inputLimit: UnsafeRawPointer
  let start: UnsafeMutableRawPointer
  let end: UnsafeMutableRawPointer
  let tables: InflateTables
  var isLastBlock = false

  init(_ part: InflateKernels.Part, tables: UnsafeMutableRawPointer) {
    cursor = InflateCursor(input: part.input, bits: 0, count: 0, output: part.output)
    inputEnd = part.input + part.inputCount
    inputLimit = inputEnd + 16
    start = part.output
    end = start + part.outputCount
    self.tables = InflateTables(in: tables)
  }

  /// How many rounds of two symbols may be gone without looking whether memory ends: one at the least, which the slack
  /// has room for.
  ///
  /// A symbol is 16 bytes and 23 bits at most.
  @inline(__always)
  func rounds(from cursor: InflateCursor) -> Int {
    max(1, min((end - cursor.output) >> 5, (inputLimit - cursor.input) >> 3))
  }

  /// Whether what was read was there and what was written had room.
  @inline(__always)
  func isWithin(_ cursor: InflateCursor) -> Bool { cursor.output <= end && cursor.input <= inputLimit }

  /// Bytes unpacked so far.
  var written: Int { cursor.output - start }

  /// Ends the stream: something else has to judge it.
  mutating func refuse() -> Bool {
    state = .refused
    return false
  }

  /// Goes to the next block that has codes.
  ///
  /// - Returns: false at the stream's end, and when it is refused.
  mutating func nextBlock() -> Bool {
    while true {
      guard !isLastBlock else {
        state = .finished
        return false
      }
      cursor.refill()
      guard cursor.input <= inputLimit else { return refuse() }
      isLastBlock = cursor.take(1) == 1
      switch cursor.take(2) {
      case 0:
        guard store() else { return refuse() }
      case 1:
        return tables.makeFixed() || refuse()
      case 2:
        return tables.read(from: &cursor, end: inputEnd) || refuse()
      default: return refuse()
      }
    }
  }

  /// Copies a block that is stored as it is.
  private mutating func store() -> Bool {
    let from = cursor.position
    guard inputEnd - from >= 4 else { return false }
    let count = from.loadUnaligned(as: UInt16.self)
    guard from.loadUnaligned(fromByteOffset: 2, as: UInt16.self) == ~count, inputEnd - from >= 4 + Int(count),
      Int(count) <= end - cursor.output
    else { return false }
    cursor.output.copyMemory(from: from + 4, byteCount: Int(count))
    cursor = InflateCursor(
      input: from + 4 + Int(count), bits: 0, count: 0, output: cursor.output + Int(count))
    return true
  }
}
