/// A place in a text: line and column, both counted from 1.
///
/// Columns count characters (Unicode scalars), not bytes; a tab is one column. "\n", "\r\n" and a lone "\r"
/// each end a line.
public struct SourcePosition: Hashable, Sendable {
  private let storedLine: UInt32
  private let storedColumn: UInt32

  /// The place at a line and a column, both from 1; values beyond 32 bits are held at the limit.
  public init(line: Int, column: Int) {
    storedLine = UInt32(clamping: line)
    storedColumn = UInt32(clamping: column)
  }

  /// The line, from 1.
  public var line: Int { Int(storedLine) }
  /// The column, from 1, in characters.
  public var column: Int { Int(storedColumn) }
}

extension SourcePosition: Comparable {
  public static func < (left: SourcePosition, right: SourcePosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

extension SourcePosition: CustomStringConvertible {
  /// "12:9", as compilers write it.
  public var description: String { "\(line):\(column)" }
}
