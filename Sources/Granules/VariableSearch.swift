internal import JSON
internal import NetCDF

/// Finds the variables of a granule by what a config calls them.
struct VariableSearch {
  let path: String
  let definition: GroupedDefinition

  /// What a config calls a band: a variable by path or name, and a place along its band axis.
  struct Name: Hashable {
    /// "geophysical_data/Rrs".
    var variable: String
    /// The place, from 0: "Rrs[3]".
    var index: Int?
    /// The coordinate: "Rrs@443".
    var coordinate: Double?

    init(_ text: String) {
      variable = text
      if text.hasSuffix("]"), let open = text.lastIndex(of: "["),
        let index = Int(text[text.index(after: open)...].dropLast())
      {
        (variable, self.index) = (String(text[..<open]), index)
      } else if let at = text.lastIndex(of: "@"), let number = Double(text[text.index(after: at)...]) {
        (variable, coordinate) = (String(text[..<at]), number)
      }
    }
  }

  /// The variable of a path or name: of several with the name the one in the fewest groups.
  ///
  /// - Returns: nil when there is none.
  /// - Throws: when several are in as few groups.
  func variable(_ name: String) throws(GranuleError) -> GroupedVariable? {
    let wanted = name.hasPrefix("/") ? String(name.dropFirst()) : name
    if let exact = definition.variables.first(where: { $0.path == wanted }) { return exact }
    guard !wanted.contains("/") else { return nil }
    let found = definition.variables.filter { $0.name == wanted }
    guard let depth = found.map(\.depth).min() else { return nil }
    let nearest = found.filter { $0.depth == depth }
    guard nearest.count == 1 else {
      throw GranuleError(
        path,
        "\"\(name)\" may be \(nearest.map { "\"\($0.path)\"" }.joined(separator: " or ")): name it by its path"
      )
    }
    return nearest[0]
  }

  /// The same; it is an error that there is none.
  func existing(_ name: String) throws(GranuleError) -> GroupedVariable {
    if let found = try variable(name) { return found }
    let names = definition.variables.filter { $0.dimensions.count > 1 }.map(\.name)
    let nearest = NearestName.best(for: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
    let list = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
    throw GranuleError(
      path,
      "there is no variable \"\(name)\" (there is: \(list.isEmpty ? "none of two dimensions" : list))\(nearest)",
      isOtherKind: true)
  }

  /// A variable that another one names, in its `coordinates`: in its group, in those around it, then anywhere.
  func referred(_ name: String, from group: String) -> GroupedVariable? {
    if name.contains("/") {
      let absolute = name.hasPrefix("/") ? String(name.dropFirst()) : name
      return definition.variables.first { $0.path == absolute || $0.path == "\(group)/\(absolute)" }
    }
    var place = group
    while true {
      if let found = definition.variables.first(where: { $0.group == place && $0.name == name }) {
        return found
      }
      guard !place.isEmpty else { break }
      place = place.lastIndex(of: "/").map { String(place[..<$0]) } ?? ""
    }
    return definition.variables.filter { $0.name == name }.min { $0.depth < $1.depth }
  }
}

extension GroupedVariable {
  /// How many groups it is in.
  var depth: Int { group.isEmpty ? 0 : group.split(separator: "/").count }

  /// The places of its dimensions that are longer than 1; of all of them where fewer than two are.
  var swathAxes: [Int] {
    let long = dimensions.indices.filter { dimensions[$0].length > 1 }
    return long.count >= 2 ? long : Array(dimensions.indices.suffix(2))
  }
}
