/// A file of time series at features (points, polygons, tiles): CF's discrete sampling geometry `timeSeries` in the
/// orthogonal multidimensional array representation (CF 1.10, section 9.3.1 and appendix H.2.1).
///
/// Data variables are (feature, time); features have an identifier, longitude and latitude; numbers that are one for all
/// features are (time).
public struct TimeSeriesDataset: Hashable, Sendable {
  /// What the series are of.
  public struct Features: Hashable, Sendable {
    public var ids: [String]
    /// In degrees, WGS 84.
    public var longitudes: [Double]
    public var latitudes: [Double]
    /// Texts that are known of each feature, by name.
    public var properties: [(name: String, values: [String])]

    public init(
      ids: [String], longitudes: [Double], latitudes: [Double],
      properties: [(name: String, values: [String])] = []
    ) {
      self.ids = ids
      self.longitudes = longitudes
      self.latitudes = latitudes
      self.properties = properties
    }

    public static func == (one: Features, other: Features) -> Bool {
      one.ids == other.ids && one.longitudes == other.longitudes && one.latitudes == other.latitudes
        && one.properties.map(\.name) == other.properties.map(\.name)
        && one.properties.map(\.values) == other.properties.map(\.values)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(ids) }
  }

  /// A column of numbers; NaN is missing.
  public struct Series: Hashable, Sendable {
    public var name: String
    public var longName: String
    public var units: String
    /// For each feature one a time step; or one a time step, without features.
    public var values: [Double]

    public init(name: String, longName: String, units: String, values: [Double]) {
      self.name = name
      self.longName = longName
      self.units = units
      self.values = values
    }
  }

  /// Nil for numbers that belong to no place.
  public var features: Features?
  /// `time` or `periods`.
  public var axis: LeadingAxis
  public var series: [Series]
  public var description: DatasetDescription

  public init(
    features: Features?, axis: LeadingAxis, series: [Series], description: DatasetDescription
  ) {
    self.features = features
    self.axis = axis
    self.series = series
    self.description = description
  }

  /// The whole file, with its values.
  ///
  /// - Throws: `NetCDFError` without features or time steps: a dimension has a length.
  public func makeDefinition() throws(NetCDFError) -> FileDefinition {
    guard let count = axis.count, count > 0, features?.ids.isEmpty != true else {
      throw NetCDFError("define", path: "", reason: "a table without rows has no file")
    }
    var dimensions = [FileDimension("time", count)]
    var variables: [FileVariable] = []
    for dimension in axis.extraDimensions { dimensions.append(dimension) }
    variables += axis.variables
    var attributes = description.globalAttributes
    if let features {
      attributes.insert(FileAttribute("featureType", "timeSeries"), at: 1)
      dimensions.append(FileDimension("feature", features.ids.count))
      let texts = [("feature_id", features.ids)] + features.properties.map { ($0.name, $0.values) }
      for (name, values) in texts {
        let length = FileDimension("\(name)_strlen", max(1, values.map(\.utf8.count).max() ?? 1))
        dimensions.append(length)
        var text = FileVariable(
          name, .character, dimensions: ["feature", length.name],
          attributes: [
            FileAttribute("long_name", name == "feature_id" ? "identifier of the feature" : name),
            FileAttribute("_Encoding", "utf-8"),
          ], values: .strings(values))
        if name == "feature_id" { text.attributes.append(FileAttribute("cf_role", "timeseries_id")) }
        variables.append(text)
      }
      variables.append(
        coordinate("lon", "longitude", "degrees_east", features.longitudes))
      variables.append(coordinate("lat", "latitude", "degrees_north", features.latitudes))
    }
    let labels = axis.auxiliaryCoordinates
    let coordinates = (features == nil ? [] : ["lat", "lon"]) + labels
    for one in series {
      var described = FileVariable(
        one.name, .float64, dimensions: features == nil ? ["time"] : ["feature", "time"], fill: .double(.nan),
        attributes: [FileAttribute("long_name", one.longName), FileAttribute("units", one.units)],
        values: .numbers(one.values))
      if !coordinates.isEmpty {
        described.attributes.append(FileAttribute("coordinates", coordinates.joined(separator: " ")))
      }
      variables.append(described)
    }
    return FileDefinition(dimensions: dimensions, variables: variables, globalAttributes: attributes)
  }

  private func coordinate(
    _ name: String, _ standardName: String, _ units: String, _ values: [Double]
  ) -> FileVariable {
    FileVariable(
      name, .float64, dimensions: ["feature"],
      attributes: [
        FileAttribute("standard_name", standardName), FileAttribute("long_name", standardName),
        FileAttribute("units", units),
      ], values: .numbers(values))
  }
}
