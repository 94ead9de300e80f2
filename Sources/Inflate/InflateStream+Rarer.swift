/// What inflating meets now and then: kept out of the loops, which have to fit into registers.
extension InflateStream {
  private typealias Entry = InflateTables.Entry
  private typealias Code = InflateTables.Code

  /// Unpacks what the joint table does not answer whole: long or overlapping matches, long codes, the block's end.
  ///
  /// - Parameter entry: of the bits that are next.
  /// - Returns: false when the stream has ended.
  @inline(never)
  mutating func unpackRarer(_ entry: UInt64) -> Bool {
    var cursor = cursor
    var length = Int(UInt16(truncatingIfNeeded: entry &>> 8))
    let distance: Int
    if entry & Entry.isLength != 0 {
      length &+= Int(Entry.own(entry, cursor.bits))
      cursor.drop(entry)
      distance = takeDistance(&cursor)
    } else if entry & Entry.isMatch != 0 {
      distance = Int(entry &>> 48 & 0x7FFF) &+ Int(Entry.own(entry, cursor.bits))
      cursor.drop(entry)
    } else if entry & Entry.isLong != 0 {
      let code = InflateStream.longer(tables.longLengths, number: length, InflateTables.jointBits, &cursor)
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
      distance = takeDistance(&cursor)
    } else if entry & Entry.isEnd != 0 {
      cursor.drop(entry)
      self.cursor = cursor
      return nextBlock()
    } else {
      return refuse()
    }
    guard length >= 3, distance >= 1, distance <= cursor.output - start, length <= end - cursor.output
    else { return refuse() }
    InflateStream.copy(length, from: distance, to: cursor.output)
    cursor.output += length
    self.cursor = cursor
    return true
  }

  /// Takes a distance that was not looked up with its length; 0 when there is no such code.
  @inline(__always)
  private func takeDistance(_ cursor: inout InflateCursor) -> Int {
    cursor.refill()
    let entry = tables.distance(cursor.bits)
    if entry & Entry.isRare == 0 {
      let distance = Int(entry &>> 48) &+ Int(Entry.own(entry, cursor.bits))
      cursor.drop(entry)
      return distance
    }
    guard entry & Entry.isLong != 0 else { return 0 }
    let number = Int(UInt16(truncatingIfNeeded: entry &>> 8))
    let code = InflateStream.longer(
      tables.longDistances, number: number, InflateTables.distanceBits, &cursor)
    return InflateStream.value(code, &cursor)
  }

  /// The entry of a code that is longer than the first table's bits.
  @inline(__always)
  private static func longer(
    _ tables: UnsafeMutablePointer<UInt32>, number: Int, _ bits: Int, _ cursor: inout InflateCursor
  ) -> UInt32 {
    cursor.drop(UInt64(bits))
    let rest = PrefixCode.longest &- bits
    return tables[number << rest &+ Int(cursor.bits & (1 << UInt64(rest) &- 1))]
  }

  /// Takes a length or a distance with the bits that follow its code; 0 when there is no such code.
  @inline(__always)
  private static func value(_ code: UInt32, _ cursor: inout InflateCursor) -> Int {
    let bits = cursor.bits & ~(~0 &<< UInt64(code & 63))
    cursor.drop(UInt64(code & 255))
    return Int(code >> 16 & 0x7fff) &+ Int(bits &>> UInt64(code >> 8 & 15))
  }

  /// Copies a match, and up to 31 meaningless bytes behind it.
  @inline(__always)
  static func copy(_ length: Int, from distance: Int, to output: UnsafeMutableRawPointer) {
    let source = output - distance
    if distance == 1 {
      let repeated = SIMD32<UInt8>(repeating: source.load(as: UInt8.self))
      for place in stride(from: 0, to: length, by: 32) {
        output.storeBytes(of: repeated, toByteOffset: place, as: SIMD32<UInt8>.self)
      }
    } else if distance >= 32 {
      for place in stride(from: 0, to: length, by: 32) {
        output.storeBytes(
          of: source.loadUnaligned(fromByteOffset: place, as: SIMD32<UInt8>.self), toByteOffset: place,
          as: SIMD32<UInt8>.self)
      }
    } else {
      for place in 0..<length {
        output.storeBytes(
          of: source.load(fromByteOffset: place, as: UInt8.self), toByteOffset: place, as: UInt8.self)
      }
    }
  }
}
