import Foundation
import Geo
import NetCDF
import Swath
import Testing

/// A granule that tests make, laid out as an ocean-colour product: groups, flags, positions of its own.
struct MadeGranule {
  let lines: Int
  let columns: Int
  /// Degrees, as the file stores them.
  private(set) var longitudes: [Float] = []
  private(set) var latitudes: [Float] = []
  /// Bit 1 is LAND, bit 3 CLOUD.
  var flags: [Int32]
  var values: [Float]
  var time = "2024-08-01T17:42:45.090Z"

  static let fill: Float = -32767

  /// - Parameters:
  ///   - centre: where its middle is, in degrees.
  ///   - spacing: metres between pixels.
  init(
    lines: Int = 60, columns: Int = 50, longitude: Double, latitude: Double, heading: Double = 12,
    spacing: Double = 5000
  ) {
    (self.lines, self.columns) = (lines, columns)
    func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
    let (lon, lat, course) = (radians(longitude), radians(latitude), radians(heading))
    let up = SIMD3(cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat))
    let east = SIMD3(-sin(lon), cos(lon), 0)
    let north = SIMD3(-sin(lat) * cos(lon), -sin(lat) * sin(lon), cos(lat))
    let along = east * sin(course) + north * cos(course)
    let across = east * cos(course) - north * sin(course)
    for line in 0..<lines {
      for column in 0..<columns {
        let offset = Double(column) - Double(columns - 1) / 2
        let x = offset * (1 + abs(offset) / Double(columns)) * spacing / Sphere.radius
        let y = (Double(line) - Double(lines - 1) / 2) * spacing / Sphere.radius
        let point = (up * cos(y) + along * sin(y)) * cos(x) + across * sin(x)
        longitudes.append(Float(atan2(point.y, point.x) * 180 / .pi))
        latitudes.append(Float(asin(max(-1, min(1, point.z))) * 180 / .pi))
      }
    }
    flags = [Int32](repeating: 0, count: lines * columns)
    values = []
    values = zip(longitudes, latitudes).map { Float(Self.field(Double($0), Double($1))) }
  }

  /// The lines of a part of a granule.
  func part(_ range: Range<Int>) -> MadeGranule {
    var part = MadeGranule(lines: range.count, columns: columns, longitude: 0, latitude: 0)
    let pixels = (range.lowerBound * columns)..<(range.upperBound * columns)
    part.longitudes = Array(longitudes[pixels])
    part.latitudes = Array(latitudes[pixels])
    part.flags = Array(flags[pixels])
    part.values = Array(values[pixels])
    part.time = time
    return part
  }

  /// The truth, at any place; smooth over tens of kilometres.
  static func field(_ longitude: Double, _ latitude: Double) -> Double {
    let (lon, lat) = (longitude * .pi / 180, latitude * .pi / 180)
    return 2 + sin(9 * lon) * cos(7 * lat) + 0.3 * sin(31 * lat)
  }

  mutating func loseNavigation(at pixel: Int) {
    longitudes[pixel] = Self.fill
    latitudes[pixel] = Self.fill
  }

  /// Writes the file.
  ///
  /// - Parameters:
  ///   - navigation: whether the groups have longitude and latitude.
  ///   - band: the name of the measured variable.
  func write(_ path: String, navigation: Bool = true, band: String = "chlor_a") async throws {
    let plane = ["number_of_lines", "pixels_per_line"]
    func variable(
      _ name: String, _ type: ElementType, _ numbers: [Double], fill: AttributeValue? = nil,
      _ attributes: [FileAttribute]
    ) -> FileVariable {
      FileVariable(
        name, type, dimensions: plane, chunk: [16, columns], deflateLevel: 4, shuffle: true, fill: fill,
        attributes: attributes, values: .numbers(numbers))
    }
    var variables = [
      variable(
        "geophysical_data/\(band)", .float32, values.map { Double($0) }, fill: .floats([Self.fill]),
        [
          FileAttribute("long_name", "Chlorophyll Concentration"), FileAttribute("units", "mg m^-3"),
          FileAttribute("valid_min", .floats([0.001])), FileAttribute("valid_max", .floats([100])),
        ]),
      // Packed, with a range that is in other numbers than those stored.
      FileVariable(
        "geophysical_data/packed", .int16, dimensions: plane, fill: .int16s([-32_768]),
        attributes: [
          FileAttribute("scale_factor", .floats([0.001])), FileAttribute("valid_min", .int16s([0])),
          FileAttribute("valid_max", .int16s([5])),
        ], values: .numbers(values.map { min((Double($0) * 1000).rounded(), 32_767) })),
      variable(
        "geophysical_data/pixel_id", .int32, (0..<(lines * columns)).map { Double($0) }, []),
      variable(
        "geophysical_data/l2_flags", .int32, flags.map { Double($0) },
        [
          FileAttribute("flag_masks", .int32s([1, 2, 4, 8, .min])),
          FileAttribute("flag_meanings", "ATMFAIL LAND SPARE CLOUD SPARE"),
        ]),
    ]
    // Where each line begins and ends: no places of pixels.
    for (name, values, unit) in [
      ("slon", longitudes, "degrees_east"), ("slat", latitudes, "degrees_north"),
    ] {
      variables.append(
        FileVariable(
          "scan_line_attributes/\(name)", .float32, dimensions: [plane[0]],
          attributes: [FileAttribute("units", unit)],
          values: .numbers((0..<lines).map { Double(values[$0 * columns]) })))
    }
    if navigation {
      variables += [
        variable(
          "navigation_data/longitude", .float32, longitudes.map { Double($0) }, fill: .floats([Self.fill]),
          [FileAttribute("standard_name", "longitude"), FileAttribute("units", "degrees_east")]),
        variable(
          "navigation_data/latitude", .float32, latitudes.map { Double($0) }, fill: .floats([Self.fill]),
          [FileAttribute("standard_name", "latitude"), FileAttribute("units", "degrees_north")]),
      ]
    }
    let definition = FileDefinition(
      dimensions: [FileDimension(plane[0], lines), FileDimension(plane[1], columns)], variables: variables,
      globalAttributes: [FileAttribute("time_coverage_start", time)])
    try await NetCDFThread.run { () throws(NetCDFError) in try GroupedFileWriter.write(definition, to: path) }
  }

  /// The nearest pixel to each place, by looking at all: -1 where none is within its reach.
  func nearest(_ longitudes: [Double], _ latitudes: [Double]) -> [Int] {
    let surveyor = SwathSurveyor(lines: lines, columns: columns)
    let strip = SwathStrip()
    for first in stride(from: 0, to: lines, by: SwathSurvey.block) {
      let part = first..<min(lines, first + SwathSurvey.block)
      strip.load(lines: part, columns: columns) { (x, y) in
        for index in x.indices {
          x[index] = Double(self.longitudes[part.lowerBound * columns + index])
          y[index] = Double(self.latitudes[part.lowerBound * columns + index])
        }
      }
      surveyor.add(strip)
    }
    let reaches = surveyor.finish().reaches
    func vector(_ longitude: Double, _ latitude: Double) -> SIMD3<Double> {
      let (lon, lat) = (longitude * .pi / 180, latitude * .pi / 180)
      return SIMD3(cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat))
    }
    let pixels = zip(self.longitudes, self.latitudes).map { vector(Double($0), Double($1)) }
    return zip(longitudes, latitudes).map { place in
      let cell = vector(place.0, place.1)
      var best = (pixel: -1, square: Double.infinity)
      for (pixel, point) in pixels.enumerated() where self.latitudes[pixel] != Self.fill {
        let square = ((point - cell) * (point - cell)).sum()
        guard square < best.square,
          2 * Sphere.radius * asin(square.squareRoot() / 2) <= reaches[pixel % columns]
        else { continue }
        best = (pixel, square)
      }
      return best.pixel
    }
  }

  /// Mean and number of the pixels of each cell of a grid in degrees whose centres lie in it, by looking at all.
  func bins(on grid: Grid, _ isKept: (Int) -> Bool = { _ in true }) throws -> [(mean: Float, count: Int)] {
    var sums = [(sum: Double, count: Int)](repeating: (0, 0), count: grid.window.count)
    for pixel in values.indices where isKept(pixel) {
      let place = try #require(
        grid.transform.pixel(x: Double(longitudes[pixel]), y: Double(latitudes[pixel])))
      let (column, row) = (Int(place.column.rounded(.down)), Int(place.row.rounded(.down)))
      guard grid.window.contains(PixelWindow(column: column, row: row, width: 1, height: 1)) else { continue }
      sums[row * grid.width + column].sum += Double(values[pixel])
      sums[row * grid.width + column].count += 1
    }
    return sums.map { (Float($0.sum / Double($0.count)), $0.count) }
  }
}
