public import Geo
internal import JSON
internal import NetCDF
internal import Storage

/// Makes granules of ocean colour as PACE's imager has them (Level 2): groups, a longitude and latitude for every pixel,
/// flags, and chlorophyll that is known everywhere.
///
/// `pixel_id` is line · 2048 + pixel: regridded, it tells which pixel was taken. Values under STRAYLIGHT and HIGLINT are
/// there but wrong; only the flags remove them. The same size, dates and seed give the same numbers.
public struct SwathArchive: Sendable {
  public let directory: String
  private let count: Int
  private let lines: Int
  private let columns: Int
  private let seed: UInt64
  private let start: CalendarDate

  static let fill: Float = -32_767

  /// - Parameters:
  ///   - directory: a new or empty folder.
  ///   - count: granules, one a day, 1...400.
  ///   - width: pixels of a line, 16...2,048.
  ///   - height: lines, 16...4,000.
  ///   - seed: draws everything that looks like chance.
  ///   - start: the day of the first granule.
  public init(
    directory: String, count: Int, width: Int, height: Int, seed: UInt64, start: CalendarDate
  ) throws(SimulationError) {
    guard (1...400).contains(count), (16...2048).contains(width), (16...4000).contains(height) else {
      throw .unusable(
        "\(count) granules of \(width)x\(height) pixels: there may be 1 to 400, of 16 to 2048 pixels and 16 to 4000 lines"
      )
    }
    (self.directory, self.count, self.seed, self.start) = (directory, count, seed, start)
    (lines, columns) = (height, width)
  }

  /// Writes granules, and `swaths.json`, a config that maps them.
  ///
  /// - Returns: the path of the config.
  /// - Throws: when the folder is not empty or cannot be written.
  public func write() throws(SimulationError) -> String {
    let config = "\(directory)/swaths.json"
    do {
      try LocalFiles.createDirectory("\(directory)/granules")
      guard try LocalFiles.list(directory) == ["granules"],
        try LocalFiles.list("\(directory)/granules").isEmpty
      else {
        throw SimulationError.unusable("\(directory) is not empty: choose a new folder, or empty this one")
      }
    } catch let error as StorageError {
      throw .file(error)
    } catch let error as SimulationError {
      throw error
    } catch {
      throw .unusable("\(error)")
    }
    for number in 0..<count {
      let granule = granule(number)
      let path = "\(directory)/granules/\(granule.name)"
      let failure = NetCDFThread.wait { @NetCDFThread () -> String? in
        do {
          try GroupedFileWriter.write(granule.definition, to: path)
          return nil
        } catch {
          return "\(error)"
        }
      }
      if let failure { throw .unusable(failure) }
    }
    do {
      try LocalFiles.writeAtomically(config, text: document.text(pretty: true) + "\n")
    } catch {
      throw .file(error)
    }
    return config
  }

  /// One granule: its file's name, and what is in it.
  private func granule(_ number: Int) -> (name: String, definition: FileDefinition) {
    let date = start.advanced(by: number)
    // The satellite comes by a little earlier or later, further east or west.
    let shift = Double(number % 3 - 1)
    let orbit = SwathOrbit(
      lines: lines, columns: columns, longitude: -75 - 4 * shift, latitude: 41.5 + 1.5 * shift)
    let minute = 42 - 20 * (number % 3 - 1)
    let hour = minute >= 60 ? 18 : 17
    let clock = "\(hour):\(minute % 60 < 10 ? "0" : "")\(minute % 60):45"
    let name =
      "PACE_OCI.\("\(date)T\(clock)".filter { $0 != "-" && $0 != ":" }).L2.OC_BGC.V3_0.nc"
    let pixels = SwathPixels(
      orbit, day: Double(number), cloud: PixelHash.key(seed: seed, .cloud, number),
      grain: PixelHash.key(seed: seed, .grain, number))
    return (name, definition(pixels, start: "\(date)T\(clock).000Z", name: name))
  }

  private func definition(_ pixels: SwathPixels, start: String, name: String) -> FileDefinition {
    let plane = ["number_of_lines", "pixels_per_line"]
    func variable(
      _ path: String, _ type: ElementType, _ numbers: [Double], isFilled: Bool = false,
      _ attributes: [FileAttribute]
    ) -> FileVariable {
      FileVariable(
        path, type, dimensions: plane, chunk: [min(lines, 256), columns], deflateLevel: 4, shuffle: true,
        fill: isFilled ? .floats([Self.fill]) : nil, attributes: attributes, values: .numbers(numbers))
    }
    func text(_ name: String, _ text: String) -> FileAttribute { FileAttribute(name, text) }
    let variables = [
      variable(
        "navigation_data/longitude", .float32, pixels.longitudes.map { Double($0) }, isFilled: true,
        [text("long_name", "Longitude"), text("standard_name", "longitude"), text("units", "degrees_east")]),
      variable(
        "navigation_data/latitude", .float32, pixels.latitudes.map { Double($0) }, isFilled: true,
        [text("long_name", "Latitude"), text("standard_name", "latitude"), text("units", "degrees_north")]),
      variable(
        "geophysical_data/chlor_a", .float32, pixels.chlorophyll.map { Double($0) }, isFilled: true,
        [
          text("long_name", "Chlorophyll Concentration, OCI Algorithm"), text("units", "mg m^-3"),
          text("standard_name", "mass_concentration_of_chlorophyll_in_sea_water"),
          FileAttribute("valid_min", .floats([0.001])), FileAttribute("valid_max", .floats([100])),
        ]),
      variable(
        "geophysical_data/pixel_id", .int32,
        (0..<(lines * columns)).map { Double($0 / columns * 2048 + $0 % columns) },
        [text("long_name", "line times 2048 plus pixel")]),
      variable(
        "geophysical_data/l2_flags", .int32, pixels.flags.map { Double($0) },
        [
          text("long_name", "Level-2 Processing Flags"),
          FileAttribute("flag_masks", .int32s((0..<32).map { Int32(bitPattern: 1 << UInt32($0)) })),
          text("flag_meanings", SwathPixels.flagNames.joined(separator: " ")),
        ]),
    ]
    return FileDefinition(
      dimensions: [FileDimension(plane[0], lines), FileDimension(plane[1], columns)], variables: variables,
      globalAttributes: [
        text("title", "OCI Level-2 Data BGC"), text("product_name", name), text("instrument", "OCI"),
        text("platform", "PACE"), text("Conventions", "CF-1.8, ACDD-1.3"), text("processing_level", "L2"),
        text("cdm_data_type", "swath"), text("time_coverage_start", start),
        text("history", "apus simulate: simulated, not an observation"),
      ])
  }

  /// A config that maps the granules.
  private var document: JSONValue {
    [
      "pipeline": "swaths",
      "area": ["bbox": [-77, 36, -73, 41], "crs": "EPSG:4326", "resolution": 0.02],
      "output": ["location": "out/swaths"],
      "sequences": [
        [
          "name": "ocean",
          "modules": [
            [
              "module": "download", "source": "granules/*.nc", "bands": ["chlor_a"], "group_by": "time",
              "regrid": "nearest",
            ],
            ["module": "cloud_mask", "band": "l2_flags", "preset": "ocean_color"],
            [
              "module": "composite", "of": "chlor_a", "statistic": "mean", "period": "all",
              "as": "chlor_a_mean",
            ],
          ],
        ]
      ],
    ]
  }
}
