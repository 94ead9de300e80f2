internal import CNetCDF

extension NetCDFHandle {
  /// Reads dimensions, variables and attributes of the root group; no values.
  ///
  /// - Throws: `NetCDFError`, also for element types that Apus does not know.
  func readDefinition() throws(NetCDFError) -> FileDefinition {
    var dimensionCount: Int32 = 0
    var variableCount: Int32 = 0
    var attributeCount: Int32 = 0
    try check("inspect") { nc_inq(id, &dimensionCount, &variableCount, &attributeCount, nil) }
    var definition = FileDefinition()
    for dimension in 0..<dimensionCount {
      var length = 0
      let name = try name("inspect a dimension") { nc_inq_dim(id, dimension, $0, &length) }
      definition.dimensions.append(FileDimension(name, length))
    }
    for variable in 0..<variableCount {
      definition.variables.append(try readVariable(variable, definition.dimensions))
    }
    definition.globalAttributes = try attributes(of: (NC_GLOBAL, nil), count: attributeCount)
    return definition
  }

  private func readVariable(_ number: Int32, _ dimensions: [FileDimension]) throws(NetCDFError)
    -> FileVariable
  {
    var code: nc_type = 0
    var rank: Int32 = 0
    var attributeCount: Int32 = 0
    var dimensionIDs = [Int32](repeating: 0, count: Int(NC_MAX_VAR_DIMS))
    let name = try name("inspect a variable") {
      nc_inq_var(id, number, $0, &code, &rank, &dimensionIDs, &attributeCount)
    }
    guard let type = ElementType(netCDFCode: code) else {
      throw NetCDFError("read", path: path, variable: name, reason: "Apus does not know its type (\(code))")
    }
    var variable = FileVariable(
      name,
      type,
      dimensions: dimensionIDs.prefix(Int(rank)).map { dimensions[Int($0)].name }
    )
    try readStorage(number, rank: Int(rank), into: &variable)
    variable.attributes = try attributes(of: (number, name), count: attributeCount)
    if let fill = variable.attributes.firstIndex(where: { $0.name == "_FillValue" }) {
      variable.fill = variable.attributes.remove(at: fill).value
    }
    return variable
  }

  private func readStorage(_ number: Int32, rank: Int, into variable: inout FileVariable) throws(NetCDFError)
  {
    guard rank > 0 else { return }
    var storage: Int32 = 0
    var chunk = [Int](repeating: 0, count: rank)
    try check("inspect the chunks", variable: variable.name) {
      nc_inq_var_chunking(id, number, &storage, &chunk)
    }
    if storage == NC_CHUNKED { variable.chunk = chunk }
    var shuffle: Int32 = 0
    var deflate: Int32 = 0
    var level: Int32 = 0
    try check("inspect the compression", variable: variable.name) {
      nc_inq_var_deflate(id, number, &shuffle, &deflate, &level)
    }
    variable.shuffle = shuffle != 0
    variable.deflateLevel = deflate != 0 ? Int(level) : nil
  }

  private func attributes(
    of variable: (id: Int32, name: String?),
    count: Int32
  ) throws(NetCDFError) -> [FileAttribute] {
    var attributes: [FileAttribute] = []
    for number in 0..<count {
      let name = try name("inspect an attribute", variable: variable.name) {
        nc_inq_attname(id, variable.id, number, $0)
      }
      attributes.append(FileAttribute(name, try attribute(name, of: variable)))
    }
    return attributes
  }

  private func attribute(
    _ name: String,
    of variable: (id: Int32, name: String?)
  ) throws(NetCDFError) -> AttributeValue {
    var code: nc_type = 0
    var length = 0
    try check("inspect", variable: variable.name, attribute: name) {
      nc_inq_att(id, variable.id, name, &code, &length)
    }
    func get<Number: BitwiseCopyable & Sendable>(_ zero: Number) throws(NetCDFError) -> [Number] {
      var values = [Number](repeating: zero, count: length)
      try check("read", variable: variable.name, attribute: name) {
        values.withUnsafeMutableBytes { nc_get_att(id, variable.id, name, $0.baseAddress) }
      }
      return values
    }
    switch ElementType(netCDFCode: code) {
    case .int8: return .int8s(try get(0))
    case .uint8: return .uint8s(try get(0))
    case .int16: return .int16s(try get(0))
    case .uint16: return .uint16s(try get(0))
    case .int32: return .int32s(try get(0))
    case .uint32: return .uint32s(try get(0))
    case .int64: return .doubles(try get(Int64(0)).map { Double($0) })
    case .uint64: return .doubles(try get(UInt64(0)).map { Double($0) })
    case .float32: return .floats(try get(0))
    case .float64: return .doubles(try get(0))
    case .string:
      // Pointers are read as addresses: they are netCDF's to free.
      var pointers = try get(UInt(0)).map { UnsafeMutablePointer<CChar>(bitPattern: $0) }
      defer { nc_free_string(pointers.count, &pointers) }
      return .text(pointers.map { $0.map { String(cString: $0) } ?? "" }.joined(separator: "\n"))
    case .character:
      return .text(String(decoding: try get(UInt8(0)), as: UTF8.self))
    case nil:
      throw NetCDFError(
        "read",
        path: path,
        variable: variable.name,
        attribute: name,
        reason: "Apus does not know its type (\(code))"
      )
    }
  }

  private func name(
    _ action: String,
    variable: String? = nil,
    _ call: (UnsafeMutablePointer<CChar>) -> Int32
  ) throws(NetCDFError) -> String {
    var name = [CChar](repeating: 0, count: Int(NC_MAX_NAME) + 1)
    try check(action, variable: variable) {
      name.withUnsafeMutableBufferPointer { $0.baseAddress.map(call) ?? NC_ENOMEM }
    }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
