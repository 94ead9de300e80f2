public import Storage

extension NetCDFFileWriter {
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
