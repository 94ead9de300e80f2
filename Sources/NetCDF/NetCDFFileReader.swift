internal import CNetCDF

/// Reads a NetCDF file: its definition, and whole variables.
///
/// Made for checking what was written and for tests; every read converts to the number format asked for.
@NetCDFThread
public final class NetCDFFileReader {
  public nonisolated let path: String
  private var handle: NetCDFHandle?
  /// Dimensions, variables (without values) and attributes, in the file's order.
  public let definition: FileDefinition

  /// Opens a file and reads its definition.
  public convenience init(_ path: String) throws(NetCDFError) {
    try self.init(path, for: path)
  }

  /// Opens a file that is called otherwise in messages.
  init(_ file: String, for path: String) throws(NetCDFError) {
    self.path = path
    let handle = try NetCDFHandle(opening: file, for: path)
    do throws(NetCDFError) {
      definition = try handle.readDefinition()
    } catch {
      handle.closeAfterFailure()
      throw error
    }
    self.handle = consume handle
  }

  isolated deinit { handle.take()?.closeAfterFailure() }

  /// Closes the file; it can be read no more.
  public func close() throws(NetCDFError) {
    if let handle = handle.take() { try handle.close() }
  }

  /// The definition of a variable.
  public func variable(_ name: String) throws(NetCDFError) -> FileVariable {
    guard let variable = definition.variables.first(where: { $0.name == name }) else {
      let names = definition.variables.map(\.name).joined(separator: ", ")
      throw NetCDFError(
        "read",
        path: path,
        variable: name,
        reason: "there is no such variable, only \(names)"
      )
    }
    return variable
  }

  /// The lengths of a variable's dimensions.
  public func shape(of name: String) throws(NetCDFError) -> [Int] {
    definition.shape(of: try variable(name))
  }

  /// All elements of a variable as 64-bit numbers, row by row; the fill value is a number as any other.
  public func doubles(_ name: String) throws(NetCDFError) -> [Double] {
    try read(name, zero: 0) { nc_get_var_double($0, $1, $2) }
  }

  /// All elements of a variable as 32-bit numbers, row by row; the fill value is a number as any other.
  public func floats(_ name: String) throws(NetCDFError) -> [Float] {
    try read(name, zero: 0) { nc_get_var_float($0, $1, $2) }
  }

  /// All elements of a variable of whole numbers, row by row; the fill value is a number as any other.
  public func integers(_ name: String) throws(NetCDFError) -> [Int] {
    let values: [Int64] = try read(name, zero: 0) { id, variable, pointer in
      pointer.withMemoryRebound(to: CLongLong.self, capacity: 1) { nc_get_var_longlong(id, variable, $0) }
    }
    return values.map { Int($0) }
  }

  /// All texts of a variable of strings or characters, row by row, without zeros at the end.
  public func strings(_ name: String) throws(NetCDFError) -> [String] {
    switch try variable(name).type {
    case .string:
      var pointers: [UnsafeMutablePointer<CChar>?] = try read(name, zero: nil) {
        nc_get_var_string($0, $1, $2)
      }
      defer { nc_free_string(pointers.count, &pointers) }
      return pointers.map { $0.map { String(cString: $0) } ?? "" }
    case .character:
      let length = try shape(of: name).last ?? 1
      let bytes: [CChar] = try read(name, zero: 0) { nc_get_var_text($0, $1, $2) }
      return stride(from: 0, to: bytes.count, by: length).map { start in
        String(
          decoding: bytes[start..<(start + length)].prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
          as: UTF8.self
        )
      }
    default:
      throw NetCDFError("read", path: path, variable: name, reason: "it holds numbers, not strings")
    }
  }

  private func read<Element>(
    _ name: String,
    zero: Element,
    _ get: (Int32, Int32, UnsafeMutablePointer<Element>) -> Int32
  ) throws(NetCDFError) -> [Element] {
    let count = try shape(of: name).reduce(1, *)
    guard let id = handle?.id else {
      throw NetCDFError("read", path: path, variable: name, reason: "the file is closed")
    }
    // One element more, so that there is an address even for an empty variable.
    var elements = [Element](repeating: zero, count: count + 1)
    try handle?.check("read", variable: name) {
      var variableID: Int32 = -1
      let status = nc_inq_varid(id, name, &variableID)
      guard status == NC_NOERR else { return status }
      return elements.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.map { get(id, variableID, $0) } ?? NC_ENOMEM
      }
    }
    elements.removeLast()
    return elements
  }

  /// Whether the file has the dimensions and variables of a definition.
  func compare(with expected: FileDefinition) throws(NetCDFError) {
    func fail(_ reason: String, _ variable: String? = nil) -> NetCDFError {
      NetCDFError("check", path: path, variable: variable, reason: reason)
    }
    if definition.dimensions != expected.dimensions {
      throw fail("its dimensions are not the ones that were defined")
    }
    for variable in expected.variables {
      let found = try self.variable(variable.name)
      if found.type != variable.type || found.dimensions != variable.dimensions
        || found.chunk != variable.chunk || found.deflateLevel != variable.deflateLevel
        || found.shuffle != variable.shuffle || found.attributes.count != variable.attributes.count
      {
        throw fail("it is not as it was defined", variable.name)
      }
    }
    if definition.globalAttributes.count != expected.globalAttributes.count {
      throw fail("its attributes are not the ones that were defined")
    }
  }
}
