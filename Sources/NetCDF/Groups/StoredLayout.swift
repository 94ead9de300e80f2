/// How the elements of a variable lie in its file.
public struct StoredLayout: Hashable, Sendable {
  /// A piece of the variable, as it is in the file.
  public struct Place: Hashable, Sendable {
    public let offset: UInt64
    public let bytes: Int
  }

  /// Where pieces are that are read without the libraries.
  public enum Form: Hashable, Sendable {
    /// Chunks, row by row of them; nil for those that nobody wrote: they hold the fill value.
    case chunks([Place?], isShuffled: Bool, isDeflated: Bool)
    /// All of it in one piece, from this byte on.
    case whole(UInt64)
    /// In a form that only the libraries read: another filter, another byte order, netCDF-3, very many chunks.
    case library
  }

  /// The lengths of a full chunk; the whole shape where there are none.
  public let chunk: [Int]
  public let form: Form
  /// The bytes of one element that nobody wrote.
  public let fill: [UInt8]

  public init(chunk: [Int], form: Form, fill: [UInt8]) {
    (self.chunk, self.form, self.fill) = (chunk, form, fill)
  }
}
