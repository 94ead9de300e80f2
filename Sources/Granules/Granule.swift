public import Geo
public import JSON
public import NetCDF
internal import Storage
public import Swath

/// A granule: a file, or a folder of them, with its own longitude and latitude for every pixel of a swath.
public final class Granule: Sendable {
  /// What a config says besides the rules.
  public struct Wishes: Hashable, Sendable {
    /// The variables of the navigation; nil to find them.
    public var longitude: String?
    public var latitude: String?

    public init(longitude: String? = nil, latitude: String? = nil) {
      (self.longitude, self.latitude) = (longitude, latitude)
    }
  }

  public let path: String
  public let navigation: Navigation
  /// When it begins and ends; nil where nothing says it.
  public let start: Instant?
  public let end: Instant?
  /// Where its time was found, for a person.
  public let timeSource: String?
  let file: GranuleParts
  private let longitude: StoredArray
  private let latitude: StoredArray
  /// Longitudes and latitudes of footprints' corners.
  private let cornerArrays: (longitude: StoredArray, latitude: StoredArray)?

  /// Opens a granule. Not to be called on threads of Swift's own pool.
  ///
  /// - Parameters:
  ///   - path: a local NetCDF or HDF5 file.
  ///   - bands: as a config names them; the first that is there tells which swath of the file is meant.
  ///   - wishes: what the config says over what the file says of itself.
  public init(_ path: String, bands: [String], wishes: Wishes = Wishes()) throws(GranuleError) {
    self.path = path
    let file = try GranuleParts(path)
    self.file = file
    defer { file.rest() }
    let search = VariableSearch(path: path, definition: file.definition)
    var first: GroupedVariable?
    for band in bands where first == nil {
      first = try search.variable(band)
      if first == nil { first = try search.variable(VariableSearch.Name(band).variable) }
    }
    guard let first else {
      _ = try search.existing(VariableSearch.Name(bands.first ?? "").variable)
      throw GranuleError(path, "it has none of the bands", isOtherKind: true)
    }
    navigation = try NavigationSearch(search: search, longitude: wishes.longitude, latitude: wishes.latitude)
      .navigation(of: first)
    let corners = navigation.corners
    let wanted =
      [navigation.longitude, navigation.latitude] + (corners.map { [$0.longitude, $0.latitude] } ?? [])
    let arrays = try Granule.read(path) { () throws(NetCDFError) in try file.arrays(wanted) }
    (longitude, latitude) = (arrays[0], arrays[1])
    cornerArrays = corners == nil ? nil : (arrays[2], arrays[3])
    let time = GranuleTime(
      definition: file.definition, name: LocalFiles.name(of: path), numbers: { (try? file.numbers($0)) ?? [] }
    ).find()
    (start, end, timeSource) = (time?.start, time?.end, time?.source)
  }

  /// What was looked at to find its time.
  public static var timesTried: String { GranuleTime.tried }

  /// The number of lines and columns.
  public var lines: Int { navigation.lines }
  public var columns: Int { navigation.columns }

  /// A band, by what a config calls it.
  public func band(_ name: String) throws(GranuleError) -> GranuleBand {
    let (file, path) = (file, path)
    return try BandSearch(
      search: VariableSearch(path: path, definition: file.definition), navigation: navigation,
      numbers: { (variable) throws(GranuleError) in
        try Granule.read(path) { () throws(NetCDFError) in try file.numbers(variable) }
      }
    ).band(name)
  }

  /// Where the numbers of bands are. Not to be called on threads of Swift's own pool.
  public func arrays(_ bands: [GranuleBand]) throws(GranuleError) -> [StoredArray] {
    let (file, variables) = (file, bands.map(\.variable))
    return try Granule.read(path) { () throws(NetCDFError) in try file.arrays(variables) }
  }

  /// The variables that lie on the swath.
  public var variables: [GroupedVariable] {
    file.definition.variables.filter {
      $0.type.isNumber && $0 != navigation.longitude && $0 != navigation.latitude
        && navigation.axes(of: $0) != nil
    }
  }

  /// What a variable's flags are, in STAC's words; nil where it has none.
  public static func flags(of variable: GroupedVariable) -> JSONObject? {
    GranuleFlags(variable: variable).classification()
  }

  /// What is wrong with a variable's flags; nil where they can be used, or it has none.
  public static func flagFault(of variable: GroupedVariable) -> String? {
    GranuleFlags(variable: variable).fault
  }

  /// An attribute of the whole file.
  public func attribute(_ name: String) -> AttributeValue? { file.definition.attribute(name) }

  /// Reads positions, in one thread.
  public func positions() -> PositionReader {
    PositionReader(
      path: path, longitude: longitude, latitude: latitude, lineAxis: navigation.lineAxis,
      columnAxis: navigation.columnAxis)
  }

  /// Reads the corners of footprints, in one thread; nil where the granule does not have them.
  public func corners() -> CornerReader? {
    guard let axes = navigation.corners, let arrays = cornerArrays else { return nil }
    return CornerReader(path: path, longitude: arrays.longitude, latitude: arrays.latitude, axes: axes)
  }

  /// Surveys the swath: reads all of its navigation.
  public func survey() throws(GranuleError) -> SwathSurvey {
    let (positions, strip) = (positions(), SwathStrip())
    let surveyor = SwathSurveyor(lines: lines, columns: columns)
    for first in stride(from: 0, to: lines, by: SwathSurvey.block) {
      try positions.read(first..<min(lines, first + SwathSurvey.block), strip)
      surveyor.add(strip)
    }
    return surveyor.finish()
  }

  public static func read<Result>(
    _ path: String, _ body: () throws(NetCDFError) -> Result
  ) throws(GranuleError) -> Result {
    do throws(NetCDFError) {
      return try body()
    } catch {
      let what = error.variable.map { "variable \"\($0)\": " } ?? ""
      let causes = error.causes.isEmpty ? "" : " [\(error.causes.prefix(3).joined(separator: "; "))]"
      throw GranuleError(
        path,
        "\(what)cannot \(error.action): \(error.reason)\(causes)\(error.advice.isEmpty ? "" : " (\(error.advice))")"
      )
    }
  }
}
