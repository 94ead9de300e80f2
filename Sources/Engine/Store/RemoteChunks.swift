/// A place besides a store's own folder where its chunks are kept, for processes that share no folder: an object store.
///
/// Chunks have the names that they have below the store's folder: "SEQUENCE/ARRAY/LAYER/ROW/COLUMN". Calls come from any
/// thread.
public protocol RemoteChunks: Sendable {
  /// Brings a chunk into the store's folder, where there is one of that name and it can be had.
  ///
  /// - Parameter name: of the chunk, below the store's folder.
  func fetch(_ name: String)

  /// Takes note that a chunk was put into the store's folder; once it is kept elsewhere it may be removed there.
  ///
  /// - Parameter name: of the chunk, below the store's folder.
  func stored(_ name: String)
}
