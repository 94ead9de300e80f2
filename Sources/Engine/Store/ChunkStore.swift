public import Geo
internal import JSON
internal import Raster
public import Storage

/// The run's chunk store: a Zarr v2 group with one array for each saved variable.
///
/// An array has the dimensions (time, y, x), or those of its period, and chunks of one layer. Chunks are compressed with
/// the `shuffle` filter and `zlib`: the same bytes as an HDF5 chunk with shuffle and deflate, which is what lets
/// publishing move them without touching them. Each chunk is one file, written under a temporary name and renamed.
/// <https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html>
public struct ChunkStore: Sendable {
  /// What the ledger remembers of a stored chunk.
  public struct Object: Hashable, Sendable {
    public let bytes: Int
    public let checksum: UInt32

    public init(bytes: Int, checksum: UInt32) {
      self.bytes = bytes
      self.checksum = checksum
    }
  }

  /// The store's folder, `RUN/store.zarr`.
  public let directory: String
  /// Of variables that have none of their own: 1 (fast) ... 9 (small).
  public let deflateLevel: Int
  /// Where chunks are kept besides the folder; nil for nowhere.
  private let remote: (any RemoteChunks)?

  /// - Parameters:
  ///   - directory: the store's folder.
  ///   - deflateLevel: of variables that have none of their own: 1 (fast) ... 9 (small).
  ///   - remote: where chunks are kept besides the folder; nil for nowhere.
  public init(directory: String, deflateLevel: Int = 1, remote: (any RemoteChunks)? = nil) {
    self.directory = directory
    self.deflateLevel = deflateLevel
    self.remote = remote
  }

  /// Writes the metadata of a sequence's arrays, so that Zarr readers can follow the run.
  public func create(
    _ plan: SequencePlan, coordinates: StoreCoordinates = StoreCoordinates()
  ) throws(StorageError) {
    let group = "\(directory)/\(plan.name)"
    try LocalFiles.createDirectory(group)
    let marker: JSONValue = ["zarr_format": 2]
    try write(marker, directory + "/.zgroup")
    try write(marker, group + "/.zgroup")
    // Readers that follow it take the coordinate system along with every variable.
    try write(["coordinates": "crs"], group + "/.zattrs")
    try ZarrMetadata.writeCoordinates(plan, coordinates, in: group, store: self)
    for product in plan.products {
      let array = arrayDirectory(plan, product)
      try LocalFiles.createDirectory(array)
      let level = deflateLevel(of: product.variable)
      try write(ZarrMetadata.array(plan, product, deflateLevel: level), array + "/.zarray")
      try write(ZarrMetadata.attributes(product, plan.description(of: product)), array + "/.zattrs")
    }
    try consolidate(plan)
  }

  /// Stores one chunk.
  ///
  /// - Parameters:
  ///   - samples: a whole chunk, padded where the grid ends.
  ///   - plan: of the sequence.
  ///   - product: whose chunk it is.
  ///   - layer: the position of the layer among the product's, from 0.
  ///   - chunk: the place of the chunk in the grid.
  ///   - codec: compresses the samples; one thread at a time.
  public func put(
    _ samples: UnsafeRawBufferPointer, plan: SequencePlan, product: Product, layer: Int,
    chunk: ChunkIndex, codec: ChunkCodec
  ) throws -> Object {
    var times = StageTimes()
    return try put(
      samples, plan: plan, product: product, layer: layer, chunk: chunk, codec: codec, times: &times)
  }

  /// The same, adding what it took to compress and to write.
  func put(
    _ samples: UnsafeRawBufferPointer, plan: SequencePlan, product: Product, layer: Int,
    chunk: ChunkIndex, codec: ChunkCodec, times: inout StageTimes
  ) throws -> Object {
    let path = objectPath(plan, product, layer: layer, chunk: chunk)
    let start = StageTimes.now()
    return try codec.withEncoded(
      samples, elementSize: product.variable.storage.size, level: deflateLevel(of: product.variable)
    ) { encoded in
      let object = Object(bytes: encoded.count, checksum: Checksum.crc32(encoded))
      let encodedAt = StageTimes.now()
      try write(encoded, to: path)
      remote?.stored(objectName(plan, product, layer: layer, chunk: chunk))
      times.compress += encodedAt - start
      times.write += StageTimes.now() - encodedAt
      return object
    }
  }

  /// Writes a chunk, with its folder where it is the first in it; other processes may be removing folders that are empty.
  private func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws(StorageError) {
    for _ in 0..<3 {
      do {
        return try LocalFiles.writeAtomically(path, bytes)
      } catch  where error.isNotFound {}
      do {
        try LocalFiles.createDirectory(LocalFiles.parent(of: path))
      } catch  where error.isNotFound {}
    }
    try LocalFiles.writeAtomically(path, bytes)
  }

  /// Puts a chunk back that has left the store for files of results.
  ///
  /// - Parameters:
  ///   - bytes: compressed, as they were stored.
  ///   - chunk: whose they are, and what the ledger remembers of it.
  ///   - plan: of the sequence.
  /// - Returns: whether they are as the ledger remembers them: others are not stored.
  /// - Throws: `StorageError` when the store cannot be written.
  public func restore(
    _ bytes: [UInt8], of chunk: StoredChunk, plan: SequencePlan
  ) throws(StorageError) -> Bool {
    guard bytes.count == chunk.object.bytes,
      bytes.withUnsafeBytes({ Checksum.crc32($0) }) == chunk.object.checksum
    else { return false }
    let path = objectPath(
      plan, plan.products[chunk.product], layer: chunk.layer, chunk: plan.layout.index(chunk.chunk))
    try bytes.span.withUnsafeBytes { (bytes) throws(StorageError) in try write(bytes, to: path) }
    return true
  }

  /// The compressed bytes of a chunk, checked against what the ledger remembers.
  ///
  /// - Returns: nil when the chunk is missing or not the one that was stored.
  public func get(
    _ object: Object, plan: SequencePlan, product: Product, layer: Int, chunk: ChunkIndex
  ) -> [UInt8]? {
    // Room for one byte more, which must not be there.
    let bytes = [UInt8](unsafeUninitializedCapacity: object.bytes + 1) { buffer, count in
      let room = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: object.bytes + 1)
      count =
        get(object, plan: plan, product: product, layer: layer, chunk: chunk, into: room) ? object.bytes : 0
    }
    return bytes.isEmpty ? nil : bytes
  }

  /// Reads the compressed bytes of a chunk, checked against what the ledger remembers.
  ///
  /// - Parameters:
  ///   - object: size and checksum that the ledger remembers.
  ///   - plan: of the sequence.
  ///   - product: whose chunk it is.
  ///   - layer: the position of the layer among the product's, from 0.
  ///   - chunk: the place of the chunk in the grid.
  ///   - room: for at least one byte more than the object has.
  /// - Returns: false when the chunk is missing or not the one that was stored.
  public func get(
    _ object: Object, plan: SequencePlan, product: Product, layer: Int, chunk: ChunkIndex,
    into room: UnsafeMutableRawBufferPointer
  ) -> Bool {
    let path = objectPath(plan, product, layer: layer, chunk: chunk)
    func isThere() -> Bool {
      guard (try? LocalFiles.read(path, into: room)) == object.bytes else { return false }
      return Checksum.crc32(UnsafeRawBufferPointer(rebasing: room[..<object.bytes])) == object.checksum
    }
    if isThere() { return true }
    guard let remote else { return false }
    remote.fetch(objectName(plan, product, layer: layer, chunk: chunk))
    return isThere()
  }

  /// The effort of compression of a variable's chunks.
  public func deflateLevel(of variable: Variable) -> Int { variable.deflateLevel ?? deflateLevel }

  /// Removes an array with all its chunks.
  public func remove(_ plan: SequencePlan, _ product: Product) throws(StorageError) {
    try ChunkStore.removeOwn(arrayDirectory(plan, product))
  }

  /// Removes the chunks of one layer.
  public func remove(_ plan: SequencePlan, _ product: Product, layer: Int) throws(StorageError) {
    try ChunkStore.removeOwn("\(arrayDirectory(plan, product))/\(layer)")
  }

  /// Removes what a store writes below a folder of it, and the folders that are empty then; other files stay.
  public static func removeOwn(_ folder: String) throws(StorageError) {
    try LocalFiles.removeTree(folder, of: isOwn)
  }

  /// Whether a file of a store may be the store's own by its name: metadata, a chunk ("3", "0.2"), a leftover.
  ///
  /// - Parameter name: without its folder.
  public static func isOwn(_ name: String) -> Bool {
    [".zgroup", ".zattrs", ".zarray", ".zmetadata"].contains(name) || LocalFiles.isTemporary(name: name)
      || name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
        !part.isEmpty && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      }
  }

  func arrayDirectory(_ plan: SequencePlan, _ product: Product) -> String {
    "\(directory)/\(plan.name)/\(product.arrayName)"
  }

  func objectPath(_ plan: SequencePlan, _ product: Product, layer: Int, chunk: ChunkIndex) -> String {
    "\(directory)/\(objectName(plan, product, layer: layer, chunk: chunk))"
  }

  private func objectName(_ plan: SequencePlan, _ product: Product, layer: Int, chunk: ChunkIndex) -> String {
    "\(plan.name)/\(product.arrayName)/\(layer)/\(chunk.row)/\(chunk.column)"
  }

  func write(_ value: JSONValue, _ path: String) throws(StorageError) {
    try LocalFiles.writeAtomically(path, text: value.text(pretty: true) + "\n")
  }
}

extension Variable.Storage {
  /// Bytes per value.
  public var size: Int {
    switch self {
    case .float32, .int32: 4
    case .int16: 2
    case .flags: 1
    }
  }

  /// The bytes of a missing value, repeated where the grid ends inside a chunk.
  public var fillBytes: [UInt8] {
    switch self {
    case .float32: withUnsafeBytes(of: Float.nan.bitPattern.littleEndian) { Array($0) }
    case .int16: withUnsafeBytes(of: VariableEncoding.Packing.missing.littleEndian) { Array($0) }
    case .int32: [0, 0, 0, 0]
    case .flags: [255]
    }
  }
}
