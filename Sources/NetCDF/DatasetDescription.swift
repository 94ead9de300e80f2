public import Geo

/// What the attributes of a file say about it as a whole: CF section 2.6 and ACDD 1.3.
///
/// Nil and empty ones are left out: nothing is claimed that is not known.
public struct DatasetDescription: Hashable, Sendable {
  public var title: String
  public var summary: String
  public var keywords: [String] = []
  /// The method of production of the original data: satellite, collection.
  public var source: String?
  /// Lines "2021-01-03T14:00:00Z what was done".
  public var history: String?
  public var references: String?
  public var comment: String?
  public var license: String?
  /// An identifier, unique for its naming authority.
  public var id: String?
  /// A reversed domain name.
  public var namingAuthority: String?
  public var processingLevel: String?
  /// THREDDS' name for the kind of data: ACDD's `cdm_data_type`; nil for none of them.
  public var dataType: String? = "Grid"
  public var productVersion: String?
  public var project: String?
  public var acknowledgement: String?
  public var institution: String?
  public var creatorName: String?
  public var creatorEmail: String?
  public var creatorURL: String?
  /// When the file was made.
  public var dateCreated: Instant?
  /// The grid's extent in degrees of longitude and latitude (WGS 84).
  public var geographicBounds: BoundingBox?
  /// The first and last moment of the data.
  public var timeCoverage: ClosedRange<Instant>?
  /// Time between values, ISO 8601 ("P16D"), where they are regular.
  public var timeResolution: String?
  /// Further attributes: scene identifiers, the configuration, the software's version.
  public var attributes: [FileAttribute] = []

  public init(title: String, summary: String) {
    self.title = title
    self.summary = summary
  }

  /// The global attributes, in a fixed order.
  var globalAttributes: [FileAttribute] {
    var all = [
      FileAttribute("Conventions", "CF-1.10, ACDD-1.3"), FileAttribute("title", title),
      FileAttribute("summary", summary),
    ]
    func add(_ name: String, _ text: String?) {
      if let text, !text.isEmpty { all.append(FileAttribute(name, text)) }
    }
    add("keywords", keywords.joined(separator: ", "))
    add("id", id)
    add("naming_authority", namingAuthority)
    add("source", source)
    add("processing_level", processingLevel)
    add("product_version", productVersion)
    add("history", history)
    add("references", references)
    add("comment", comment)
    add("license", license)
    add("project", project)
    add("acknowledgement", acknowledgement)
    add("institution", institution)
    add("creator_name", creatorName)
    add("creator_email", creatorEmail)
    add("creator_url", creatorURL)
    all.append(FileAttribute("standard_name_vocabulary", "CF Standard Name Table v79"))
    add("cdm_data_type", dataType)
    add("date_created", dateCreated?.description)
    if let box = geographicBounds { all += DatasetDescription.extent(box) }
    if let coverage = timeCoverage {
      add("time_coverage_start", coverage.lowerBound.description)
      add("time_coverage_end", coverage.upperBound.description)
      add("time_coverage_duration", DatasetDescription.duration(coverage))
    }
    add("time_coverage_resolution", timeResolution)
    return all + attributes
  }

  private static func extent(_ box: BoundingBox) -> [FileAttribute] {
    // ACDD: latitude comes first, as EPSG:4326 has it.
    let corners = [
      (box.minY, box.minX), (box.maxY, box.minX), (box.maxY, box.maxX), (box.minY, box.maxX),
      (box.minY, box.minX),
    ]
    let polygon = corners.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    return [
      FileAttribute("geospatial_bounds", "POLYGON ((\(polygon)))"),
      FileAttribute("geospatial_bounds_crs", "EPSG:4326"),
      FileAttribute("geospatial_lat_min", .double(box.minY)),
      FileAttribute("geospatial_lat_max", .double(box.maxY)),
      FileAttribute("geospatial_lat_units", "degrees_north"),
      FileAttribute("geospatial_lon_min", .double(box.minX)),
      FileAttribute("geospatial_lon_max", .double(box.maxX)),
      FileAttribute("geospatial_lon_units", "degrees_east"),
    ]
  }

  /// ISO 8601, "P364DT2H3M4S"; fractions of a second dropped.
  static func duration(_ range: ClosedRange<Instant>) -> String {
    let seconds =
      (range.upperBound.microsecondsSince1970 - range.lowerBound.microsecondsSince1970) / 1_000_000
    let days = seconds / 86_400 > 0 ? "\(seconds / 86_400)D" : ""
    let parts = [(seconds / 3600 % 24, "H"), (seconds / 60 % 60, "M"), (seconds % 60, "S")]
    let clock = parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
    if days.isEmpty && clock.isEmpty { return "PT0S" }
    return "P" + days + (clock.isEmpty ? "" : "T" + clock)
  }
}
