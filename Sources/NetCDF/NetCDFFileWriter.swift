import Glibc
public import Storage

/// Writes a NetCDF-4 file from chunks that are compressed already.
///
/// netCDF-C defines the file; then HDF5 takes the chunks as they are, so that nothing is compressed here. Since HDF5
/// works on one thread, it can be asked to find room only: then the chunks are written from any thread. Until
/// `finish()` the file has a temporary name in the same folder: what is under the final name is complete.
///
/// Failures are `NetCDFError` or, for names and folders, `StorageError`. After one the writer is abandoned and
/// the temporary file is gone.
@NetCDFThread
public final class NetCDFFileWriter {
  /// The final name.
  public nonisolated let path: String
  private nonisolated let temporary: String
  private let definition: FileDefinition
  private var file: HDF5File?
  private var variables: [String: ChunkedVariable] = [:]
  /// Stands for the bytes of reserved chunks: nobody writes into it, so it takes no memory.
  private let standIn: UnsafeRawBufferPointer

  /// Creates the file under a temporary name and writes everything but the chunks.
  ///
  /// - Parameters:
  ///   - path: the final name; the folder exists.
  ///   - definition: variables without `values` are filled with `writeChunk`, or `reserveChunk` and `write`.
  ///   - largestReserved: bytes of the largest chunk that is reserved.
  public init(
    creating path: String, _ definition: FileDefinition, largestReserved: Int = 0
  ) throws(NetCDFError) {
    self.path = path
    self.definition = definition
    temporary = LocalFiles.temporaryPath(for: path)
    standIn = UnsafeRawBufferPointer(start: calloc(1, largestReserved), count: largestReserved)
    try definition.check(path: path)
    try NetCDFFileWriter.checkRoom(for: definition, path)
    do throws(NetCDFError) {
      try NetCDFFileWriter.define(definition, temporary, path)
      let file = try HDF5File(
        temporary, for: path, writable: true, standIn: largestReserved > 0 ? standIn.baseAddress : nil)
      self.file = consume file
      for variable in definition.variables where variable.values == nil && !variable.dimensions.isEmpty {
        try open(variable)
      }
    } catch {
      abandon()
      throw error
    }
  }

  isolated deinit {
    abandon()
    free(UnsafeMutableRawPointer(mutating: standIn.baseAddress))
  }

  /// netCDF-C does not recover when the disk is full before it has closed the file: better not to begin.
  private static func checkRoom(for definition: FileDefinition, _ path: String) throws(NetCDFError) {
    let folder = LocalFiles.parent(of: path)
    let needed = definition.variables.reduce(1 << 18) { $0 + ($1.values?.count ?? 0) * 16 }
    do throws(StorageError) {
      let free = try LocalFiles.freeSpace(folder)
      if free < needed { throw StorageError(.create, path: path, errno: ENOSPC) }
    } catch {
      throw NetCDFError("create", path: path, reason: "there is no room for it", systemCode: error.code)
    }
  }

  private static func define(
    _ definition: FileDefinition,
    _ temporary: String,
    _ path: String
  ) throws(NetCDFError) {
    let handle = try NetCDFHandle(creating: temporary, for: path)
    do throws(NetCDFError) {
      try handle.define(definition)
    } catch {
      handle.closeAfterFailure()
      throw error
    }
    try handle.close()
  }

  private func open(_ variable: FileVariable) throws(NetCDFError) {
    guard let chunk = variable.chunk, let dataset = try file?.dataset(variable.name) else { return }
    let layout = ChunkPositions(shape: definition.shape(of: variable), chunk: chunk)
    variables[variable.name] = ChunkedVariable(dataset: dataset, layout: layout)
  }

  /// Puts a compressed chunk into a variable, replacing one that was there.
  ///
  /// - Parameters:
  ///   - variable: one that was defined without `values`.
  ///   - chunk: the chunk's index, one number per dimension.
  ///   - compressed: the full-size chunk (padded at the edges of the variable), through the variable's filters,
  ///     as `ChunkCodec` makes it.
  ///   - checksum: its CRC-32, where that is known.
  public func writeChunk(
    variable: String,
    chunk: [Int],
    compressed: UnsafeRawBufferPointer,
    checksum: UInt32? = nil
  ) throws(NetCDFError) {
    let (chunked, number) = try place(of: chunk, in: variable, size: compressed.count)
    do throws(NetCDFError) {
      try chunked.dataset.write(compressed, offset: chunked.layout.offset(chunk), chunk: chunk)
    } catch {
      abandon()
      throw error
    }
    chunked.written[number] = Written(
      size: compressed.count, checksum: checksum ?? Checksum.crc32(compressed))
  }

  /// Finds room for a compressed chunk, which has to be written there before `close`, see `reservedRoom()`.
  ///
  /// - Parameters:
  ///   - chunk: the chunk's index, one number per dimension.
  ///   - size: of the chunk, compressed as `ChunkCodec` makes it; at most what the writer was made for.
  ///   - checksum: its CRC-32.
  /// - Returns: where in the file it belongs.
  public func reserveChunk(
    variable: String, chunk: [Int], size: Int, checksum: UInt32
  ) throws(NetCDFError) -> Int {
    let (chunked, number) = try place(of: chunk, in: variable, size: size)
    guard size <= standIn.count else {
      throw NetCDFError(
        "write chunk \(chunk.text)", path: path, variable: variable,
        reason: "it has \(size) bytes where at most \(standIn.count) were expected")
    }
    do throws(NetCDFError) {
      let offset = chunked.layout.offset(chunk)
      try chunked.dataset.write(
        UnsafeRawBufferPointer(rebasing: standIn[..<size]), offset: offset, chunk: chunk)
      guard let place = try chunked.dataset.place(offset: offset, chunk: chunk), place.count == size else {
        throw NetCDFError(
          "write chunk \(chunk.text)", path: path, variable: variable, reason: "HDF5 found no room for it")
      }
      chunked.written[number] = Written(size: size, checksum: checksum, place: place.lowerBound)
      return place.lowerBound
    } catch {
      abandon()
      throw error
    }
  }

  private func place(of chunk: [Int], in variable: String, size: Int) throws(NetCDFError) -> (
    ChunkedVariable, Int
  ) {
    func fail(_ reason: String) -> NetCDFError {
      NetCDFError("write chunk \(chunk.text)", path: path, variable: variable, reason: reason)
    }
    guard file != nil else { throw fail("the file is finished or was given up") }
    guard let chunked = variables[variable] else { throw fail("it takes no chunks") }
    guard let number = chunked.layout.number(chunk) else {
      throw fail("there are only \(chunked.layout.counts.text) chunks")
    }
    guard size > 0 else { throw fail("the chunk is empty") }
    return (chunked, number)
  }

  /// The file as bytes, for any thread to write the chunks that were reserved.
  public nonisolated func reservedRoom() throws(NetCDFError) -> ReservedRoom {
    try ReservedRoom(temporary, for: path)
  }

  /// Puts a compressed chunk into a variable, see `writeChunk(variable:chunk:compressed:checksum:)`.
  public func writeChunk(
    variable: String, chunk: [Int], compressed: [UInt8], checksum: UInt32? = nil
  ) throws(NetCDFError) {
    try compressed.withUnsafeBufferPointer { (bytes) throws(NetCDFError) in
      try writeChunk(
        variable: variable, chunk: chunk, compressed: UnsafeRawBufferPointer(bytes), checksum: checksum)
    }
  }

  /// Closes and checks the file, has it on the disk and gives it its final name.
  ///
  /// The check opens the file anew: netCDF-C must find every dimension and variable, HDF5 every chunk that was
  /// written, with its size.
  ///
  /// - Parameters:
  ///   - allowingMissingChunks: whether chunks may be left out; they then read as the fill value.
  ///   - readingBack: whether to compare the bytes of every chunk with those written, too.
  public func finish(
    allowingMissingChunks: Bool = false,
    readingBack: Bool = false
  ) throws {
    try close(allowingMissingChunks: allowingMissingChunks, readingBack: readingBack)
    do {
      try sync()
      try publish()
    } catch {
      abandon()
      throw error
    }
  }

  /// The first part of `finish`: closes and checks the file, which keeps its temporary name.
  ///
  /// - Returns: the chunks that were reserved, with their checksums.
  @discardableResult
  public func close(allowingMissingChunks: Bool = false, readingBack: Bool = false) throws -> [KnownBytes] {
    guard file != nil else {
      throw NetCDFError("finish", path: path, reason: "the file is finished or was given up")
    }
    do {
      if !allowingMissingChunks { try checkNoneMissing() }
      let written = variables.mapValues(\.written)
      try close()
      try verify(written, readingBack: readingBack)
      return written.values.flatMap(\.values).compactMap { chunk in
        chunk.place.map { KnownBytes($0..<($0 + chunk.size), checksum: chunk.checksum) }
      }
    } catch {
      abandon()
      throw error
    }
  }

  /// The second part of `finish`: has a closed file on the disk.
  ///
  /// Neither this nor what follows needs the libraries, and it may wait for the disk for long: for any thread that may
  /// block. When it fails, abandon the writer.
  public nonisolated func sync() throws {
    try LocalFiles.sync(temporary)
  }

  /// Has the disk begin with what was written so far, without waiting for it.
  public nonisolated func beginSync() {
    LocalFiles.beginSync(temporary)
  }

  /// Size and CRC-32 of a closed file, before it has its final name.
  ///
  /// - Parameter known: what `close` gave.
  public nonisolated func fingerprint(knowing known: [KnownBytes]) throws(StorageError) -> (
    bytes: Int, checksum: UInt32
  ) {
    try LocalFiles.fingerprint(temporary, knowing: known)
  }

  /// The last part of `finish`: gives a file that is on the disk its final name.
  public nonisolated func publish() throws {
    try LocalFiles.rename(temporary, to: path)
    // The file is complete under its name from here on: nothing to take back.
    try LocalFiles.syncDirectory(LocalFiles.parent(of: path))
  }

  /// Closes the file and removes it; does nothing after `finish()`.
  public func abandon() {
    variables.removeAll()
    do throws(StorageError) {
      // Emptied first: closing writes what HDF5 still has in memory, for which there may be no room.
      if file != nil { try LocalFiles.truncate(temporary) }
      file.take()?.closeAfterFailure()
      try LocalFiles.remove(temporary)
    } catch {
      file.take()?.closeAfterFailure()
      // Only a hidden temporary stays, which the next run recognises; the fault that led here matters more.
    }
  }

  private func checkNoneMissing() throws(NetCDFError) {
    for (name, variable) in variables.sorted(by: { $0.key < $1.key }) {
      let expected = variable.layout.counts.reduce(1, *)
      guard variable.written.count != expected else { continue }
      throw NetCDFError(
        "finish",
        path: path,
        variable: name,
        reason: "\(expected - variable.written.count) of its \(expected) chunks were not written"
      )
    }
  }

  private func close() throws(NetCDFError) {
    for name in variables.keys.sorted() {
      if let variable = variables.removeValue(forKey: name) { try variable.dataset.close() }
    }
    try file?.flush()
    if let file = file.take() { try file.close() }
  }

  private func verify(_ written: [String: [Int: Written]], readingBack: Bool) throws(NetCDFError) {
    let reader = try NetCDFFileReader(temporary, for: path)
    try reader.compare(with: definition)
    try reader.close()
    // After netCDF has closed it: the two open a file in ways that do not go together.
    let file = try HDF5File(temporary, for: path, writable: false)
    for variable in definition.variables {
      guard let chunks = written[variable.name], let chunk = variable.chunk else { continue }
      let layout = ChunkPositions(shape: definition.shape(of: variable), chunk: chunk)
      let dataset = try file.dataset(variable.name)
      try dataset.check(chunks, layout, readingBack: readingBack)
      try dataset.close()
    }
    try file.close()
  }
}

/// What is remembered of a written chunk.
struct Written: Sendable {
  let size: Int
  let checksum: UInt32
  /// Where in the file it is, if it was reserved.
  var place: Int?
}

extension HDF5Dataset {
  /// Whether what is stored is what was written.
  fileprivate func check(
    _ written: [Int: Written],
    _ layout: ChunkPositions,
    readingBack: Bool
  ) throws(NetCDFError) {
    func fail(_ reason: String) -> NetCDFError {
      NetCDFError(
        "check",
        path: path,
        variable: variable,
        reason: reason,
        advice: "the disk or network file system may be faulty; write the file again"
      )
    }
    let count = try chunkCount()
    if count != written.count { throw fail("\(written.count) chunks were written, but it holds \(count)") }
    let size = written.values.reduce(0) { $0 + $1.size }
    if storageSize != size { throw fail("\(size) bytes were written, but it holds \(storageSize)") }
    guard readingBack else { return }
    for (number, expected) in written.sorted(by: { $0.key < $1.key }) {
      let index = layout.index(number)
      let bytes = try read(offset: layout.offset(index), chunk: index)
      if bytes.map({ Checksum.crc32($0) }) != expected.checksum {
        throw fail("chunk \(index.text) is not the one that was written")
      }
    }
  }
}

/// A variable that takes chunks.
@NetCDFThread
private final class ChunkedVariable {
  let dataset: HDF5Dataset
  let layout: ChunkPositions
  /// By number, row by row.
  var written: [Int: Written] = [:]

  init(dataset: consuming HDF5Dataset, layout: ChunkPositions) {
    self.dataset = dataset
    self.layout = layout
  }
}
