internal import CNetCDF
import Glibc

extension NetCDFHandle {
  /// Writes dimensions, variables and attributes, and the values that are given with them.
  func define(_ definition: FileDefinition) throws(NetCDFError) {
    // HDF5 files have no define mode, but netCDF-4 writes everything at nc_enddef.
    var dimensions: [String: Int32] = [:]
    for dimension in definition.dimensions {
      var id: Int32 = -1
      try check("define dimension \"\(dimension.name)\"") {
        nc_def_dim(self.id, dimension.name, dimension.length, &id)
      }
      dimensions[dimension.name] = id
    }
    for attribute in definition.globalAttributes { try put(attribute, of: nil) }
    var variables: [(FileVariable, Int32)] = []
    for variable in definition.variables {
      variables.append((variable, try define(variable, dimensions)))
    }
    try check("end the definition") { nc_enddef(id) }
    for (variable, variableID) in variables {
      let width = definition.shape(of: variable).last ?? 0
      if let values = variable.values { try put(values, variable, variableID, width: width) }
    }
  }

  private func define(_ variable: FileVariable, _ ids: [String: Int32]) throws(NetCDFError) -> Int32 {
    let dimensions = variable.dimensions.compactMap { ids[$0] }
    let name = variable.name
    var variableID: Int32 = -1
    try check("define", variable: name) {
      nc_def_var(id, name, variable.type.netCDFCode, Int32(dimensions.count), dimensions, &variableID)
    }
    if !dimensions.isEmpty {
      try check("set the chunks", variable: name) {
        nc_def_var_chunking(
          id,
          variableID,
          variable.chunk == nil ? NC_CONTIGUOUS : NC_CHUNKED,
          variable.chunk
        )
      }
    }
    if variable.shuffle || variable.deflateLevel != nil {
      let level = Int32(variable.deflateLevel ?? 0)
      try check("set the compression", variable: name) {
        nc_def_var_deflate(
          id,
          variableID,
          variable.shuffle ? 1 : 0,
          variable.deflateLevel == nil ? 0 : 1,
          level
        )
      }
    }
    if let fill = variable.fill {
      try check("set the fill value", variable: name) {
        fill.withBytes { nc_def_var_fill(id, variableID, NC_FILL, $0) }
      }
    }
    for attribute in variable.attributes { try put(attribute, of: (name, variableID)) }
    return variableID
  }

  private func put(_ attribute: FileAttribute, of variable: (name: String, id: Int32)?) throws(NetCDFError) {
    let variableID = variable?.id ?? NC_GLOBAL
    try check("write", variable: variable?.name, attribute: attribute.name) {
      switch attribute.value {
      case .text(let text):
        // The length in bytes; characters are UTF-8.
        nc_put_att_text(id, variableID, attribute.name, text.utf8.count, text)
      default:
        attribute.value.withBytes { bytes in
          let type = attribute.value.type?.netCDFCode ?? NC_NAT
          return nc_put_att(id, variableID, attribute.name, type, attribute.value.numbers.count, bytes)
        }
      }
    }
  }

  private func put(
    _ values: VariableValues,
    _ variable: FileVariable,
    _ variableID: Int32,
    width: Int
  ) throws(NetCDFError) {
    try check("write the values", variable: variable.name) {
      switch values {
      case .numbers(let numbers): return nc_put_var_double(id, variableID, numbers)
      case .strings(let texts) where variable.type == .character:
        let bytes = texts.flatMap { text in
          text.utf8.map { CChar(bitPattern: $0) } + [CChar](repeating: 0, count: width - text.utf8.count)
        }
        return nc_put_var_text(id, variableID, bytes)
      case .strings(let strings):
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        // netCDF asks for an array of constant strings.
        var pointers = copies.map { $0.map { UnsafePointer($0) } }
        return nc_put_var_string(id, variableID, &pointers)
      }
    }
  }
}

extension AttributeValue {
  /// Lends the numbers as they lie in memory; nil for text.
  func withBytes<Result>(_ body: (UnsafeRawPointer?) -> Result) -> Result {
    switch self {
    case .text: body(nil)
    case .int8s(let values): values.withUnsafeBytes { body($0.baseAddress) }
    case .uint8s(let values): values.withUnsafeBytes { body($0.baseAddress) }
    case .int16s(let values): values.withUnsafeBytes { body($0.baseAddress) }
    case .uint16s(let values): values.withUnsafeBytes { body($0.baseAddress) }
    case .int32s(let values): values.withUnsafeBytes { body($0.baseAddress) }
    case .uint32s(let values): values.withUnsafeBytes { body($0.baseAddress) }
    case .floats(let values): values.withUnsafeBytes { body($0.baseAddress) }
    case .doubles(let values): values.withUnsafeBytes { body($0.baseAddress) }
    }
  }
}
