/// How strictly a text is held to RFC 8259.
public enum JSONDialect: Hashable, Sendable {
  /// RFC 8259 as it stands.
  case strict
  /// Also `//` and `/* */` comments, and a comma after the last element or member: for files people write.
  case relaxed
  /// `strict`, and the bare words `NaN`, `Infinity` and `-Infinity`, which Python's `json` module writes; they are read
  /// as the strings "nan", "inf" and "-inf", STAC's spelling of the same.
  case python
}

/// Reads JSON texts into positioned nodes.
public enum JSONParser {
  /// The deepest nesting of arrays and objects that is read; more is an error, not a stack overflow.
  public static let depthLimit = 512

  /// Reads one JSON value from UTF-8 text; a byte order mark before it is skipped.
  ///
  /// - Returns: the value, every part of which knows its line and column.
  /// - Throws: `JSONSyntaxError` for what RFC 8259 does not allow (unless the dialect does), invalid UTF-8,
  ///   a key that an object has twice, a number too large for a double, and nesting beyond `depthLimit`.
  public static func parse(
    _ bytes: [UInt8],
    dialect: JSONDialect = .strict
  ) throws(JSONSyntaxError) -> JSONNode {
    var scanner = JSONScanner(bytes: bytes, dialect: dialect)
    return try scanner.document()
  }

  /// Reads one JSON value from a string.
  public static func parse(
    _ text: String,
    dialect: JSONDialect = .strict
  ) throws(JSONSyntaxError) -> JSONNode {
    try parse(Array(text.utf8), dialect: dialect)
  }
}
