internal import CHDF5

/// Reads chunks of a variable's file as they are stored: compressed.
///
/// What was moved into a file as a compressed chunk is taken out again in the same way. Holds the file open.
@NetCDFThread
public final class StoredChunkReader {
  private let definition: FileDefinition
  private var file: HDF5File?
  private var datasets: [String: HDF5Dataset] = [:]

  /// Opens a file.
  ///
  /// - Throws: `NetCDFError` when there is none, or it is not one of NetCDF-4.
  public init(_ path: String) throws(NetCDFError) {
    // HDF5 does not open a file a second time in another way than libnetcdf did.
    let reader = try NetCDFFileReader(path)
    definition = reader.definition
    try reader.close()
    file = try HDF5File(path, for: path, writable: false)
  }

  isolated deinit {
    datasets = [:]
    file.take()?.closeAfterFailure()
  }

  /// How many chunks a variable has along each dimension; nil when it is not there, or not stored in chunks.
  public func counts(of variable: String) -> [Int]? { positions(of: variable)?.counts }

  /// The bytes of a chunk.
  ///
  /// - Parameters:
  ///   - variable: its name.
  ///   - chunk: the place of the chunk, counted in chunks along each dimension.
  ///   - size: how many bytes it is expected to have.
  /// - Returns: nil when there is no such chunk, or one of another size, or HDF5 cannot read it.
  public func read(_ variable: String, chunk: [Int], size: Int) -> [UInt8]? {
    guard let positions = positions(of: variable), positions.number(chunk) != nil else { return nil }
    if datasets[variable] == nil { datasets[variable] = try? file?.dataset(variable) }
    return datasets[variable]?.read(offset: positions.offset(chunk), size: size)
  }

  private func positions(of name: String) -> ChunkPositions? {
    guard let variable = definition.variables.first(where: { $0.name == name }), let chunk = variable.chunk
    else { return nil }
    let shape = definition.shape(of: variable)
    return shape.count == chunk.count ? ChunkPositions(shape: shape, chunk: chunk) : nil
  }
}
