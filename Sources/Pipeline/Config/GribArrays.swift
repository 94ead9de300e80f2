import Engine
import GDAL
import Geo
import Raster

/// The messages of a GRIB file as arrays, one variable an element and level: "2t", or "t:85000-ISBL" where an element has
/// several levels. Read by GDAL.
enum GribArrays {
  /// Whether a file begins as GRIB does.
  static func isGrib(_ bytes: [UInt8]) -> Bool { bytes.starts(with: "GRIB".utf8) }

  /// - Throws: `ModuleFileError` when the file is damaged, or lies on no grid of longitude and latitude.
  static func read(_ file: ModuleFile) throws(ModuleFileError) -> ArrayFile {
    do {
      return try arrays(RasterDataset(opening: file.path), file.name)
    } catch let error as ModuleFileError {
      throw error
    } catch {
      throw ModuleFileError("\(error)")
    }
  }

  /// A message: an element on a level at a time.
  private struct Message {
    let band: Int
    let time: Instant
    let element: String
    let level: String
    let unit: String
  }

  private static func arrays(_ dataset: borrowing RasterDataset, _ name: String) throws -> ArrayFile {
    let info = dataset.info
    guard let transform = info.transform, transform.isAxisAligned, info.crs?.isGeographic ?? false else {
      throw ModuleFileError(
        "\"\(name)\" lies on no regular grid of longitude and latitude",
        suggestion: "bring it onto one first, or ask the archive for one")
    }
    var messages: [Message] = []
    for (index, band) in info.bands.enumerated() {
      func coordinate(_ name: String) -> String {
        band.layer?.coordinates.first { $0.name == name }?.value ?? ""
      }
      guard let time = band.layer?.time else { continue }
      messages.append(
        Message(
          band: index + 1, time: time, element: coordinate("element").lowercased(),
          level: coordinate("short_name"), unit: coordinate("unit").filter { !"[]".contains($0) }))
    }
    guard messages.count * info.width * info.height <= ArrayFile.elementLimit else {
      throw ModuleFileError(
        "\"\(name)\" holds more than \(ArrayFile.elementLimit) numbers, the most that is read of such a file")
    }
    let grid = (0..<info.width).map { transform.originX + (Double($0) + 0.5) * transform.pixelWidth }
    let rows = (0..<info.height).map { transform.originY + (Double($0) + 0.5) * transform.pixelHeight }
    var file = ArrayFile(variables: [
      axis("longitude", "degrees_east", grid), axis("latitude", "degrees_north", rows),
    ])
    let levels = Dictionary(grouping: messages) { $0.element }.mapValues { Set($0.map(\.level)) }
    let groups = Dictionary(grouping: messages) {
      (levels[$0.element]?.count ?? 0) > 1 ? "\($0.element):\($0.level)" : $0.element
    }
    for (variable, messages) in groups.sorted(by: { $0.key < $1.key }) {
      let time = "time of \(variable)"
      file.variables.append(
        axis(time, "seconds since 1970-01-01", messages.map { Double($0.time.microsecondsSince1970) / 1e6 }))
      var numbers: [Double] = []
      // GDAL turns kelvins into degrees Celsius; they are what files of reanalyses have.
      let isCelsius = messages.allSatisfy { $0.unit == "C" }
      for message in messages {
        let values = try values(dataset, message.band)
        numbers += isCelsius ? values.map { $0 + 273.15 } : values
      }
      file.variables.append(
        ArrayFile.Variable(
          name: variable, dimensions: [time, "latitude", "longitude"],
          shape: [messages.count, info.height, info.width], values: .numbers(numbers),
          attributes: ["units": isCelsius ? "K" : messages[0].unit]))
    }
    return file
  }

  private static func axis(_ name: String, _ units: String, _ values: [Double]) -> ArrayFile.Variable {
    ArrayFile.Variable(
      name: name, dimensions: [name], shape: [values.count], values: .numbers(values),
      attributes: ["units": units])
  }

  private static func values(_ dataset: borrowing RasterDataset, _ band: Int) throws -> [Double] {
    let info = dataset.info
    let window = PixelWindow(column: 0, row: 0, width: info.width, height: info.height)
    var values = [Double](repeating: .nan, count: window.count)
    try values.withUnsafeMutableBytes {
      try dataset.read(band: band, window: window, as: .float64, into: $0, rowStride: info.width)
    }
    guard let nodata = info.bands[band - 1].nodata else { return values }
    return values.map { $0 == nodata ? .nan : $0 }
  }
}
