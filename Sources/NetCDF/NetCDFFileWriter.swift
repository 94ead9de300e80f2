internal import Glibc
internal import Storage

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
  nonisolated let temporary: String
  let definition: FileDefinition
  var file: HDF5File?
  var variables: [String: ChunkedVariable] = [:]
  /// For chunks that are reserved; nil where none are.
  private let standIn: ChunkStandIn?

  /// Creates the file under a temporary name and writes everything but the chunks.
  ///
  /// - Parameters:
  ///   - path: the final name; the folder exists.
  ///   - definition: variables without `values` are filled with `writeChunk`, or `reserveChunk` and `reservedRoom`.
  ///   - largestReserved: bytes of the largest chunk that is reserved; 0 when none are.
  public init(
    creating path: String, _ definition: FileDefinition, largestReserved: Int = 0
  ) throws(NetCDFError) {
    self.path = path
    self.definition = definition
    temporary = LocalFiles.temporaryPath(for: path)
    standIn = largestReserved > 0 ? ChunkStandIn(largestReserved) : nil
    try definition.check(path: path)
    try NetCDFFileWriter.checkRoom(for: definition, path)
    do throws(NetCDFError) {
      try NetCDFFileWriter.define(definition, temporary, path)
      let file = try HDF5File(temporary, for: path, writable: true, standIn: standIn)
      self.file = consume file
      for variable in definition.variables where variable.values == nil && !variable.dimensions.isEmpty {
        try open(variable)
      }
    } catch {
      abandon()
      throw error
    }
  }

  isolated deinit { abandon() }

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
  ///   - variable: the name of the variable, defined before.
  ///   - chunk: the chunk's index, one number per dimension.
  ///   - size: of the chunk, compressed as `ChunkCodec` makes it; at most what the writer was made for.
  ///   - checksum: its CRC-32.
  /// - Returns: where in the file it belongs.
  public func reserveChunk(
    variable: String, chunk: [Int], size: Int, checksum: UInt32
  ) throws(NetCDFError) -> Int {
    let (chunked, number) = try place(of: chunk, in: variable, size: size)
    guard let standIn, size <= standIn.bytes.count else {
      throw fault(
        chunk, variable, "it has \(size) bytes where at most \(standIn?.bytes.count ?? 0) were expected")
    }
    do throws(NetCDFError) {
      let offset = chunked.layout.offset(chunk)
      guard let place = try chunked.dataset.reserve(size, standIn, offset: offset, chunk: chunk) else {
        throw fault(chunk, variable, "HDF5 found no room for it")
      }
      chunked.written[number] = Written(size: size, checksum: checksum, place: place)
      return place
    } catch {
      abandon()
      throw error
    }
  }

  private func fault(_ chunk: [Int], _ variable: String, _ reason: String) -> NetCDFError {
    NetCDFError("write chunk \(chunk.text)", path: path, variable: variable, reason: reason)
  }

  private func place(of chunk: [Int], in variable: String, size: Int) throws(NetCDFError) -> (
    ChunkedVariable, Int
  ) {
    func fail(_ reason: String) -> NetCDFError { fault(chunk, variable, reason) }
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
}

/// A variable that takes chunks.
@NetCDFThread
final class ChunkedVariable {
  let dataset: HDF5Dataset
  let layout: ChunkPositions
  /// By number, row by row.
  var written: [Int: Written] = [:]

  init(dataset: consuming HDF5Dataset, layout: ChunkPositions) {
    self.dataset = dataset
    self.layout = layout
  }
}

/// What is remembered of a written chunk.
struct Written: Sendable {
  let size: Int
  let checksum: UInt32
  /// Where in the file it is, if it was reserved.
  var place: Int?
}
