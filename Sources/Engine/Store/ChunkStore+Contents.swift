internal import Geo
public import Storage

extension ChunkStore {
  /// The chunks that an array holds, whoever stored them.
  func chunks(
    _ plan: SequencePlan, _ product: Product
  ) throws(StorageError) -> [(layer: Int, chunk: ChunkIndex)] {
    let array = arrayDirectory(plan, product)
    var chunks: [(layer: Int, chunk: ChunkIndex)] = []
    for layer in try ChunkStore.numbers(array) {
      for row in try ChunkStore.numbers("\(array)/\(layer)") {
        for column in try ChunkStore.numbers("\(array)/\(layer)/\(row)") {
          chunks.append((layer, ChunkIndex(row: row, column: column)))
        }
      }
    }
    return chunks
  }

  /// The names in a folder that are numbers, as chunks and their folders are named; none where there is no folder.
  private static func numbers(_ folder: String) throws(StorageError) -> [Int] {
    guard LocalFiles.isDirectory(folder) else { return [] }
    return try LocalFiles.list(folder).compactMap { name in
      Int(name).flatMap { $0 >= 0 && "\($0)" == name ? $0 : nil }
    }
  }

  /// Removes an array of a result that a sequence no longer has.
  public func removeArray(_ name: String, sequence: String) throws(StorageError) {
    let array = "\(directory)/\(sequence)/\(name)"
    guard !name.contains("/"), LocalFiles.exists(array + "/.zarray") else { return }
    try ChunkStore.removeOwn(array)
  }
}
