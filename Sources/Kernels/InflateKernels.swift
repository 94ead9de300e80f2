/// Unpacking deflate streams two at a time.
///
/// An inflater waits most of its time for its own last lookup; two streams fill each other's waits. What is refused
/// here, and every stream that comes alone, is libdeflate's.
public enum InflateKernels {
  /// Bytes behind input and output that have to be there: read in vain, or written and meaningless.
  public static let slack = 128
  /// Bytes of working memory for a pair, aligned for sixty-four.
  public static let scratchSize = Pair.size

  /// A packed stream and where it goes, as plain memory: the builds of the kernels share no types.
  public typealias Part = (
    input: UnsafeRawPointer, inputCount: Int, output: UnsafeMutableRawPointer, outputCount: Int
  )

  private typealias Entry = InflateTables.Entry
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
    let pair = Pair(in: scratch)
    pair.first.initialize(to: InflateStream(first, tables: pair.firstTables))
    pair.second.initialize(to: InflateStream(second, tables: pair.secondTables))
    inflate(pair)
    return (rest(pair.first.pointee), rest(pair.second.pointee))
  }

  /// Two streams and their tables, at fixed places behind one address: the loops have no registers for more.
  private struct Pair {
    private static let tablesSize = (InflateTables.size + 63) & ~63
    static let size = 2 * tablesSize + 2 * MemoryLayout<InflateStream>.stride

    let firstTables: UnsafeMutableRawPointer

    init(in memory: UnsafeMutableRawPointer) { firstTables = memory }

    var secondTables: UnsafeMutableRawPointer { firstTables + Pair.tablesSize }
    var first: UnsafeMutablePointer<InflateStream> {
      (firstTables + 2 * Pair.tablesSize).assumingMemoryBound(to: InflateStream.self)
    }
    var second: UnsafeMutablePointer<InflateStream> { first + 1 }
    /// The last of all literals, see `InflateTables.literals`; one list serves both.
    var lastLiteral: UnsafeRawPointer { UnsafeRawPointer(firstTables + InflateTables.literalsOffset + 255) }
  }

  private static func rest(_ stream: InflateStream) -> Int? {
    guard stream.state == .finished, stream.cursor.output == stream.end else { return nil }
    let rest = stream.inputEnd - stream.cursor.position
    return rest >= 0 ? rest : nil
  }

  private static func inflate(_ pair: Pair) {
    let (isFirstOpen, isSecondOpen) = (pair.first.pointee.nextBlock(), pair.second.pointee.nextBlock())
    if isFirstOpen, isSecondOpen, beginnings(pair) { middles(pair) }
    inflate(pair.first)
    inflate(pair.second)
  }

  /// Unpacks two streams for as long as a match may begin before its stream does.
  ///
  /// - Returns: false when one of them has ended.
  @inline(never)
  private static func beginnings(_ pair: Pair) -> Bool { together(pair, areBeginning: true) }

  /// Unpacks two streams, both beyond their first 32 KiB, until one of them has ended.
  @inline(never)
  private static func middles(_ pair: Pair) { _ = together(pair, areBeginning: false) }

  @inline(__always)
  private static func together(_ pair: Pair, areBeginning: Bool) -> Bool {
    let (first, second) = (pair.first, pair.second)
    let (tableA, tableB, lastLiteral) = (pair.firstTables, pair.secondTables, pair.lastLiteral)
    var a = first.pointee.cursor
    var b = second.pointee.cursor
    let (startA, startB) = (first.pointee.start, second.pointee.start)
    var isOpen = true
    repeat {
      a.refill()
      b.refill()
      var entryA = lookUp(a, tableA)
      var entryB = lookUp(b, tableB)
      // Two symbols of each on one refill: none can take more than 23 bits.
      isOpen =
        symbol(&a, &entryA, tableA, lastLiteral, areBeginning ? startA : nil, first)
        && symbol(&b, &entryB, tableB, lastLiteral, areBeginning ? startB : nil, second)
        && symbol(&a, &entryA, tableA, lastLiteral, areBeginning ? startA : nil, first)
        && symbol(&b, &entryB, tableB, lastLiteral, areBeginning ? startB : nil, second)
        && a.output <= first.pointee.end && b.output <= second.pointee.end
        && a.input <= first.pointee.inputLimit && b.input <= second.pointee.inputLimit
    } while isOpen && !(areBeginning && a.output - startA >= farthest && b.output - startB >= farthest)
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
    let lastLiteral = UnsafeRawPointer(stream.pointee.tables.literals + 255)
    let start = stream.pointee.start
    while true {
      guard cursor.output <= stream.pointee.end, cursor.input <= stream.pointee.inputLimit else {
        stream.pointee.state = .refused
        return
      }
      cursor.refill()
      var entry = lookUp(cursor, table)
      guard symbol(&cursor, &entry, table, lastLiteral, start, stream),
        symbol(&cursor, &entry, table, lastLiteral, start, stream)
      else {
        return
      }
    }
  }

  /// Unpacks what an entry says, and looks up the next.
  ///
  /// - Parameters:
  ///   - entry: one of `table`.
  ///   - lastLiteral: of a list of all.
  ///   - start: of the output; nil where no match can begin before it.
  /// - Returns: false when the stream has ended; its own cursor then says where.
  @inline(__always)
  private static func symbol(
    _ cursor: inout InflateCursor, _ entry: inout UInt64, _ table: UnsafeMutableRawPointer,
    _ lastLiteral: UnsafeRawPointer, _ start: UnsafeMutableRawPointer?,
    _ stream: UnsafeMutablePointer<InflateStream>
  ) -> Bool {
    let present = entry
    if _fastPath(Int64(bitPattern: present) >= 0) {
      let own = Entry.own(present, cursor.bits)
      cursor.drop(present)
      entry = lookUp(cursor, table)
      // Where literals and matches take turns, the processor would guess wrong which comes next: both are copied.
      let isMatch = present & Entry.isLiteral == 0
      // Two steps back: taken together they cost an instruction more.
      let source = (isMatch ? UnsafeRawPointer(cursor.output) : lastLiteral)
        .advanced(by: 0 &- Int(truncatingIfNeeded: own)).advanced(by: 0 &- Int(present &>> 48))
      if let start, _slowPath(source < (isMatch ? UnsafeRawPointer(start) : lastLiteral - 255)) {
        return stream.pointee.refuse()
      }
      cursor.output.storeBytes(of: source.loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
      cursor.output += Int(UInt8(truncatingIfNeeded: present &>> 8))
      return true
    }
    stream.pointee.cursor = cursor
    guard _fastPath(stream.pointee.unpackRarer(present)) else { return false }
    cursor = stream.pointee.cursor
    cursor.refill()
    entry = lookUp(cursor, table)
    return true
  }

  /// The entry of the joint table for the next bits.
  @inline(__always)
  private static func lookUp(_ cursor: InflateCursor, _ table: UnsafeMutableRawPointer) -> UInt64 {
    (table + Int(cursor.bits & InflateTables.jointMask) &* 8).load(as: UInt64.self)
  }
}
