/// Unpacking deflate streams two at a time.
///
/// An inflater waits most of its time for its own last lookup; two streams fill each other's waits. What is refused
/// here, and every stream that comes alone, is libdeflate's.
public enum InflateKernels {
  /// Bytes behind input and output that have to be there: read in vain, or written and meaningless.
  public static let slack = 128
  /// Bytes of working memory for a pair, aligned for eight.
  public static let scratchSize = 2 * tablesSize
  private static let tablesSize = (InflateTables.size + 63) & ~63

  /// A packed stream and where it goes, as plain memory: the two builds of the kernels share no types.
  public typealias Part = (
    input: UnsafeRawPointer, inputCount: Int, output: UnsafeMutableRawPointer, outputCount: Int
  )

  private typealias Joint = InflateTables.Joint
  /// No match is from farther back.
  private static let farthest = 1 << 15

  /// Unpacks two streams to their ends.
  ///
  /// Whatever the streams hold, no memory is touched but what they were given and its slack.
  ///
  /// - Parameter scratch: of `scratchSize`; what is in it does not matter.
  /// - Returns: for each how many bytes of its input were left; nil when it was refused: it is damaged, does not give
  ///   exactly as many bytes as its output has, or is of a rare kind.
  @inline(never)
  public static func inflate(_ first: Part, _ second: Part, scratch: UnsafeMutableRawPointer) -> (Int?, Int?)
  {
    var streams = (
      InflateStream(first, tables: scratch), InflateStream(second, tables: scratch + tablesSize)
    )
    return withUnsafeMutablePointer(to: &streams.0) { first in
      withUnsafeMutablePointer(to: &streams.1) { second in
        inflate(first, second)
        return (rest(first.pointee), rest(second.pointee))
      }
    }
  }

  private static func rest(_ stream: InflateStream) -> Int? {
    guard stream.state == .finished, stream.cursor.output == stream.end else { return nil }
    let rest = stream.inputEnd - stream.cursor.position
    return rest >= 0 ? rest : nil
  }

  private static func inflate(
    _ first: UnsafeMutablePointer<InflateStream>, _ second: UnsafeMutablePointer<InflateStream>
  ) {
    let begun = (first.pointee.nextBlock(), second.pointee.nextBlock())
    guard begun.0, begun.1 else {
      inflate(first)
      inflate(second)
      return
    }
    let farBack = InflateKernels.farthest
    var isOpen = true
    while isOpen, min(first.pointee.written, second.pointee.written) < farBack {
      isOpen = together(first, second, rounds: 64, isChecked: true)
    }
    while isOpen { isOpen = together(first, second, rounds: 4096, isChecked: false) }
    inflate(first)
    inflate(second)
  }

  /// Unpacks some symbols of two streams.
  ///
  /// - Parameter isChecked: whether a match may begin before its stream does; not after the first 32 KiB.
  /// - Returns: false when one of them has ended.
  @inline(__always)
  private static func together(
    _ first: UnsafeMutablePointer<InflateStream>, _ second: UnsafeMutablePointer<InflateStream>, rounds: Int,
    isChecked: Bool
  ) -> Bool {
    var a = first.pointee.cursor
    var b = second.pointee.cursor
    // The second stream's tables lie behind the first's: one address for both saves a register.
    let tableA = UnsafeMutableRawPointer(first.pointee.tables.joint)
    let tableB = tableA + tablesSize
    let (startA, startB) = (first.pointee.start, second.pointee.start)
    var isOpen = true
    for _ in 0..<rounds {
      a.refill()
      b.refill()
      var entryA = Entry(a, tableA)
      var entryB = Entry(b, tableB)
      // Two symbols of each on one refill: neither can take more than 24 bits.
      isOpen =
        symbol(&a, &entryA, tableA, isChecked ? startA : nil, first)
        && symbol(&b, &entryB, tableB, isChecked ? startB : nil, second)
        && symbol(&a, &entryA, tableA, isChecked ? startA : nil, first)
        && symbol(&b, &entryB, tableB, isChecked ? startB : nil, second)
        && a.output <= first.pointee.end && b.output <= second.pointee.end
        && a.input <= first.pointee.inputEnd + 16 && b.input <= second.pointee.inputEnd + 16
      guard isOpen else { break }
    }
    // One that ended has kept its own place.
    if first.pointee.state == .running { first.pointee.cursor = a }
    if second.pointee.state == .running { second.pointee.cursor = b }
    return isOpen
  }

  /// Unpacks the rest of one stream.
  private static func inflate(_ stream: UnsafeMutablePointer<InflateStream>) {
    guard stream.pointee.state == .running else { return }
    var cursor = stream.pointee.cursor
    let table = UnsafeMutableRawPointer(stream.pointee.tables.joint)
    let start = stream.pointee.start
    while true {
      guard cursor.output <= stream.pointee.end, cursor.input <= stream.pointee.inputEnd + 16 else {
        stream.pointee.state = .refused
        return
      }
      cursor.refill()
      var entry = Entry(cursor, table)
      guard symbol(&cursor, &entry, table, start, stream), symbol(&cursor, &entry, table, start, stream)
      else {
        return
      }
    }
  }

  /// Unpacks what an entry says, and looks up the next.
  ///
  /// - Parameters:
  ///   - entry: one of `table`.
  ///   - start: of the output; nil where no match can begin before it.
  /// - Returns: false when the stream has ended; its own cursor then says where.
  @inline(__always)
  private static func symbol(
    _ cursor: inout InflateCursor, _ entry: inout Entry, _ table: UnsafeMutableRawPointer,
    _ start: UnsafeMutableRawPointer?, _ stream: UnsafeMutablePointer<InflateStream>
  ) -> Bool {
    let present = entry
    if Int64(bitPattern: present.value) < 0 {
      let bits = cursor.bits
      cursor.drop(present.value)
      entry = Entry(cursor, table)
      let distance = InflateTables.Joint.distance(present.value, bits)
      if let start, distance > cursor.output - start { return stream.pointee.refuse() }
      // From far back, or from the entry itself: chosen without a branch.
      let isLiteral = UInt(bitPattern: Int(Int64(bitPattern: present.value &<< 1) &>> 63))
      let back = UInt(bitPattern: cursor.output) &- UInt(bitPattern: distance)
      let own = UInt(bitPattern: present.place) &+ UInt(bitPattern: Joint.literalByte)
      let source = UnsafeRawPointer(bitPattern: back ^ ((back ^ own) & isLiteral)).unsafelyUnwrapped
      cursor.output.storeBytes(of: source.loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
      cursor.output += Int(UInt8(truncatingIfNeeded: present.value &>> 32))
      return true
    }
    if present.value & Joint.isLiteral != 0 {
      cursor.drop(present.value)
      entry = Entry(cursor, table)
      cursor.output.storeBytes(of: UInt8(truncatingIfNeeded: present.value &>> 40), as: UInt8.self)
      cursor.output += 1
      return true
    }
    stream.pointee.cursor = cursor
    guard stream.pointee.unpackRarer(present.value) else { return false }
    cursor = stream.pointee.cursor
    cursor.refill()
    entry = Entry(cursor, table)
    return true
  }

  /// An entry of the joint table, and where it lies.
  private struct Entry {
    let place: UnsafeMutableRawPointer
    let value: UInt64

    /// Looks up the next bits.
    @inline(__always)
    init(_ cursor: InflateCursor, _ table: UnsafeMutableRawPointer) {
      place = table + Int(cursor.bits & InflateTables.jointMask) &* 8
      value = place.load(as: UInt64.self)
    }
  }
}
