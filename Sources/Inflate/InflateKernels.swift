/// Unpacking deflate streams two at a time.
///
/// An inflater waits most of its time for its own last lookup; two streams fill each other's waits. What is refused
/// here is libdeflate's.
public enum InflateKernels {
  /// Bytes behind input and output that have to be there: read in vain, or written and meaningless.
  public static let slack = 128
  /// Bytes of working memory for a pair.
  public static let scratchSize = Pair.size
  /// What that memory has to be aligned for.
  public static let alignment = InflateTables.alignment

  /// A packed stream and where it goes, as plain memory: the builds of the kernels share no types.
  public typealias Part = (
    input: UnsafeRawPointer, inputCount: Int, output: UnsafeMutableRawPointer, outputCount: Int
  )

  private typealias Entry = InflateTables.Entry
  /// No match is from farther back.
  private static let farthest = 1 << 15

  /// Unpacks one stream to its end.
  ///
  /// - Returns: as for two.
  @inline(never)
  public static func inflate(_ part: Part, scratch: UnsafeMutableRawPointer) -> Int? {
    let pair = Pair(in: scratch)
    pair.first.initialize(to: InflateStream(part, tables: pair.firstTables))
    if pair.first.pointee.nextBlock() { inflate(pair.first) }
    return rest(pair.first.pointee)
  }

  /// Unpacks two streams to their ends.
  ///
  /// Whatever the streams hold, no memory is touched but what they were given and its slack.
  ///
  /// - Parameters:
  ///   - first: a stream's input and the room for its output.
  ///   - second: the same of another stream; its output does not overlap the first's.
  ///   - scratch: of `scratchSize`; what is in it does not matter.
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
    static let tablesSize = (InflateTables.size + alignment - 1) & ~(alignment - 1)
    static let size = 2 * tablesSize + 2 * MemoryLayout<InflateStream>.stride

    /// See `InflateTables.handle`.
    let handle: UnsafeMutableRawPointer

    init(in memory: UnsafeMutableRawPointer) { handle = InflateTables.handle(memory) }

    private var memory: UnsafeMutableRawPointer { InflateTables.memory(handle) }
    var firstTables: UnsafeMutableRawPointer { memory }
    var secondTables: UnsafeMutableRawPointer { memory + Pair.tablesSize }
    var first: UnsafeMutablePointer<InflateStream> {
      (memory + 2 * Pair.tablesSize).assumingMemoryBound(to: InflateStream.self)
    }
    var second: UnsafeMutablePointer<InflateStream> { first + 1 }
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
    let (first, second, handle) = (pair.first, pair.second, pair.handle)
    var a = first.pointee.cursor
    var b = second.pointee.cursor
    let (startA, startB) = (first.pointee.start, second.pointee.start)
    var isOpen = true
    repeat {
      var rounds = min(first.pointee.rounds(from: a), second.pointee.rounds(from: b))
      if areBeginning { rounds = min(rounds, farthest >> 7) }
      repeat {
        a.refill()
        b.refill()
        var entryA = InflateTables.lookUp(a.bits, handle)
        var entryB = InflateTables.lookUp(b.bits, handle, offset: Pair.tablesSize)
        isOpen =
          symbol(&a, &entryA, &rounds, handle, 0, areBeginning ? startA : nil, first)
          && symbol(&b, &entryB, &rounds, handle, Pair.tablesSize, areBeginning ? startB : nil, second)
          && symbol(&a, &entryA, &rounds, handle, 0, areBeginning ? startA : nil, first)
          && symbol(&b, &entryB, &rounds, handle, Pair.tablesSize, areBeginning ? startB : nil, second)
        rounds &-= 1
      } while isOpen && rounds > 0
      isOpen = isOpen && first.pointee.isWithin(a) && second.pointee.isWithin(b)
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
    let handle = InflateTables.handle(UnsafeMutableRawPointer(stream.pointee.tables.literals))
    let start = stream.pointee.start
    while true {
      guard stream.pointee.isWithin(cursor) else {
        stream.pointee.state = .refused
        return
      }
      var rounds = stream.pointee.rounds(from: cursor)
      repeat {
        cursor.refill()
        var entry = InflateTables.lookUp(cursor.bits, handle)
        // Quality bands are little else than long matches.
        while entry & Entry.kind == Entry.isRare | Entry.isMatch {
          guard longMatch(&cursor, entry, start, stream.pointee.end), stream.pointee.isWithin(cursor) else {
            stream.pointee.state = .refused
            return
          }
          rounds = 1
          cursor.refill()
          entry = InflateTables.lookUp(cursor.bits, handle)
        }
        guard symbol(&cursor, &entry, &rounds, handle, 0, start, stream),
          symbol(&cursor, &entry, &rounds, handle, 0, start, stream)
        else {
          return
        }
        rounds &-= 1
      } while rounds > 0
    }
  }

  /// Unpacks a match that is long, or overlaps itself.
  ///
  /// - Returns: false when it is from nowhere, or does not fit.
  @inline(__always)
  private static func longMatch(
    _ cursor: inout InflateCursor, _ entry: UInt64, _ start: UnsafeMutableRawPointer,
    _ end: UnsafeMutableRawPointer
  ) -> Bool {
    let length = Int(UInt16(truncatingIfNeeded: entry &>> 8))
    let distance = Int(entry &>> 48 & 0x7FFF) &+ Int(Entry.own(entry, cursor.bits))
    cursor.drop(entry)
    guard length >= 3, distance >= 1, distance <= cursor.output - start, length <= end - cursor.output else {
      return false
    }
    InflateStream.copy(length, from: distance, to: cursor.output)
    cursor.output += length
    return true
  }

  /// Unpacks what an entry says, and looks up the next.
  ///
  /// - Parameters:
  ///   - entry: one of the tables at `offset` from the handle's.
  ///   - rounds: how many may be gone without a look at the limits, this one counted; none but this after something rare.
  ///   - start: of the output; nil where no match can begin before it.
  /// - Returns: false when the stream has ended; its own cursor then says where.
  @inline(__always)
  private static func symbol(
    _ cursor: inout InflateCursor, _ entry: inout UInt64, _ rounds: inout Int,
    _ handle: UnsafeMutableRawPointer,
    _ offset: Int, _ start: UnsafeMutableRawPointer?, _ stream: UnsafeMutablePointer<InflateStream>
  ) -> Bool {
    let present = entry
    if _fastPath(Int64(bitPattern: present) >= 0) {
      let own = Entry.own(present, cursor.bits)
      cursor.drop(present)
      entry = InflateTables.lookUp(cursor.bits, handle, offset: offset)
      // Where literals and matches take turns, the processor would guess wrong which comes next: both are copied.
      let isMatch = present & Entry.isLiteral == 0
      // Two steps back: taken together they cost an instruction more.
      let source = UnsafeRawPointer(isMatch ? cursor.output : handle)
        .advanced(by: 0 &- Int(truncatingIfNeeded: own)).advanced(by: 0 &- Int(present &>> 48))
      if let start, _slowPath(source < UnsafeRawPointer(isMatch ? start : InflateTables.memory(handle))) {
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
    entry = InflateTables.lookUp(cursor.bits, handle, offset: offset)
    rounds = 1
    return true
  }
}
