internal import CNetCDF

extension NetCDFHandle {
  /// Reads variables and attributes of all groups; no values.
  ///
  /// Variables and attributes of types that are made by the file itself (compounds, enumerations) are left out.
  func readGroups() throws(NetCDFError) -> GroupedDefinition {
    var definition = GroupedDefinition()
    definition.attributes = try attributes(in: id, of: NC_GLOBAL)
    try readGroup(id, path: "", depth: 0, into: &definition)
    return definition
  }

  /// The number of a group and of a variable in it.
  func find(_ variable: GroupedVariable) throws(NetCDFError) -> (group: Int32, variable: Int32) {
    var (group, number) = (id, Int32(-1))
    try check("find", variable: variable.path) {
      if !variable.group.isEmpty {
        let status = nc_inq_grp_full_ncid(id, "/" + variable.group, &group)
        guard status == NC_NOERR else { return status }
      }
      return nc_inq_varid(group, variable.name, &number)
    }
    return (group, number)
  }

  /// The chunk's lengths (nil for none), the fill value, and whether HDF5 holds it as this machine's numbers.
  func storage(
    of variable: GroupedVariable
  ) throws(NetCDFError) -> (chunk: [Int]?, fill: [UInt8], isPlain: Bool) {
    let (group, number) = try find(variable)
    var fill = [UInt8](repeating: 0, count: max(8, variable.type.size))
    var isUnfilled: Int32 = 0
    try check("inspect", variable: variable.path) {
      fill.withUnsafeMutableBytes { nc_inq_var_fill(group, number, &isUnfilled, $0.baseAddress) }
    }
    fill = Array(fill.prefix(variable.type.size))
    var format: Int32 = 0
    try check("inspect") { nc_inq_format(id, &format) }
    guard format == NC_FORMAT_NETCDF4 || format == NC_FORMAT_NETCDF4_CLASSIC, !variable.dimensions.isEmpty
    else {
      return (nil, fill, false)
    }
    var (kind, order) = (Int32(0), Int32(0))
    var chunk = [Int](repeating: 0, count: variable.dimensions.count)
    try check("inspect the chunks", variable: variable.path) {
      nc_inq_var_chunking(group, number, &kind, &chunk)
    }
    try check("inspect", variable: variable.path) { nc_inq_var_endian(group, number, &order) }
    #if _endian(little)
      let isForeign = order == NC_ENDIAN_BIG
    #else
      let isForeign = true
    #endif
    let isChunked = kind == NC_CHUNKED
    return (
      isChunked ? chunk : nil, fill,
      variable.type.isNumber && !isForeign && (isChunked || kind == NC_CONTIGUOUS)
    )
  }

  /// Reads a part of a variable through libnetcdf, in this machine's byte order.
  func read(_ variable: GroupedVariable, _ part: [Range<Int>]) throws(NetCDFError) -> [UInt8] {
    let (group, number) = try find(variable)
    let (start, count) = (part.map(\.lowerBound), part.map(\.count))
    var bytes = [UInt8](repeating: 0, count: count.reduce(variable.type.size, *) + 8)
    try check("read", variable: variable.path) {
      bytes.withUnsafeMutableBytes { nc_get_vara(group, number, start, count, $0.baseAddress) }
    }
    bytes.removeLast(8)
    return bytes
  }

  private func readGroup(
    _ group: Int32, path: String, depth: Int, into definition: inout GroupedDefinition
  ) throws(NetCDFError) {
    var count: Int32 = 0
    try check("inspect") { nc_inq_varids(group, &count, nil) }
    for number in 0..<count {
      if let variable = try readVariable(number, in: group, path: path) {
        definition.variables.append(variable)
      }
    }
    // A file that nests deeper than this is damaged.
    guard depth < 32 else { return }
    var groups: Int32 = 0
    try check("inspect") { nc_inq_grps(group, &groups, nil) }
    var numbers = [Int32](repeating: 0, count: Int(groups) + 1)
    try check("inspect") { nc_inq_grps(group, nil, &numbers) }
    for number in numbers.prefix(Int(groups)) {
      let name = try text("inspect a group") { nc_inq_grpname(number, $0) }
      try readGroup(
        number, path: path.isEmpty ? name : "\(path)/\(name)", depth: depth + 1, into: &definition)
    }
  }

  private func readVariable(
    _ number: Int32, in group: Int32, path: String
  ) throws(NetCDFError) -> GroupedVariable? {
    var code: nc_type = 0
    var rank: Int32 = 0
    var ids = [Int32](repeating: 0, count: Int(NC_MAX_VAR_DIMS))
    let name = try text("inspect a variable") { nc_inq_var(group, number, $0, &code, &rank, &ids, nil) }
    guard let type = StoredType(netCDFCode: code) else { return nil }
    var dimensions: [GroupedDimension] = []
    for id in ids.prefix(Int(rank)) {
      var length = 0
      let dimension = try text("inspect a dimension") { nc_inq_dim(group, id, $0, &length) }
      dimensions.append(
        GroupedDimension(dimension, group: try self.group(ofDimension: id, seenFrom: group), length: length))
    }
    return GroupedVariable(
      group: path, name: name, type: type, dimensions: dimensions,
      attributes: try attributes(in: group, of: number))
  }

  /// The path of the group that defines a dimension.
  private func group(ofDimension dimension: Int32, seenFrom group: Int32) throws(NetCDFError) -> String {
    var owner = group
    while true {
      var count: Int32 = 0
      try check("inspect") { nc_inq_dimids(owner, &count, nil, 0) }
      var ids = [Int32](repeating: -1, count: Int(count) + 1)
      try check("inspect") { nc_inq_dimids(owner, nil, &ids, 0) }
      var parent: Int32 = -1
      if ids.prefix(Int(count)).contains(dimension) || nc_inq_grp_parent(owner, &parent) != NC_NOERR {
        var length = 0
        try check("inspect") { nc_inq_grpname_full(owner, &length, nil) }
        var bytes = [CChar](repeating: 0, count: length + 1)
        try check("inspect") { nc_inq_grpname_full(owner, nil, &bytes) }
        let path = String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return String(path.drop { $0 == "/" })
      }
      owner = parent
    }
  }

  private func attributes(in group: Int32, of variable: Int32) throws(NetCDFError) -> [FileAttribute] {
    var count: Int32 = 0
    try check("inspect") {
      variable == NC_GLOBAL ? nc_inq_natts(group, &count) : nc_inq_varnatts(group, variable, &count)
    }
    var attributes: [FileAttribute] = []
    for number in 0..<count {
      let name = try text("inspect an attribute") { nc_inq_attname(group, variable, number, $0) }
      if let value = try attribute(name, in: group, of: variable) {
        attributes.append(FileAttribute(name, value))
      }
    }
    return attributes
  }

  private func attribute(
    _ name: String, in group: Int32, of variable: Int32
  ) throws(NetCDFError) -> AttributeValue? {
    var code: nc_type = 0
    var length = 0
    try check("inspect", attribute: name) { nc_inq_att(group, variable, name, &code, &length) }
    func get<Number: BitwiseCopyable & Sendable>(_ zero: Number) throws(NetCDFError) -> [Number] {
      var values = [Number](repeating: zero, count: length)
      guard length > 0 else { return values }
      try check("read", attribute: name) {
        values.withUnsafeMutableBytes { nc_get_att(group, variable, name, $0.baseAddress) }
      }
      return values
    }
    switch StoredType(netCDFCode: code) {
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
      defer { if !pointers.isEmpty { nc_free_string(pointers.count, &pointers) } }
      return .text(pointers.map { $0.map { String(cString: $0) } ?? "" }.joined(separator: " "))
    case .character:
      return .text(String(decoding: try get(UInt8(0)).prefix { $0 != 0 }, as: UTF8.self))
    case nil: return nil
    }
  }

  private func text(
    _ action: String, _ call: (UnsafeMutablePointer<CChar>) -> Int32
  ) throws(NetCDFError) -> String {
    var name = [CChar](repeating: 0, count: Int(NC_MAX_NAME) + 1)
    try check(action) {
      name.withUnsafeMutableBufferPointer { $0.baseAddress.map(call) ?? NC_ENOMEM }
    }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension StoredType {
  /// The type with a netCDF code; nil for types that files define.
  init?(netCDFCode code: nc_type) {
    switch code {
    case NC_BYTE: self = .int8
    case NC_UBYTE: self = .uint8
    case NC_SHORT: self = .int16
    case NC_USHORT: self = .uint16
    case NC_INT: self = .int32
    case NC_UINT: self = .uint32
    case NC_INT64: self = .int64
    case NC_UINT64: self = .uint64
    case NC_FLOAT: self = .float32
    case NC_DOUBLE: self = .float64
    case NC_CHAR: self = .character
    case NC_STRING: self = .string
    default: return nil
    }
  }
}
