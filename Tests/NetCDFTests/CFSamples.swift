import Geo
import NetCDF
import Storage

/// Three products on a small UTM grid, of the kinds that Apus makes.
enum CFSamples {
  static let wkt =
    "PROJCS[\"WGS 84 / UTM zone 19S\",GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,"
    + "AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,"
    + "AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],"
    + "AUTHORITY[\"EPSG\",\"4326\"]],PROJECTION[\"Transverse_Mercator\"],PARAMETER[\"latitude_of_origin\",0],"
    + "PARAMETER[\"central_meridian\",-69],PARAMETER[\"scale_factor\",0.9996],PARAMETER[\"false_easting\",500000],"
    + "PARAMETER[\"false_northing\",10000000],UNIT[\"metre\",1,AUTHORITY[\"EPSG\",\"9001\"]],"
    + "AXIS[\"Easting\",EAST],AXIS[\"Northing\",NORTH],AUTHORITY[\"EPSG\",\"32719\"]]"

  static let grid = Grid(
    crs: CoordinateReference(wkt: wkt, authorityCode: "EPSG:32719", isGeographic: false),
    transform: AffineTransform(originX: 300_015, originY: 6_100_005, pixelWidth: 30, pixelHeight: -30),
    width: 50,
    height: 70
  )
  static let chunks = ChunkLayout(gridWidth: 50, gridHeight: 70, chunkWidth: 32, chunkHeight: 32)

  static let mapping = GridMapping(
    attributes: [
      FileAttribute("grid_mapping_name", "transverse_mercator"),
      FileAttribute("latitude_of_projection_origin", .double(0)),
      FileAttribute("longitude_of_central_meridian", .double(-69)),
      FileAttribute("false_easting", .double(500_000)),
      FileAttribute("false_northing", .double(10_000_000)),
      FileAttribute("scale_factor_at_central_meridian", .double(0.9996)),
      FileAttribute("semi_major_axis", .double(6_378_137)),
      FileAttribute("inverse_flattening", .double(298.257223563)),
      FileAttribute("longitude_of_prime_meridian", .double(0)),
      FileAttribute("projected_crs_name", "WGS 84 / UTM zone 19S"),
      FileAttribute("geographic_crs_name", "WGS 84"),
      FileAttribute("reference_ellipsoid_name", "WGS 84"),
      FileAttribute("horizontal_datum_name", "World Geodetic System 1984"),
      FileAttribute("prime_meridian_name", "Greenwich"),
    ],
    crsWKT: wkt,
    isGeographic: false
  )

  static func instant(_ text: String) -> Instant { Instant(text) ?? Instant(microsecondsSince1970: 0) }

  static func description(_ title: String, _ first: String, _ last: String) -> DatasetDescription {
    var description = DatasetDescription(
      title: title,
      summary: "\(title), from Landsat 8 surface reflectance."
    )
    description.keywords = ["NDVI", "Landsat 8", "vegetation"]
    description.source = "landsat-c2-l2"
    description.history = "2024-05-06T07:08:09Z apus run config.json"
    description.processingLevel = "L3"
    description.id = "test-ndvi"
    description.dateCreated = instant("2024-05-06T07:08:09Z")
    description.geographicBounds = BoundingBox(minX: -71.2, minY: -35.25, maxX: -71.1, maxY: -35.2)
    description.timeCoverage = instant(first)...instant(last)
    description.attributes = [FileAttribute("scene_ids", "LC08_L2SP_233085_20210103_20210308_02_T1")]
    return description
  }

  /// One date: float32, missing as NaN.
  static var date: CFDataset {
    CFDataset(
      grid: grid,
      gridMapping: mapping,
      axis: .time([instant("2021-01-03T14:38:55.375489Z")]),
      variables: [
        CFVariable(
          "ndvi",
          .float32,
          fill: .nan,
          units: "1",
          longName: "normalized difference vegetation index",
          standardName: "normalized_difference_vegetation_index",
          validRange: -1...1,
          cellMethods: "time: point"
        )
      ],
      description: description("NDVI of 2021-01-03", "2021-01-03T14:38:55Z", "2021-01-03T14:39:19Z"),
      chunks: chunks,
      deflateLevel: 1
    )
  }

  /// Four seasons: mean and count.
  static var seasons: CFDataset {
    CFDataset(
      grid: grid,
      gridMapping: mapping,
      axis: .climatology(.season, Season.allCases.map { PeriodLayer(label: $0.label, dates: []) }),
      variables: [
        CFVariable(
          "ndvi_seasonal_mean",
          .float32,
          fill: .nan,
          units: "1",
          longName: "seasonal mean of NDVI",
          standardName: "normalized_difference_vegetation_index",
          validRange: -1...1,
          cellMethods: "time: mean",
          ancillaryVariables: ["ndvi_seasonal_mean_count"]
        ),
        CFVariable(
          "ndvi_seasonal_mean_count",
          .uint16,
          fill: nil,
          units: "1",
          longName: "number of observations",
          standardName: "number_of_observations",
          cellMethods: "time: sum"
        ),
      ],
      description: description("Seasonal mean NDVI", "2021-01-03T14:38:55Z", "2021-12-21T14:39:19Z"),
      chunks: chunks,
      deflateLevel: 1
    )
  }

  /// A mask: uint8 with flags, without an axis.
  static var mask: CFDataset {
    CFDataset(
      grid: grid,
      gridMapping: mapping,
      axis: .none(),
      variables: [
        CFVariable(
          "mask",
          .uint8,
          fill: 255,
          units: nil,
          longName: "usable pixels",
          standardName: "quality_flag",
          validRange: 0...1,
          flags: CFVariable.Flags(meanings: ["rejected", "kept"], values: [0, 1])
        )
      ],
      description: description("Mask", "2021-01-03T14:38:55Z", "2021-01-03T14:39:19Z"),
      chunks: chunks,
      deflateLevel: 1
    )
  }

  /// The value of a pixel, which tells its place; missing in the first row.
  static func value(_ step: Int, _ row: Int, _ column: Int) -> Double {
    row == 0 ? .nan : Double((step * 7 + row * 3 + column) % 64) / 64
  }

  /// Writes a dataset, each pixel of each variable with its value (0 or 1, or 64 times, for whole numbers).
  @NetCDFThread
  static func write(_ dataset: CFDataset, to path: String) throws {
    let writer = try NetCDFFileWriter(creating: path, try dataset.makeDefinition())
    let codec = ChunkCodec()
    let steps: [Int] =
      switch dataset.axis {
      case .none: []
      case .time(let times): Array(times.indices)
      case .periods(let layers), .climatology(_, let layers): Array(layers.indices)
      }
    for variable in dataset.variables {
      for step in steps.isEmpty ? [0] : steps {
        for number in 0..<chunks.count {
          let index = chunks.index(number)
          let bytes = samples(variable.type, step, chunks.window(index))
          let chunk = (steps.isEmpty ? [] : [step]) + [index.row, index.column]
          try bytes.withUnsafeBytes { bytes in
            try codec.withEncoded(bytes, elementSize: variable.type.size, level: 1) { compressed in
              try writer.writeChunk(variable: variable.name, chunk: chunk, compressed: compressed)
            }
          }
        }
      }
    }
    try writer.finish(readingBack: true)
  }

  private static func samples(_ type: ElementType, _ step: Int, _ window: PixelWindow) -> [UInt8] {
    var bytes: [UInt8] = []
    for row in 0..<32 {
      for column in 0..<32 {
        let value = value(step, window.row + row, window.column + column)
        switch type {
        case .float32: withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { bytes += $0 }
        case .uint16: withUnsafeBytes(of: UInt16(value.isNaN ? 0 : value * 64).littleEndian) { bytes += $0 }
        default: bytes.append(value.isNaN ? 255 : value < 0.5 ? 0 : 1)
        }
      }
    }
    return bytes
  }
}
