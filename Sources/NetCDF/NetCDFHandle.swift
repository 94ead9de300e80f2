internal import CNetCDF

/// An open netCDF file and the translation of its status codes into errors.
@NetCDFThread
struct NetCDFHandle: ~Copyable {
  /// The path for messages: the final one, also while the file has a temporary name.
  let path: String
  private(set) var id: Int32 = -1

  /// nc_create, as netCDF-4.
  init(creating file: String, for path: String) throws(NetCDFError) {
    self.path = path
    var id: Int32 = -1
    try NetCDFHandle.check("create", path) { nc_create(file, NC_NETCDF4 | NC_CLOBBER, &id) }
    self.id = id
  }

  /// nc_open for reading.
  init(opening file: String, for path: String) throws(NetCDFError) {
    self.path = path
    var id: Int32 = -1
    try NetCDFHandle.check("open", path) { nc_open(file, NC_NOWRITE, &id) }
    self.id = id
  }

  /// Makes a netCDF call and throws what it and HDF5 say when it fails.
  func check(
    _ action: String,
    variable: String? = nil,
    attribute: String? = nil,
    _ call: () -> Int32
  ) throws(NetCDFError) {
    try NetCDFHandle.check(action, path, variable: variable, attribute: attribute, call)
  }

  /// Makes a netCDF call and throws what it and HDF5 say when it fails.
  private static func check(
    _ action: String,
    _ path: String,
    variable: String? = nil,
    attribute: String? = nil,
    _ call: () -> Int32
  ) throws(NetCDFError) {
    HDF5Messages.begin()
    // At its first use netCDF-C would replace the listener in the middle of the call.
    _ = nc_initialize()
    HDF5Messages.begin()
    let status = call()
    guard status != NC_NOERR else { return }
    // Positive codes are the system's own (errno).
    let reason = nc_strerror(status).map { String(cString: $0) } ?? "status \(status)"
    throw NetCDFError(
      action,
      path: path,
      variable: variable,
      attribute: attribute,
      status: status,
      reason: reason,
      causes: HDF5Messages.take()
    )
  }

  /// nc_close: the data may reach the disk only here, so it can fail.
  consuming func close() throws(NetCDFError) {
    let id = id
    try check("close") { nc_close(id) }
  }

  /// Closes a file that has failed already: a second fault would only hide the first.
  consuming func closeAfterFailure() {
    HDF5Messages.begin()
    _ = nc_close(id)
  }
}

extension ElementType {
  /// The netCDF type code.
  var netCDFCode: nc_type {
    switch self {
    case .int8: NC_BYTE
    case .uint8: NC_UBYTE
    case .int16: NC_SHORT
    case .uint16: NC_USHORT
    case .int32: NC_INT
    case .uint32: NC_UINT
    case .int64: NC_INT64
    case .uint64: NC_UINT64
    case .float32: NC_FLOAT
    case .float64: NC_DOUBLE
    case .character: NC_CHAR
    case .string: NC_STRING
    }
  }

  /// The type with a netCDF code; nil for user-defined types.
  init?(netCDFCode code: nc_type) {
    guard let type = ElementType.allCases.first(where: { $0.netCDFCode == code }) else { return nil }
    self = type
  }
}
