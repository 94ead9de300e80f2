internal import CNetCDF

extension FileDefinition {
  /// Finds what netCDF would refuse with a bare code, or take and others would not read.
  ///
  /// - Throws: `NetCDFError` that names the variable and what is wrong with it.
  func check(path: String) throws(NetCDFError) {
    var lengths: [String: Int] = [:]
    for dimension in dimensions {
      guard dimension.length > 0, lengths.updateValue(dimension.length, forKey: dimension.name) == nil else {
        throw NetCDFError(
          "define",
          path: path,
          reason: "dimension \"\(dimension.name)\" is empty or defined twice"
        )
      }
    }
    var names: Set<String> = []
    for variable in variables {
      func fail(_ reason: String) -> NetCDFError {
        NetCDFError("define", path: path, variable: variable.name, reason: reason)
      }
      if !names.insert(variable.name).inserted { throw fail("the name is used twice") }
      var shape: [Int] = []
      for name in variable.dimensions {
        guard let length = lengths[name] else { throw fail("there is no dimension \"\(name)\"") }
        shape.append(length)
      }
      if let problem = variable.problem(shape: shape) { throw fail(problem) }
    }
  }

  /// The lengths of a variable's dimensions; right for checked definitions.
  func shape(of variable: FileVariable) -> [Int] {
    variable.dimensions.map { name in dimensions.first { $0.name == name }?.length ?? 0 }
  }
}

extension FileVariable {
  fileprivate func problem(shape: [Int]) -> String? {
    if let chunk {
      let fits = chunk.count == shape.count && zip(chunk, shape).allSatisfy { (1...$1).contains($0) }
      if !fits { return "chunks of \(chunk.text) do not fit the shape \(shape.text)" }
      // HDF5 counts the bytes of a chunk in 32 bits.
      if chunk.reduce(type.size, *) >= 1 << 32 { return "a chunk would take 4 GiB or more" }
    } else if values == nil, !shape.isEmpty {
      return "it is neither chunked nor given with its values"
    }
    if deflateLevel != nil || shuffle {
      if chunk == nil || !type.isNumber { return "only chunked numbers can be compressed" }
    }
    if let deflateLevel, !(0...9).contains(deflateLevel) { return "deflate has the levels 0 to 9" }
    if let fill, fill.type != type || fill.numbers.count != 1 {
      return "_FillValue must be one number of the variable's own type, \(type.rawValue)"
    }
    if attributes.contains(where: { $0.name == "_FillValue" }) {
      return "_FillValue is given as an attribute"
    }
    guard let values else { return nil }
    // The last dimension of characters is inside a text.
    let expected = (type == .character ? shape.dropLast() : shape[...]).reduce(1, *)
    if values.count != expected { return "it has \(values.count) values where \(expected) are needed" }
    switch (values, type) {
    case (.strings, .string): return nil
    case (.strings(let texts), .character):
      let longest = texts.map(\.utf8.count).max() ?? 0
      return longest > shape.last ?? 0
        ? "a string of \(longest) bytes is longer than its last dimension" : nil
    case (.numbers(let numbers), _) where type.isNumber:
      return AttributeValue(numbers, as: type) == nil ? "a value is not one of type \(type.rawValue)" : nil
    default: return "its values are not of type \(type.rawValue)"
    }
  }
}
