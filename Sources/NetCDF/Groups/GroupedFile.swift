internal import CHDF5
internal import CNetCDF
internal import Glibc

/// An open file of groups.
@NetCDFThread
final class GroupedFile {
  nonisolated let path: String
  private var handle: NetCDFHandle?
  let definition: GroupedDefinition

  /// More chunks than this are not looked for one by one: HDF5 goes through all of them each time.
  private static let mostPlaces = 600

  init(_ path: String) throws(NetCDFError) {
    self.path = path
    let handle = try NetCDFHandle(opening: path, for: path)
    do throws(NetCDFError) {
      definition = try handle.readGroups()
    } catch {
      handle.closeAfterFailure()
      throw error
    }
    self.handle = consume handle
  }

  isolated deinit { handle.take()?.closeAfterFailure() }

  /// How variables lie in the file, which is closed then: HDF5 does not open a file a second time in another way than
  /// libnetcdf did.
  func layoutsBeforeClosing(of variables: [GroupedVariable]) throws(NetCDFError) -> [StoredLayout] {
    var storages: [(chunk: [Int]?, fill: [UInt8], isPlain: Bool)] = []
    for variable in variables {
      guard let storage = try handle?.storage(of: variable) else { throw closed(variable) }
      storages.append(storage)
    }
    if let handle = handle.take() { try handle.close() }
    var file: HDF5File?
    defer { file.take()?.closeAfterFailure() }
    var layouts: [StoredLayout] = []
    for (variable, (chunk, fill, isPlain)) in zip(variables, storages) {
      var form: StoredLayout.Form?
      if isPlain {
        if file == nil { file = try HDF5File(path, for: path, writable: false) }
        // What HDF5 cannot tell the library may still read.
        let dataset = try? file?.dataset(variable.path)
        defer { try? dataset?.close() }
        form = try dataset.map { (dataset) throws(NetCDFError) in
          try GroupedFile.form(of: dataset, variable, chunk: chunk)
        }
      }
      layouts.append(StoredLayout(chunk: chunk ?? variable.shape, form: form ?? .library, fill: fill))
    }
    return layouts
  }

  private static func form(
    of dataset: HDF5Dataset, _ variable: GroupedVariable, chunk: [Int]?
  ) throws(NetCDFError) -> StoredLayout.Form {
    // libnetcdf stores a variable that has a dimension's name under another name than its own.
    guard dataset.shape == variable.shape else { return .library }
    guard let chunk else { return dataset.wholeOffset.map { .whole($0) } ?? .library }
    guard let filters = dataset.filters else { return .library }
    let (shuffle, deflate) = (Int32(H5Z_FILTER_SHUFFLE), Int32(H5Z_FILTER_DEFLATE))
    guard [[], [shuffle], [deflate], [shuffle, deflate]].contains(filters) else { return .library }
    let positions = ChunkPositions(shape: variable.shape, chunk: chunk)
    let count = positions.counts.reduce(1, *)
    guard count > 0, count <= mostPlaces else { return .library }
    var places: [StoredLayout.Place?] = []
    for number in 0..<count {
      let place = try dataset.place(offset: positions.offset(positions.index(number)))
      // A chunk that was stored without all of its filters is left to the library.
      guard place?.isFiltered ?? true else { return .library }
      places.append(place.map { StoredLayout.Place(offset: $0.offset, bytes: $0.bytes) })
    }
    return .chunks(places, isShuffled: filters.contains(shuffle), isDeflated: filters.contains(deflate))
  }

  /// Reads a part of a variable through libnetcdf, in this machine's byte order.
  func read(_ variable: GroupedVariable, _ part: [Range<Int>]) throws(NetCDFError) -> [UInt8] {
    guard let bytes = try handle?.read(variable, part) else { throw closed(variable) }
    return bytes
  }

  private func closed(_ variable: GroupedVariable) -> NetCDFError {
    NetCDFError("read", path: path, variable: variable.path, reason: "the file is closed")
  }
}

/// The files of groups that are open: a few, of those that only the libraries can read.
@NetCDFThread
final class OpenGroupedFiles {
  static let shared = OpenGroupedFiles()

  private var files: [(path: String, file: GroupedFile)] = []
  private static let most = 16

  /// An open file.
  func file(_ path: String) throws(NetCDFError) -> GroupedFile {
    if let place = files.firstIndex(where: { $0.path == path }) {
      let present = files.remove(at: place)
      files.append(present)
      return present.file
    }
    let opened = try GroupedFile(path)
    if files.count >= OpenGroupedFiles.most { files.removeFirst() }
    files.append((path, opened))
    return opened
  }

  /// How variables lie in a file, which is closed then.
  func layouts(of variables: [GroupedVariable], in path: String) throws(NetCDFError) -> [StoredLayout] {
    let file = try file(path)
    forget(path)
    return try file.layoutsBeforeClosing(of: variables)
  }

  /// Closes a file, if it is open.
  func forget(_ path: String) { files.removeAll { $0.path == path } }
}
