internal import GDAL
internal import Geo
internal import NetCDF
internal import Storage

/// Writes a file of monthly weather over the area, such as ERA5's monthly means: rain as a depth a day, temperature at 2 m.
struct WeatherWriter {
  let grid: Grid
  let seed: UInt64
  let days: ClosedRange<CalendarDate>

  /// The file of an archive.
  static let name = "weather.nc"
  /// Degrees between two nodes.
  private static let spacing = 0.25

  /// - Throws: `SimulationError` when the file cannot be written.
  func write(to path: String) throws(SimulationError) {
    let definition: FileDefinition
    do {
      let box = try SpatialReference.transform(
        grid.bounds, from: grid.crs, to: SpatialReference.parse("EPSG:4326"), densify: 21)
      definition = self.definition(
        longitudes: Self.nodes(box.minX, box.maxX), latitudes: Self.nodes(box.minY, box.maxY).reversed())
    } catch {
      throw .raster(error)
    }
    let failure = NetCDFThread.wait { @NetCDFThread () -> String? in
      do {
        let writer = try NetCDFFileWriter(creating: path, definition)
        _ = try writer.close(allowingMissingChunks: true)
        try writer.publish()
        return nil
      } catch {
        return "\(error)"
      }
    }
    if let failure { throw .unusable(failure) }
  }

  /// Nodes whose cells cover a stretch.
  private static func nodes(_ low: Double, _ high: Double) -> [Double] {
    let (first, last) = ((low / spacing).rounded(.down), (high / spacing).rounded(.up))
    return (Int(first)...Int(last)).map { Double($0) * spacing }
  }

  private func definition(longitudes: [Double], latitudes: [Double]) -> FileDefinition {
    var months = [days.lowerBound.advanced(by: 1 - days.lowerBound.components.day)]
    while let last = months.last, last.addingMonths(1) <= days.upperBound {
      months.append(last.addingMonths(1))
    }
    let cells = latitudes.count * longitudes.count
    let key = PixelHash.key(seed: seed, .time, 1)
    func values(_ value: (_ month: Int, _ chance: Double) -> Double) -> [Double] {
      months.enumerated().flatMap { index, month -> [Double] in
        (0..<cells).map { cell in
          let chance = Double(PixelHash.mix(PixelHash.mix(key, UInt32(index)), UInt32(cell)) % 1000) / 1000
          return value(month.month, chance)
        }
      }
    }
    // Rain falls in the southern winter: June is the wettest month.
    func season(_ month: Int) -> Double { 1 - Double(min(abs(month - 6), 12 - abs(month - 6))) / 6 }
    let rain = values { month, chance in 0.0002 + 0.003 * season(month) * (0.5 + chance) }
    let warmth = values { month, chance in 297 - 12 * season(month) + chance }
    func axis(_ name: String, _ units: String, _ values: [Double]) -> FileVariable {
      FileVariable(
        name, .float64, dimensions: [name],
        attributes: [FileAttribute("units", units), FileAttribute("standard_name", name)],
        values: .numbers(values))
    }
    func field(_ name: String, _ units: String, _ longName: String, _ values: [Double]) -> FileVariable {
      FileVariable(
        name, .float32, dimensions: ["time", "latitude", "longitude"], fill: .float(.nan),
        attributes: [FileAttribute("units", units), FileAttribute("long_name", longName)],
        values: .numbers(values))
    }
    return FileDefinition(
      dimensions: [
        FileDimension("time", months.count), FileDimension("latitude", latitudes.count),
        FileDimension("longitude", longitudes.count),
      ],
      variables: [
        axis(
          "time", "hours since 1900-01-01 00:00:00", months.map { Double(24 * ($0.daysSince1970 + 25_567)) }),
        axis("latitude", "degrees_north", latitudes), axis("longitude", "degrees_east", longitudes),
        field("tp", "m", "Total precipitation", rain), field("t2m", "K", "2 metre temperature", warmth),
      ],
      globalAttributes: [
        FileAttribute("title", "Simulated monthly means of weather"), FileAttribute("Conventions", "CF-1.10"),
      ])
  }
}
