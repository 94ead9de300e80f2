internal import CHDF5

/// An open HDF5 file whose chunks can be moved as they are, compressed.
@NetCDFThread
struct HDF5File: ~Copyable {
  /// The path for messages.
  let path: String
  private let id: hid_t

  /// The driver that leaves chunks to be written to the caller; negative when HDF5 does not take it.
  private static let chunksApart = apus_H5FDregister_chunks_apart()

  /// H5Fopen without file locks.
  ///
  /// - Parameter standIn: for chunks which the caller writes itself.
  init(
    _ file: String, for path: String, writable: Bool, standIn: ChunkStandIn? = nil
  ) throws(NetCDFError) {
    self.path = path
    id = try HDF5File.check("open", path: path) {
      // The library has to be initialised before its property classes exist.
      guard H5open() >= 0 else { return -1 }
      let access =
        standIn.map {
          apus_H5Pcreate_file_access_chunks_apart(HDF5File.chunksApart, $0.bytes.baseAddress, $0.leftOut)
        } ?? apus_H5Pcreate_file_access_without_locks()
      guard access >= 0 else { return -1 }
      defer { H5Pclose(access) }
      return apus_H5Fopen(file, writable ? 1 : 0, access)
    }
  }

  /// H5Dopen of a netCDF variable: its path from the root.
  func dataset(_ variable: String) throws(NetCDFError) -> HDF5Dataset {
    let dataset = try HDF5File.check("open", path: path, variable: variable) {
      apus_H5Dopen(id, "/" + variable)
    }
    return HDF5Dataset(path: path, variable: variable, id: dataset)
  }

  /// H5Fflush: unlike a close that failed, a flush that failed leaves the file open, to be emptied and closed.
  func flush() throws(NetCDFError) {
    try HDF5File.check("write", path: path) { hid_t(apus_H5Fflush(id)) }
  }

  /// H5Fclose: what is still in memory reaches the disk here, so it can fail.
  consuming func close() throws(NetCDFError) {
    let id = id
    try HDF5File.check("close", path: path) { hid_t(H5Fclose(id)) }
  }

  /// Closes a file that has failed already: a second fault would only hide the first.
  consuming func closeAfterFailure() {
    HDF5Messages.begin()
    _ = H5Fclose(id)
  }

  /// Makes an HDF5 call that returns a negative number on failure.
  @discardableResult
  fileprivate static func check(
    _ action: String,
    path: String,
    variable: String? = nil,
    _ call: () -> hid_t
  ) throws(NetCDFError) -> hid_t {
    HDF5Messages.begin()
    let result = call()
    guard result < 0 else { return result }
    throw NetCDFError(
      action,
      path: path,
      variable: variable,
      reason: "HDF5 failed",
      causes: HDF5Messages.take()
    )
  }
}

/// What HDF5 gets instead of the bytes of chunks which the caller writes itself.
///
/// Outlives the file that was opened with it.
@NetCDFThread
final class ChunkStandIn {
  /// Nobody reads or writes them, so they take no memory.
  let bytes: UnsafeRawBufferPointer
  /// Where the last chunk belongs that was left out.
  let leftOut: UnsafeMutablePointer<apus_chunk_place>

  /// - Parameter size: bytes of the largest chunk.
  init(_ size: Int) {
    bytes = UnsafeRawBufferPointer(.allocate(byteCount: size, alignment: 64))
    leftOut = .allocate(capacity: 1)
    leftOut.initialize(to: apus_chunk_place())
  }

  isolated deinit {
    bytes.deallocate()
    leftOut.deallocate()
  }
}

/// An open chunked dataset; closed when the last reference goes, but call `close()` to learn whether that went well.
@NetCDFThread
final class HDF5Dataset {
  let path: String
  let variable: String
  private var id: hid_t?

  fileprivate init(path: String, variable: String, id: hid_t) {
    self.path = path
    self.variable = variable
    self.id = id
  }

  isolated deinit {
    if let id { H5Dclose(id) }
  }

  func close() throws(NetCDFError) {
    guard let id = id.take() else { return }
    try HDF5File.check("close", path: path, variable: variable) { hid_t(H5Dclose(id)) }
  }

  /// Puts a chunk into the dataset as it is: compressed, its first element at `offset`.
  func write(_ bytes: UnsafeRawBufferPointer, offset: [UInt64], chunk: [Int]) throws(NetCDFError) {
    try HDF5File.check("write chunk \(chunk.text)", path: path, variable: variable) {
      hid_t(apus_H5Dwrite_chunk(id ?? -1, offset, bytes.count, bytes.baseAddress))
    }
  }

  /// Finds room for a chunk whose bytes the caller writes itself.
  ///
  /// - Returns: where in the file they belong; nil when HDF5 did not say.
  func reserve(_ size: Int, _ standIn: ChunkStandIn, offset: [UInt64], chunk: [Int]) throws(NetCDFError)
    -> Int?
  {
    standIn.leftOut.pointee = apus_chunk_place()
    try write(UnsafeRawBufferPointer(rebasing: standIn.bytes[..<size]), offset: offset, chunk: chunk)
    guard standIn.leftOut.pointee.size == size else { return nil }
    return Int(exactly: standIn.leftOut.pointee.address)
  }

  /// The stored bytes of the chunk at `offset`; nil when there is none.
  func read(offset: [UInt64], chunk: [Int]) throws(NetCDFError) -> [UInt8]? {
    let action = "read chunk \(chunk.text)"
    var size: hsize_t = 0
    // H5Dget_chunk_storage_size fails when there is no chunk; this says so with an undefined address.
    var filters: UInt32 = 0
    var address: haddr_t = 0
    try HDF5File.check(action, path: path, variable: variable) {
      hid_t(H5Dget_chunk_info_by_coord(id ?? -1, offset, &filters, &address, &size))
    }
    guard size > 0, address != haddr_t.max else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    try HDF5File.check(action, path: path, variable: variable) {
      hid_t(apus_H5Dread_chunk(id ?? -1, offset, &filters, &bytes))
    }
    return bytes
  }

  /// The stored bytes of the chunk at `offset` when there are so many of them; nil when there is no such chunk.
  ///
  /// HDF5 looks the chunk up, where `read(offset:chunk:)` has it go through all chunks to learn the size.
  func read(offset: [UInt64], size: Int) -> [UInt8]? {
    HDF5Messages.begin()
    var (stored, filters): (hsize_t, UInt32) = (0, 0)
    guard let id, H5Dget_chunk_storage_size(id, offset, &stored) >= 0, stored == size else { return nil }
    var bytes = [UInt8](repeating: 0, count: size)
    guard apus_H5Dread_chunk(id, offset, &filters, &bytes) >= 0 else { return nil }
    return bytes
  }

  /// Where the bytes of the chunk at `offset` are in the file, and whether all filters were applied to them; nil when
  /// there is no such chunk.
  func place(
    offset: [UInt64]
  ) throws(NetCDFError) -> (offset: UInt64, bytes: Int, isFiltered: Bool)? {
    var (size, filters, address): (hsize_t, UInt32, haddr_t) = (0, 0, 0)
    try HDF5File.check("find a chunk", path: path, variable: variable) {
      hid_t(H5Dget_chunk_info_by_coord(id ?? -1, offset, &filters, &address, &size))
    }
    guard size > 0, address != haddr_t.max, let bytes = Int(exactly: size) else { return nil }
    return (UInt64(address), bytes, filters == 0)
  }

  /// The lengths of the dimensions; nil when HDF5 cannot tell.
  var shape: [Int]? {
    var lengths = [hsize_t](repeating: 0, count: 32)
    let rank = Int(apus_H5Dget_shape(id ?? -1, &lengths, Int32(lengths.count)))
    return rank >= 0 ? lengths.prefix(rank).map { Int(clamping: $0) } : nil
  }

  /// The numbers of the filters, in the order in which they are applied; nil when HDF5 cannot tell.
  var filters: [Int32]? {
    var filters = [H5Z_filter_t](repeating: 0, count: 8)
    let count = Int(apus_H5Dget_filters(id ?? -1, &filters, Int32(filters.count)))
    return (0...filters.count).contains(count) ? filters.prefix(count).map { Int32($0) } : nil
  }

  /// Where the bytes of a dataset begin that is stored in one piece; nil where there are none.
  var wholeOffset: UInt64? {
    let address = apus_H5Dget_offset(id ?? -1)
    return address == haddr_t.max ? nil : UInt64(address)
  }

  /// How many chunks are stored.
  func chunkCount() throws(NetCDFError) -> Int {
    var count: hsize_t = 0
    try HDF5File.check("count the chunks", path: path, variable: variable) {
      hid_t(apus_H5Dget_num_chunks(id ?? -1, &count))
    }
    return Int(count)
  }

  /// The bytes that the chunks take in the file.
  var storageSize: Int { Int(H5Dget_storage_size(id ?? -1)) }
}

extension [Int] {
  /// "0,2,1".
  var text: String { map(String.init).joined(separator: ",") }
}
