internal import CNetCDF
internal import Glibc
internal import Storage

/// Writes small files of groups in one go, as satellite products of Level 2 are laid out: for simulated granules.
public enum GroupedFileWriter {
  /// Writes a file.
  ///
  /// - Parameters:
  ///   - definition: variables have paths as names ("geophysical_data/chlor_a"), and values of numbers; dimensions are
  ///     those of the whole file.
  ///   - path: the final name; the file appears there when it is complete.
  @NetCDFThread
  public static func write(_ definition: FileDefinition, to path: String) throws(NetCDFError) {
    let temporary = LocalFiles.temporaryPath(for: path)
    let handle = try NetCDFHandle(creating: temporary, for: path)
    do throws(NetCDFError) {
      try handle.writeGroups(definition)
    } catch {
      handle.closeAfterFailure()
      unlink(temporary)
      throw error
    }
    try handle.close()
    do throws(StorageError) {
      try LocalFiles.rename(temporary, to: path)
    } catch {
      throw NetCDFError("write", path: path, reason: error.description)
    }
  }
}

extension NetCDFHandle {
  fileprivate func writeGroups(_ definition: FileDefinition) throws(NetCDFError) {
    var dimensions: [String: Int32] = [:]
    for dimension in definition.dimensions {
      var number: Int32 = -1
      try check("define dimension \"\(dimension.name)\"") {
        nc_def_dim(id, dimension.name, dimension.length, &number)
      }
      dimensions[dimension.name] = number
    }
    for attribute in definition.globalAttributes { try put(attribute, in: id, of: (NC_GLOBAL, nil)) }
    var groups: [String: Int32] = ["": id]
    for variable in definition.variables {
      let parts = variable.name.split(separator: "/").map(String.init)
      var path = ""
      var group = id
      for part in parts.dropLast() {
        path = path.isEmpty ? part : "\(path)/\(part)"
        if groups[path] == nil {
          var number: Int32 = -1
          let parent = group
          try check("define group \"\(path)\"") { nc_def_grp(parent, part, &number) }
          groups[path] = number
        }
        group = groups[path] ?? id
      }
      try write(variable, named: parts.last ?? "", in: group, dimensions)
    }
  }

  private func write(
    _ variable: FileVariable, named name: String, in group: Int32, _ dimensions: [String: Int32]
  ) throws(NetCDFError) {
    let ids = variable.dimensions.compactMap { dimensions[$0] }
    var number: Int32 = -1
    try check("define", variable: variable.name) {
      nc_def_var(group, name, variable.type.netCDFCode, Int32(ids.count), ids, &number)
    }
    if let chunk = variable.chunk {
      try check("set the chunks", variable: variable.name) {
        nc_def_var_chunking(group, number, NC_CHUNKED, chunk)
      }
    }
    if variable.shuffle || variable.deflateLevel != nil {
      try check("set the compression", variable: variable.name) {
        nc_def_var_deflate(
          group, number, variable.shuffle ? 1 : 0, variable.deflateLevel == nil ? 0 : 1,
          Int32(variable.deflateLevel ?? 0))
      }
    }
    if let fill = variable.fill {
      try check("set the fill value", variable: variable.name) {
        fill.withBytes { nc_def_var_fill(group, number, NC_FILL, $0) }
      }
    }
    for attribute in variable.attributes { try put(attribute, in: group, of: (number, variable.name)) }
    guard case .numbers(let values)? = variable.values else { return }
    try check("write the values", variable: variable.name) { nc_put_var_double(group, number, values) }
  }

  private func put(
    _ attribute: FileAttribute, in group: Int32, of variable: (id: Int32, name: String?)
  ) throws(NetCDFError) {
    try check("write", variable: variable.name, attribute: attribute.name) {
      if case .text(let text) = attribute.value {
        return nc_put_att_text(group, variable.id, attribute.name, text.utf8.count, text)
      }
      return attribute.value.withBytes { bytes in
        nc_put_att(
          group, variable.id, attribute.name, attribute.value.type?.netCDFCode ?? NC_NAT,
          attribute.value.numbers.count, bytes)
      }
    }
  }
}
