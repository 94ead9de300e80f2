/// Names of files that mean the same on every file system: what comes from outside becomes a path through here only.
///
/// Bytes decide, not characters: "/" with a combining mark behind it is another character, and still a path's "/".
public enum PortableName {
  /// Whether a text can be the name of a file or folder everywhere.
  ///
  /// Letters (a-z), digits, "_", "-" and "." only, 255 bytes at most, not "." or "..", without a dot at its end (which
  /// Windows drops) and no name of a device.
  public static func isUsable(_ name: String) -> Bool {
    let bytes = name.utf8
    guard (1...255).contains(bytes.count), bytes.last != UInt8(ascii: "."), !isDevice(name) else {
      return false
    }
    return bytes.allSatisfy(isPlain)
  }

  /// Whether a text is a path below a folder: names as above with "/" between them.
  public static func isRelativePath(_ path: String) -> Bool {
    !path.isEmpty
      && path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        .allSatisfy { isUsable(String($0) ?? "") }
  }

  /// Whether Windows takes a name for a device, whatever follows its first dot: "con", "NUL.txt", "com1".
  public static func isDevice(_ name: String) -> Bool {
    let stem = name.utf8.prefix { $0 != UInt8(ascii: ".") }
    guard stem.count == 3 || stem.count == 4, let text = String(stem)?.uppercased() else { return false }
    if ["CON", "PRN", "AUX", "NUL"].contains(text) { return true }
    return text.utf8.count == 4 && (text.hasPrefix("COM") || text.hasPrefix("LPT"))
      && text.utf8.last.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == true
  }

  /// Whether a byte means nothing to any file system or shell.
  public static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
