import GDAL
import Geo
import JSON
import Simulation
import Storage
import Testing

/// Reads an archive as a stranger would: from `items.json` and the files it names.
struct ArchiveReader {
  struct Scene {
    var id: String
    var instant: Instant
    /// The scene's raster, in pixels of the area.
    var window: PixelWindow
    var cloudCover: Double
    var assets: [String: String]

    var date: CalendarDate { SolarDay.wholeHours(instant, longitude: -70.5) }
  }

  let directory: String
  let items: JSONNode
  let truth: JSONNode
  let scenes: [Scene]
  let width: Int
  let height: Int

  init(_ directory: String) throws {
    self.directory = directory
    items = try JSONParser.parse(LocalFiles.readAll(directory + "/items.json"))
    truth = try JSONParser.parse(LocalFiles.readAll(directory + "/truth/truth.json"))
    let area = try #require(truth["transform"]?.numbers)
    width = try #require(truth["width"]?.integer)
    height = try #require(truth["height"]?.integer)
    scenes = try #require(items["features"]?.array).map { item in
      let properties = try #require(item["properties"])
      let transform = try #require(properties["proj:transform"]?.numbers)
      let shape = try #require(properties["proj:shape"]?.integers)
      var assets: [String: String] = [:]
      for member in try #require(item["assets"]?.members) {
        assets[member.key] = directory + "/" + (try #require(member.node["href"]?.string))
      }
      return Scene(
        id: try #require(item["id"]?.string),
        instant: try #require(Instant(properties["datetime"]?.string ?? "")),
        window: PixelWindow(
          column: Int((transform[2] - area[0]) / 30),
          row: Int((area[3] - transform[5]) / 30),
          width: shape[1],
          height: shape[0]
        ),
        cloudCover: try #require(properties["eo:cloud_cover"]?.double),
        assets: assets
      )
    }
  }

  /// The whole of a band of a scene.
  func samples(_ scene: Scene, _ band: String) throws -> [UInt16] {
    try ArchiveReader.read(try #require(scene.assets[band]), fill: UInt16(0))
  }

  /// The whole of a file whose samples have the size of `Sample`.
  static func read<Sample: BitwiseCopyable>(_ path: String, fill: Sample) throws -> [Sample] {
    let dataset = try RasterDataset(opening: path)
    let band = try #require(dataset.info.bands.first)
    let window = PixelWindow(column: 0, row: 0, width: dataset.info.width, height: dataset.info.height)
    var samples = [Sample](repeating: fill, count: window.count)
    try samples.withUnsafeMutableBytes {
      try dataset.read(band: 1, window: window, as: band.type, into: $0, rowStride: window.width)
    }
    return samples
  }

  /// The days with their scenes, in the order of time.
  var days: [(date: CalendarDate, scenes: [Scene])] {
    Dictionary(grouping: scenes, by: \.date).sorted { $0.key < $1.key }.map {
      (date: $0.key, scenes: $0.value.sorted { $0.instant < $1.instant })
    }
  }

  /// A band of a day over the whole area: the first scene in time that has a value.
  func fused(_ scenes: [Scene], _ band: String, nodata: UInt16) throws -> [UInt16] {
    var area = [UInt16](repeating: nodata, count: width * height)
    for scene in scenes {
      let samples = try samples(scene, band)
      for row in 0..<scene.window.height {
        for column in 0..<scene.window.width {
          let place = (scene.window.row + row) * width + scene.window.column + column
          if area[place] == nodata { area[place] = samples[row * scene.window.width + column] }
        }
      }
    }
    return area
  }

  /// NDVI of a day over the whole area; NaN where it is rejected or missing.
  func ndvi(_ scenes: [Scene]) throws -> [Double] {
    let red = try fused(scenes, "red", nodata: 0)
    let near = try fused(scenes, "nir08", nodata: 0)
    let quality = try fused(scenes, "qa_pixel", nodata: 1)
    return quality.indices.map { place in
      guard quality[place] & 0x99 == 0, red[place] != 0, near[place] != 0 else { return Double.nan }
      let (r, n) = (Double(red[place]) * 2.75e-5 - 0.2, Double(near[place]) * 2.75e-5 - 0.2)
      return (n - r) / (n + r)
    }
  }
}

extension JSONNode {
  /// The numbers of an array; nil when it is no array.
  var numbers: [Double]? { array?.compactMap { $0.double } }
  var integers: [Int]? { array?.compactMap { $0.integer } }
  var strings: [String]? { array?.compactMap { $0.string } }
}
