/// What a JSON text takes once it is read, found without reading it: a short text can need a hundred times its length.
public enum JSONSize {
  /// Memory of a node, its share of its array's spare room among it, in bytes.
  public static let bytesOfNode = 96

  /// About how many bytes the nodes of a text take, its longer strings among them; never far too few.
  public static func ofNodes(_ text: [UInt8]) -> Int {
    // A value more than there are marks between values; marks inside of strings count too much.
    let atMost = marks(text, outsideOfStrings: false)
    // Texts of ordinary density need no closer look.
    let count = atMost > text.count / 8 ? marks(text, outsideOfStrings: true) : atMost
    return (count + 1) * bytesOfNode + text.count
  }

  private static func marks(_ text: [UInt8], outsideOfStrings: Bool) -> Int {
    text.withUnsafeBufferPointer { bytes in
      var count = 0
      var index = 0
      while index < bytes.count {
        switch bytes[index] {
        case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "{"): count += 1
        case UInt8(ascii: "\"") where outsideOfStrings:
          index += 1
          while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
          }
        default: break
        }
        index += 1
      }
      return count
    }
  }
}
