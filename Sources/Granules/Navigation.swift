public import NetCDF
internal import Swath

/// The variables that hold the longitudes and latitudes of a swath's pixels, and how they were found.
public struct Navigation: Hashable, Sendable {
  public let longitude: GroupedVariable
  public let latitude: GroupedVariable
  /// How they were found, for a person.
  public let rule: String
  /// The dimensions of lines and columns, in both variables.
  let lineAxis: Int
  let columnAxis: Int
  /// The corners of the pixels' footprints; nil where the file does not have them.
  var corners: Corners?

  /// The variables that hold four corners for every pixel.
  struct Corners: Hashable, Sendable {
    let longitude: GroupedVariable
    let latitude: GroupedVariable
    /// The dimensions of lines, columns and corners, in both variables.
    let lineAxis: Int
    let columnAxis: Int
    let cornerAxis: Int
  }

  public var lines: Int { longitude.dimensions[lineAxis].length }
  public var columns: Int { longitude.dimensions[columnAxis].length }

  /// The axes of a variable that are the swath's lines and columns; nil when it is of another shape.
  func axes(of variable: GroupedVariable) -> (line: Int, column: Int)? {
    let (line, column) = (longitude.dimensions[lineAxis], longitude.dimensions[columnAxis])
    // The same dimensions, else others of the same lengths.
    if let first = variable.dimensions.firstIndex(of: line),
      let second = variable.dimensions.indices.first(where: {
        $0 != first && variable.dimensions[$0] == column
      })
    {
      return (first, second)
    }
    let axes = variable.swathAxes
    guard let first = axes.first(where: { variable.dimensions[$0].length == line.length }),
      let second = axes.first(where: { $0 > first && variable.dimensions[$0].length == column.length })
    else { return nil }
    return (first, second)
  }
}

/// Finds the navigation of a variable by the rules of CF, and by what products do instead.
struct NavigationSearch {
  let search: VariableSearch
  /// What the config says.
  let longitude: String?
  let latitude: String?

  private enum Kind: String {
    case longitude, latitude

    var units: Set<String> {
      self == .longitude
        ? ["degrees_east", "degree_east", "degree_e", "degrees_e", "degreee", "degreese"]
        : ["degrees_north", "degree_north", "degree_n", "degrees_n", "degreen", "degreesn"]
    }

    /// "lon", "longitude", with "_in", "_io" or other endings.
    func isName(_ name: String) -> Bool {
      let name = name.lowercased()
      let short = self == .longitude ? "lon" : "lat"
      return [rawValue, short].contains(name) || name.hasPrefix("\(rawValue)_") || name.hasPrefix("\(short)_")
    }
  }

  private static let standardName = "standard_name"

  /// The navigation of a variable, with the corners of footprints where the file has them.
  func navigation(of variable: GroupedVariable) throws(GranuleError) -> Navigation {
    var found = try centres(of: variable)
    found.corners = corners(found)
    return found
  }

  /// Variables that the positions name as their bounds, or that are called so.
  private func corners(_ navigation: Navigation) -> Navigation.Corners? {
    func variable(_ centre: GroupedVariable) -> GroupedVariable? {
      if let name = centre.attribute("bounds")?.text, let named = search.referred(name, from: centre.group) {
        return named
      }
      return ["_bounds", "_bnds"].lazy.compactMap { search.referred(centre.name + $0, from: centre.group) }
        .first
    }
    guard let longitude = variable(navigation.longitude), let latitude = variable(navigation.latitude),
      longitude.dimensions == latitude.dimensions, longitude.type.isNumber, latitude.type.isNumber,
      let axes = navigation.axes(of: longitude)
    else { return nil }
    let others = longitude.dimensions.indices.filter {
      $0 != axes.line && $0 != axes.column && longitude.dimensions[$0].length > 1
    }
    guard others.count == 1, longitude.dimensions[others[0]].length == FootprintCorners.count else {
      return nil
    }
    return Navigation.Corners(
      longitude: longitude, latitude: latitude, lineAxis: axes.line, columnAxis: axes.column,
      cornerAxis: others[0])
  }

  private func centres(of variable: GroupedVariable) throws(GranuleError) -> Navigation {
    if let longitude, let latitude {
      let found = (try search.existing(longitude), try search.existing(latitude))
      guard fits(found.0, variable), fits(found.1, variable),
        let result = pair(found.0, found.1, "named in the config")
      else { throw otherShape(variable, [found.0, found.1]) }
      return result
    }
    if let named = try byCoordinates(variable) { return named }
    for (rule, isKind) in Self.rules {
      let candidates = [Kind.longitude, .latitude].map { kind in
        search.definition.variables.filter {
          isKind($0, kind) && $0.type.isNumber && $0.isPlane && fits($0, variable)
        }
      }
      guard !candidates[0].isEmpty, !candidates[1].isEmpty else { continue }
      let (longitude, latitude) = (
        try only(nearest(candidates[0], variable), of: variable, .longitude),
        try only(nearest(candidates[1], variable), of: variable, .latitude)
      )
      if let result = pair(longitude, latitude, rule) { return result }
    }
    throw none(variable)
  }

  private static let rules: [(String, @Sendable (GroupedVariable, Kind) -> Bool)] = [
    ("by standard_name", { $0.attribute(standardName)?.text == $1.rawValue }),
    ("by units", { $1.units.contains($0.attribute("units")?.text?.lowercased() ?? "") }),
    ("by name", { $1.isName($0.name) }),
  ]

  private func byCoordinates(_ variable: GroupedVariable) throws(GranuleError) -> Navigation? {
    let names =
      variable.attribute("coordinates")?.text?.split(whereSeparator: { $0 == " " || $0 == "," }) ?? []
    let named = names.compactMap { search.referred(String($0), from: variable.group) }
    func first(_ kind: Kind) -> GroupedVariable? {
      named.first { candidate in
        candidate.isPlane && fits(candidate, variable) && Self.rules.contains { $0.1(candidate, kind) }
      }
    }
    guard let longitude = first(.longitude), let latitude = first(.latitude) else { return nil }
    return pair(longitude, latitude, "named in its attribute \"coordinates\"")
  }

  /// Whether two dimensions of a variable are those of a plane: the same ones, or of the same lengths.
  private func fits(_ plane: GroupedVariable, _ variable: GroupedVariable) -> Bool {
    let axes = plane.swathAxes
    guard axes.count == 2 else { return false }
    return Navigation(longitude: plane, latitude: plane, rule: "", lineAxis: axes[0], columnAxis: axes[1])
      .axes(of: variable) != nil
  }

  /// Of several the ones with the variable's own dimensions, if there are any; of those the ones of its own group.
  private func nearest(_ candidates: [GroupedVariable], _ variable: GroupedVariable) -> [GroupedVariable] {
    let own = candidates.filter { plane in
      plane.swathAxes.allSatisfy { variable.dimensions.contains(plane.dimensions[$0]) }
    }
    return own.isEmpty ? candidates : own
  }

  private func only(
    _ candidates: [GroupedVariable], of variable: GroupedVariable, _ kind: Kind
  ) throws(GranuleError) -> GroupedVariable {
    guard candidates.count > 1 else { return candidates[0] }
    throw GranuleError(
      search.path,
      "\(candidates.map { "\"\($0.path)\"" }.joined(separator: " and ")) may each be the \(kind.rawValue) of "
        + "\"\(variable.path)\": say which with \"regrid\": {\"longitude\": …, \"latitude\": …}")
  }

  private func pair(_ longitude: GroupedVariable, _ latitude: GroupedVariable, _ rule: String) -> Navigation?
  {
    let axes = longitude.swathAxes
    guard axes.count == 2, latitude.shape.filter({ $0 > 1 }) == longitude.shape.filter({ $0 > 1 }),
      latitude.dimensions.count == longitude.dimensions.count
    else { return nil }
    return Navigation(
      longitude: longitude, latitude: latitude, rule: rule, lineAxis: axes[0], columnAxis: axes[1])
  }

  // MARK: What is wrong

  private func none(_ variable: GroupedVariable) -> GranuleError {
    let all = search.definition.variables.filter { candidate in
      [Kind.longitude, .latitude].contains { kind in Self.rules.contains { $0.1(candidate, kind) } }
    }
    if isGrid(variable, all) {
      return GranuleError(
        search.path,
        "its longitudes and latitudes are those of columns and rows: it is a grid, not a swath; read it as a raster",
        isOtherKind: true)
    }
    if all.contains(where: \.isPlane) { return otherShape(variable, all.filter(\.isPlane)) }
    return GranuleError(
      search.path,
      "it has no longitude and latitude of each pixel of \"\(variable.path)\" (looked for in \"coordinates\", then by "
        + "standard_name, units and name); name them with \"regrid\": {\"longitude\": …, \"latitude\": …}")
  }

  /// Whether a variable's columns have longitudes and its rows latitudes, or the other way round.
  private func isGrid(_ variable: GroupedVariable, _ all: [GroupedVariable]) -> Bool {
    let dimensions = variable.dimensions.map(\.name)
    /// The dimensions of the variable along which there are coordinates of a kind. Of swaths too: the longitude at which
    /// each line begins.
    func axes(_ kind: Kind) -> Set<String> {
      let lines = all.filter { candidate in
        candidate.dimensions.count == 1 && candidate.dimensions[0].length > 1
          && Self.rules.contains { $0.1(candidate, kind) }
      }
      return Set(lines.map { $0.dimensions[0].name }).intersection(dimensions)
    }
    let (longitudes, latitudes) = (axes(.longitude), axes(.latitude))
    guard !longitudes.isEmpty, !latitudes.isEmpty, all.allSatisfy({ !$0.isPlane }) else { return false }
    return longitudes.union(latitudes).count > 1 && longitudes != latitudes
  }

  private func otherShape(_ variable: GroupedVariable, _ found: [GroupedVariable]) -> GranuleError {
    let shapes = found.prefix(4).map { "\"\($0.path)\" is \($0.shapeText)" }.joined(separator: ", ")
    return GranuleError(
      search.path,
      "\"\(variable.path)\" is \(variable.shapeText), and \(shapes): tie points are not interpolated; use a product "
        + "with the longitude and latitude of every pixel")
  }
}

extension GroupedVariable {
  /// Whether it has two dimensions, besides those of length 1.
  fileprivate var isPlane: Bool {
    dimensions.count >= 2 && dimensions.filter { $0.length > 1 }.count <= 2
  }

  /// "400 × 300".
  var shapeText: String { shape.map(String.init).joined(separator: " × ") }
}
