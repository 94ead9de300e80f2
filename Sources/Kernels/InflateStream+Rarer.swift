/// What inflating meets now and then: kept out of the loops, which have to fit into registers.
extension InflateStream {
  private typealias Joint = InflateTables.Joint
  private typealias Code = InflateTables.Code

  /// Unpacks what the joint table does not answer whole: long or overlapping matches, long codes, the block's end.
  ///
  /// - Returns: false when the stream has ended.
  @inline(never)
  mutating func unpackRarer(_ entry: UInt64) -> Bool {
    var cursor = cursor
    let length: Int
    let distance: Int
    if entry & Joint.isMatch != 0 {
      distance = Joint.distance(entry, cursor.bits)
      length = Int(UInt16(truncatingIfNeeded: entry &>> 32))
      cursor.drop(entry)
    } else {
      cursor.refill()
      var code = tables.lengths[Int(cursor.bits & InflateTables.jointMask)]
      if code & Code.isLong != 0 {
        code = InflateStream.longer(code, tables.lengths, InflateTables.jointBits, &cursor)
      }
      if code & Code.isLiteral != 0 {
        cursor.drop(UInt64(code & 255))
        guard cursor.output < end else { return refuse() }
        cursor.output.storeBytes(of: UInt8(truncatingIfNeeded: code >> 16), as: UInt8.self)
        cursor.output += 1
        self.cursor = cursor
        return true
      }
      if code & Code.isEnd != 0 {
        cursor.drop(UInt64(code & 255))
        self.cursor = cursor
        return nextBlock()
      }
      length = InflateStream.value(code, &cursor)
      code = tables.distances[Int(cursor.bits & (1 << UInt64(InflateTables.distanceBits) &- 1))]
      if code & Code.isLong != 0 {
        code = InflateStream.longer(code, tables.distances, InflateTables.distanceBits, &cursor)
      }
      distance = InflateStream.value(code, &cursor)
    }
    guard length >= 3, distance >= 1, distance <= cursor.output - start,
      length <= end - cursor.output
    else { return refuse() }
    InflateStream.copy(length, from: distance, to: cursor.output)
    cursor.output += length
    self.cursor = cursor
    return true
  }

  /// The entry of a code that is longer than its table's first level.
  private static func longer(
    _ code: UInt32, _ table: UnsafeMutablePointer<UInt32>, _ bits: Int, _ cursor: inout InflateCursor
  ) -> UInt32 {
    cursor.drop(UInt64(bits))
    let rest = 15 &- bits
    let number = Int(code >> 16)
    return table[(1 << bits) &+ number << rest &+ Int(cursor.bits & (1 << UInt64(rest) &- 1))]
  }

  /// Takes a length or a distance with the bits that follow its code; 0 when there is no such code.
  private static func value(_ code: UInt32, _ cursor: inout InflateCursor) -> Int {
    let bits = cursor.bits & ~(~0 &<< UInt64(code & 63))
    cursor.drop(UInt64(code & 255))
    return Int(code >> 16 & 0x7fff) &+ Int(bits &>> UInt64(code >> 8 & 15))
  }

  private static func copy(_ length: Int, from distance: Int, to output: UnsafeMutableRawPointer) {
    let source = output - distance
    if distance == 1 {
      UnsafeMutableRawBufferPointer(start: output, count: length)
        .initializeMemory(as: UInt8.self, repeating: source.load(as: UInt8.self))
    } else if distance >= 16 {
      for place in stride(from: 0, to: length, by: 16) {
        output.storeBytes(
          of: source.loadUnaligned(fromByteOffset: place, as: SIMD16<UInt8>.self), toByteOffset: place,
          as: SIMD16<UInt8>.self)
      }
    } else {
      for place in 0..<length {
        output.storeBytes(
          of: source.load(fromByteOffset: place, as: UInt8.self), toByteOffset: place, as: UInt8.self)
      }
    }
  }
}
