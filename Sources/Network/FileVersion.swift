/// What tells one content of a remote file from the next.
public struct FileVersion: Hashable, Sendable {
  /// The ETag.
  public var tag: String?
  /// The time of change, as the server writes it.
  public var modified: String?
  /// Bytes.
  public var size: Int?

  public init(tag: String? = nil, modified: String? = nil, size: Int? = nil) {
    self.tag = tag
    self.modified = modified
    self.size = size
  }

  /// Whether two answers come from the same content, as far as they tell.
  ///
  /// Servers behind one name may have tags of their own, and one of them no tag; weak tags (`W/"…"`), which servers
  /// that compress hand out, are compared as strong ones.
  public func isSame(as other: FileVersion) -> Bool {
    if let size, let theirs = other.size, size != theirs { return false }
    if let modified, modified == other.modified { return true }
    if let tag, let theirs = other.tag { return Self.opaque(tag) == Self.opaque(theirs) }
    return modified == nil || other.modified == nil
  }

  private static func opaque(_ tag: String) -> Substring {
    tag.hasPrefix("W/") || tag.hasPrefix("w/") ? tag.dropFirst(2) : tag[...]
  }
}

/// What is known of the contents of remote files that a run has read.
public protocol FileVersionRecord: Sendable {
  /// Why a content of a file must not be read, because another was read before; nil when it may be, and is noted.
  ///
  /// Called from any thread, before the first bytes of the file are used.
  ///
  /// - Parameters:
  ///   - version: of the content that the server has now.
  ///   - location: the file's URL.
  func fault(reading version: FileVersion, of location: String) -> NetworkFault?
}
