public import Engine
public import JSON
public import Raster

/// Brings in the scenes of a STAC source, band by band (`download`): the first module of a sequence.
public struct Download: SourceModule {
  /// How files are got at: links are signed just before they are read. No secret is in it.
  public struct Signing: Hashable, Sendable {
    public enum Method: String, CaseIterable, Hashable, Sendable {
      case none
      case planetaryComputer = "planetary_computer"
      case unsigned, s3, earthdata
    }

    public var method = Method.none
    public var isRequesterPaying = false
    public var profile: String?
    public var endpoint: String?
    public var region: String?
  }

  /// Whether files are read where they are or brought into the run first.
  public enum Mode: String, CaseIterable, Hashable, Sendable {
    case stream, copy
  }

  /// What `copy` brings into the run.
  public enum Copying: String, CaseIterable, Hashable, Sendable {
    /// Files as they are, whole.
    case assets
    /// The pixels of the area.
    case area
  }

  /// Whether a catalogue's grids are taken on trust.
  public enum Trust: String, CaseIterable, Hashable, Sendable {
    /// Files say where they lie: all local ones are asked, of remote ones the first of each kind of grid.
    case sample
    /// Every file is asked.
    case file
    /// No file is asked whose grid the catalogue tells.
    case catalogue
  }

  /// Which scenes make one date.
  public enum Grouping: String, CaseIterable, Hashable, Sendable {
    case solarDay = "solar_day"
    case solarDaySeconds = "solar_day_seconds"
    case utcDay = "utc_day"
    case time
  }

  public typealias Resampling = Raster.Resampling

  /// A STAC API, a static collection or catalogue, or a folder with one; as the config says it.
  public let source: String
  public let collections: [String]
  /// Only these items, when not empty.
  public let ids: [String]
  public private(set) var bands: [BandRequest]
  /// STAC's query object and its place in the config, to be checked by whoever searches.
  public let query: JSONNode?
  public let queryPath: JSONPath
  /// A CQL2 filter, text or JSON.
  public let filter: JSONNode?
  public let filterPath: JSONPath
  public let signing: Signing
  public let mode: Mode
  public let copying: Copying
  public let trust: Trust
  public let grouping: Grouping
  public let fuse: FuseRule
  /// Whether the config says how scenes are fused.
  public let isFuseStated: Bool
  /// How granules are brought onto the grid; nil where the config does not say, which does not keep files from being
  /// granules.
  public let regridding: Regridding?
  /// The version of a product and the archive that provides it, for CMR.
  public let version: String?
  public let provider: String?
  /// Whether granules that CMR finds are read as objects of their archive's store, instead of over the web.
  public let readsObjects: Bool
  /// Bytes that copies of granules from servers may take before they are removed; nil where they are kept.
  public let copySpace: Int?
  /// Whether the config says it.
  public let areCopiesStated: Bool
  /// At most so many items.
  public let limit: Int?
  /// The properties that decide which items the limit takes: "eo:cloud_cover", "-datetime".
  public let sort: [String]
  /// The products that are known here.
  private let sensors: SensorTable
  private let resamplings: [String: Resampling]

  /// How a band is resampled. A quality layer only ever takes the nearest pixel.
  public func resampling(of band: String) -> Resampling {
    if bands.contains(where: { $0.name == band && $0.isQuality }) { return .nearest }
    return resamplings[band] ?? resamplings["*"] ?? .nearest
  }

  /// What the config says about resampling one band by its name.
  public func statedResampling(of band: String) -> Resampling? { resamplings[band] }

  public static let descriptor = ModuleDescriptor(
    name: "download", shape: .source,
    summary: "Finds scenes in a STAC source and brings their bands in.",
    method: "value = stored number · `scale` + `offset`; missing at nodata.",
    discussion: """
      `source` is a STAC API, a static ItemCollection or catalogue (a file, local or remote), or a folder with \
      one; a path is relative to the config. A folder without a catalogue, or a pattern ("granules/*.nc"), is one of \
      granules: swaths with their own longitude and latitude for every pixel.

      A band is named by its asset key or common name; for the products Apus knows, either name does ("red" or \
      "B04" on Sentinel-2): \(SensorTable.builtIn.sensors.map(\.name).joined(separator: ", ")).

      Values are physical: stored number · scale + offset, missing at nodata. What the numbers mean is taken from \
      the config (`scale`, `overrides`), then from STAC's `raster:bands`, then from the file, then from the \
      product's handbook. Sentinel-2's offset of −0.1 (processing baseline 04.00 and later) is taken from \
      `raster:bands`, else from the item's processing baseline; where `earthsearch:boa_offset_applied` is true the \
      files are without it, whatever else is said, and none is added. The plan notes what holds for how many scenes. \
      `"scale": "none"` keeps stored numbers. Quality layers are never scaled.

      Rasters whose pixels are the grid's are taken as they are. All others (another coordinate system, resolution \
      or phase) are resampled by `resampling`, one of GDAL's methods under rasterio's names; quality layers only to \
      the nearest pixel. Stored numbers are resampled before they are scaled, rounded to the type they are stored in, \
      as gdalwarp and odc-stac do. Missing pixels weigh nothing; a pixel whose centre lies on a missing one, or \
      outside the raster, is missing (for the methods from `average` on: one that touches no valid pixel). Where the \
      grid is coarser, kernels are widened, and `nearest` to `average` read the coarsest overview that is not coarser \
      than the grid; the statistics (`rms` to `q3`, `mode`) read every pixel, quality layers as well unless the file \
      says that its overviews are made of nearest pixels. Positions are right to a hundredth of a source pixel.

      Where a catalogue and a file disagree about the file's grid, the file is right, and the plan warns. `trust` says \
      which files are asked: by default (`sample`) all local ones, and of files on servers the first and last of each \
      kind of grid, then all of the asset where one of these disagrees; `file` asks every one, `catalogue` none. A \
      file that is not asked and lies elsewhere is a loss of its own.

      Of several processing versions of one acquisition the newest is taken (Landsat's tiers and processing dates, \
      Sentinel-2's processing baselines, `processing:version`, `updated`), unless `ids` names them; a note says so.

      \(DownloadRegridding.discussion)

      With solar days the search takes the hours around `dates` in, and scenes are kept by their solar day.

      Scenes of one date are fused by `fuse`. `first` takes band by band the first valid pixel in order of time, \
      `last` the last; masks look at the quality layer fused in the same way. With `best` and `mean` the masks of the \
      sequence judge each scene by itself, dilated within that scene; what lies outside it counts as its layer's nodata \
      number, and grows into the scene where that is rejected. Only scenes whose pixel they keep take \
      part: `best` takes all bands of a pixel from the one of them with most bands valid, the first in time among \
      equals; `mean` takes each band's mean of physical values. Where the masks keep no scene the pixel is rejected. \
      `solar_day` shifts UTC by whole \
      hours of longitude / 15 (as odc-stac does), `solar_day_seconds` by seconds (as datacube-core does); \
      `utc_day` takes the day in UTC, and `time` makes every scene a date of its own.
      """,
    references: [
      "STAC 1.0, https://github.com/radiantearth/stac-spec",
      "STAC raster extension, https://github.com/stac-extensions/raster",
    ],
    parameters: [
      ModuleParameter("source", .text, required: true, "Where the scenes are listed."),
      ModuleParameter(
        "collection", .either([.text, .list(of: .text, atLeast: 1)]), "The STAC collection, or several."),
      ModuleParameter(
        "bands", .list(of: .text, atLeast: 1),
        "The bands to bring in, besides those that a module needs: these come by themselves. Of a product that Apus "
          + "does not know, a band is known by the name that a module gives, or by STAC's common name."),
      ModuleParameter("ids", .list(of: .text, atLeast: 1), "Only the scenes with these ids."),
      ModuleParameter(
        "query", .any,
        "Conditions on properties, as in STAC's query extension: {\"eo:cloud_cover\": {\"lt\": 20}}."),
      ModuleParameter(
        "filter", .any,
        "A CQL2 filter, as text (\"eo:cloud_cover < 20 AND platform LIKE 'landsat-%'\") or as JSON."),
      ModuleParameter(
        "sign",
        .either([
          .choice(Signing.Method.allCases.map(\.rawValue)),
          .object([
            .init("method", .choice(Signing.Method.allCases.map(\.rawValue)), "As without the braces."),
            .init("requester_pays", .boolean, "Whether you pay for what you read from an S3 bucket."),
            .init("profile", .text, "The profile in your AWS files."),
            .init("endpoint", .text, "An S3 service other than Amazon's: \"https://minio.example.org\"."),
            .init("region", .text, "The region of the S3 bucket."),
          ]),
        ]), default: "none",
        "How links are signed just before they are read: \"planetary_computer\" with its short-lived tokens; "
          + "\"earthdata\" with EARTHDATA_TOKEN or .netrc; \"unsigned\" asks object stores without credentials, "
          + "\"none\" and \"s3\" with those of your environment."),
      ModuleParameter(
        "group_by", .choice(Grouping.allCases.map(\.rawValue)), default: "solar_day",
        "Which scenes make one date."),
      ModuleParameter(
        "fuse", .choice(FuseRule.allCases.map(\.rawValue)),
        "How scenes of one date that overlap become one: the first or last valid pixel of each band, the pixel of the "
          + "scene that the masks keep and that has most bands valid, or the mean of what the masks keep; \"first\" when "
          + "absent. Granules with their own longitude and latitude are then one swath (\"nearest\", which is for them "
          + "alone): each cell has the nearer pixel, and with \"bin\" and \"area\" all pixels count together."
      ),
      DownloadRegridding.parameter,
      DownloadRegridding.copies,
      ModuleParameter("version", .text, "The version of a product, for CMR: \"3.0\"; the newest by default."),
      ModuleParameter("provider", .text, "The archive that provides a product, for CMR: \"OB_CLOUD\"."),
      DownloadRegridding.access,
      ModuleParameter(
        "resampling",
        .either([
          .choice(Resampling.allCases.map(\.rawValue)),
          .map(to: .choice(Resampling.allCases.map(\.rawValue))),
        ]), default: "nearest",
        "How pixels of another grid are taken over: for all bands, or by band with \"*\" for the others."),
      ModuleParameter(
        "mode", .choice(Mode.allCases.map(\.rawValue)), default: "stream",
        "Read windows where the files are, or copy the files into the run first."),
      ModuleParameter(
        "copy", .choice(Copying.allCases.map(\.rawValue)), default: "assets",
        "What \"mode\": \"copy\" brings: whole files, or a GeoTIFF a band with the pixels of the area."),
      ModuleParameter(
        "trust", .choice(Trust.allCases.map(\.rawValue)), default: "sample",
        "Which files are asked for their grid before the run, where the catalogue tells it (proj:transform, proj:shape): "
          + "all local ones and a sample of remote ones, every \"file\", or none, as \"catalogue\" has it."),
      ModuleParameter("limit", .integer(1...1_000_000_000), "At most so many scenes, the earliest first."),
      ModuleParameter(
        "sort", .either([.text, .list(of: .text, atLeast: 1)]),
        "Which scenes `limit` takes first: properties such as \"eo:cloud_cover\", or \"-datetime\" for the latest."
      ),
      ModuleParameter(
        "scale", .either([.choice(["none"]), .number(-1e12...1e12)]),
        "\"none\" keeps stored numbers; a number is the scale of every band, with offset 0."),
      ModuleParameter(
        "overrides",
        .map(
          to: .object([
            .init("scale", .either([.choice(["none"]), .number(-1e12...1e12)]), "The scale, or \"none\"."),
            .init("offset", .number(-1e12...1e12), "The offset; needs a scale beside it."),
            .init(
              "nodata", .either([.choice(["nan", "inf", "-inf"]), .number(DownloadBands.nodataRange)]),
              "The stored number that means missing, or \"nan\", \"inf\", \"-inf\"."),
            .init(
              "level", .number(DownloadBands.nodataRange),
              "The level (height, depth, pressure, …) to take of a variable that has several, as its coordinate says it."
            ),
          ])),
        "What the stored numbers of a band mean, whatever the catalogue says, and which of several levels is meant; "
          + "\"*\" is every other band."),
    ],
    trial: ModuleTrial(
      after: [
        #"{ "module": "ndvi" }"#
      ]),
    examples: [
      #"{ "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Download? {
    let before = scope.diagnostics.count
    let module = Download(arguments, reader: DownloadBands(arguments: arguments, scope: scope))
    for band in module.bands {
      scope.offer(.init(variable: band.variable, band: band))
    }
    scope.collections = module.collections
    let reader = DownloadBands(arguments: arguments, scope: scope)
    scope.requestForBand = { reader.request($0) }
    scope.requestForWeight = { module.weight(of: $0) }
    scope.mayHaveBand = { reader.mayBeThere($0) }
    scope.bandNames = reader.sensorBands
    scope.checkWhenComplete = { reader.check(module.bands + scope.addedBands) }
    return scope.diagnostics.count == before ? module : nil
  }

  /// A band as one scene's collection calls and stores it; as the config has it where the collection is not known.
  ///
  /// Collections of several products in one cube each have their own names and numbers.
  public func request(_ band: BandRequest, in collection: String?) -> BandRequest {
    guard let sensor = collection.flatMap({ sensors.sensor(collection: $0) }) else { return band }
    var request = band
    if band.isQuality {
      guard let layer = sensor.qualityLayer(named: band.name) else { return band }
      request.aliases = [band.name] + layer.bandNames.filter { $0 != band.name }
      request.fallback.nodata = layer.nodata.map(Double.init)
    } else if let known = band.aliases.lazy.compactMap({ sensor.band(named: $0) }).first {
      request.aliases = [band.name] + known.names.filter { $0 != band.name }
      request.fallback = known.encoding
    }
    return request
  }

  /// What one scene's properties say of the offset that its processing added to a band's stored numbers.
  ///
  /// - Returns: the product and the finding; nil for bands and products whose processing adds none.
  public func processing(
    of band: BandRequest, collection: String?, properties: JSONObject, id: String
  ) -> (product: String, finding: ProcessingBaseline.Finding)? {
    guard let sensor = collection.flatMap({ sensors.sensor(collection: $0) }), let baseline = sensor.baseline,
      !band.isQuality, sensor.band(named: band.name)?.quantity == .reflectance
    else { return nil }
    return (sensor.name, baseline.finding(properties: properties, id: id))
  }

  public func adding(_ bands: [BandRequest]) -> Download {
    var copy = self
    copy.bands += bands
    return copy
  }

  private init(_ arguments: ModuleArguments, reader: DownloadBands) {
    source = arguments.text("source") ?? ""
    collections = arguments.texts("collection") ?? []
    ids = arguments.texts("ids") ?? []
    bands = reader.bands()
    sensors = reader.scope.sensors
    resamplings = reader.resamplings()
    query = arguments.node("query")
    queryPath = arguments.path.appending("query")
    filter = arguments.node("filter")
    filterPath = arguments.path.appending("filter")
    var signing = Signing(arguments.node("sign"))
    // NASA's archives want its login.
    if arguments.node("sign") == nil, DownloadRegridding.isCMR(source) { signing.method = .earthdata }
    self.signing = signing
    mode = arguments.text("mode").flatMap(Mode.init(rawValue:)) ?? .stream
    copying = arguments.text("copy").flatMap(Copying.init(rawValue:)) ?? .assets
    trust = arguments.text("trust").flatMap(Trust.init(rawValue:)) ?? .sample
    grouping = arguments.text("group_by").flatMap(Grouping.init(rawValue:)) ?? .solarDay
    fuse = arguments.text("fuse").flatMap(FuseRule.init(rawValue:)) ?? .first
    isFuseStated = arguments.node("fuse") != nil
    regridding = reader.regridding()
    let space = arguments.node("copies")
    areCopiesStated = space != nil
    copySpace =
      space?.string == "keep" ? nil : Int((space?.double ?? DownloadRegridding.usualSpace) * Double(1 << 30))
    version = arguments.text("version")
    provider = arguments.text("provider")
    readsObjects = arguments.text("access") == "s3"
    if !DownloadRegridding.isCMR(source) {
      for name in ["version", "provider", "access"] {
        reader.refuse(name, because: "it is for \"source\": \"cmr\"", instead: "leave it out")
      }
    }
    limit = arguments.integer("limit")
    sort = arguments.texts("sort") ?? []
    if source.isEmpty { reader.reportEmptySource() }
    if mode != .copy {
      reader.refuse("copy", because: "nothing is copied", instead: "add \"mode\": \"copy\"")
    }
    if limit == nil {
      reader.refuse("sort", because: "scenes are worked on in order of time", instead: "add \"limit\"")
    }
  }
}

extension Download.Signing {
  fileprivate init(_ node: JSONNode?) {
    self.init()
    guard let node else { return }
    let isS3 = ["profile", "endpoint", "requester_pays", "region"].contains { node[$0] != nil }
    method =
      (node.string ?? node["method"]?.string).flatMap(Method.init(rawValue:)) ?? (isS3 ? .s3 : .none)
    isRequesterPaying = node["requester_pays"]?.bool ?? false
    profile = node["profile"]?.string
    endpoint = node["endpoint"]?.string
    region = node["region"]?.string
  }
}
