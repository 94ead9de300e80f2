import JSON

/// Geometries as well-known text.
extension CQL2TextParser {
  private static let types = [
    "POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon",
    "GEOMETRYCOLLECTION": "GeometryCollection",
  ]

  /// Whether a name that was just read begins a geometry.
  func isGeometry(_ word: String) -> Bool {
    Self.types[word] != nil && (token.isSymbol("(") || token.isWord("Z") || token.isWord("EMPTY"))
  }

  mutating func geometry(_ name: CQL2Lexer.Token) throws(Failure) -> CQL2Expression {
    try shape(try wellKnown(name), at: name.offset)
  }

  /// A geometry, checked.
  func shape(_ value: JSONValue, at offset: Int) throws(Failure) -> CQL2Expression {
    do {
      return .geometry(try GeoJSONGeometry.shapes(try JSONParser.parse(value.text())), value)
    } catch let failure as GeoJSONGeometry.Failure {
      throw Failure(offset: offset, message: failure.message)
    } catch {
      throw Failure(offset: offset, message: "this is no geometry")
    }
  }

  private mutating func wellKnown(_ name: CQL2Lexer.Token) throws(Failure) -> JSONValue {
    guard let type = Self.types[name.text.uppercased()] else {
      throw Failure(offset: name.offset, message: "\"\(name.text)\" is no type of geometry")
    }
    _ = skip(word: "Z")
    if skip(word: "EMPTY") { return ["type": .string(type), "coordinates": []] }
    if type == "GeometryCollection" {
      try enter()
      defer { leave() }
      var parts: [JSONValue] = []
      try expect(symbol: "(")
      repeat { parts.append(try wellKnown(advance())) } while skip(symbol: ",")
      try expect(symbol: ")")
      return ["type": .string(type), "geometries": .array(parts)]
    }
    let depth = ["Point": 0, "LineString": 1, "MultiPoint": 1, "Polygon": 2, "MultiLineString": 2][type] ?? 3
    return ["type": .string(type), "coordinates": try coordinates(depth)]
  }

  /// Coordinates in so many nested lists; a single position has parentheses of its own.
  private mutating func coordinates(_ depth: Int) throws(Failure) -> JSONValue {
    try expect(symbol: "(")
    var parts: [JSONValue] = []
    repeat {
      if depth > 1 {
        parts.append(try coordinates(depth - 1))
      } else if depth == 1, token.isSymbol("(") {
        // MULTIPOINT ((1 2), (3 4))
        parts.append(try coordinates(0))
      } else {
        parts.append(try position())
      }
    } while depth > 0 && skip(symbol: ",")
    try expect(symbol: ")")
    return depth == 0 ? parts[0] : .array(parts)
  }

  private mutating func position() throws(Failure) -> JSONValue {
    var numbers: [JSONValue] = []
    while token.kind == .number || token.isSymbol("-") || token.isSymbol("+") {
      let isNegative = token.isSymbol("-")
      if token.kind == .symbol { _ = advance() }
      numbers.append(try number(negative: isNegative))
    }
    guard numbers.count >= 2 else { throw unexpected("a position: two numbers") }
    return .array(numbers)
  }
}
