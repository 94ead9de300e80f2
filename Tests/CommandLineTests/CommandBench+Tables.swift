import Foundation
import JSON
import Storage
import TestSupport
import Testing

extension CommandBench {
  /// Writes a config whose sequence has the NDVI of the archive's dates, and some modules after it.
  func writeTables(chunk: Int, modules: String, name: String = "tables") throws {
    let text = """
      { "pipeline": "tables", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
        "resources": { "threads": 2, "chunk": \(chunk) },
        "sequences": [{ "name": "s", "modules": [
          { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
          { "module": "cloud_mask", "reject": ["fill", "cloud"] },
          { "module": "ndvi", "save": true }, \(modules)] }] }
      """
    try LocalFiles.writeAtomically(folder + "/\(name).json", text: text)
  }

  /// Rectangles of pixels of the archive's grid, in its coordinate system.
  func writeFields(to name: String = "fields.geojson") throws {
    let grid = try grid()
    let rectangles = [(3, 2, 10, 5), (30, 20, 50, 40), (500, 500, 510, 510)]
    let features = rectangles.enumerated().map { index, box in
      let corners = [(box.0, box.1), (box.2, box.1), (box.2, box.3), (box.0, box.3), (box.0, box.1)].map {
        "[\(grid.x + Double($0.0) * 30), \(grid.y - Double($0.1) * 30)]"
      }
      return """
        {"type": "Feature", "properties": {"id": "field \(index)", "crop": "wheat, winter"},
         "geometry": {"type": "Polygon", "coordinates": [[\(corners.joined(separator: ","))]]}}
        """
    }
    try LocalFiles.writeAtomically(
      folder + "/" + name,
      text: """
        {"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "\(grid.crs)"}},
         "features": [\(features.joined(separator: ","))]}
        """)
  }

  /// A band file of the archive, below the bench's folder.
  func anyBand() throws -> String {
    let items = try JSONParser.parse(LocalFiles.readAll(folder + "/archive/items.json"))
    let href = try #require(items["features"]?.array?.first?["assets"]?["red"]?["href"]?.string)
    return href.hasPrefix("/") ? href : "archive/" + (href.hasPrefix("./") ? String(href.dropFirst(2)) : href)
  }

  /// The origin, the coordinate system and the width of the archive's grid.
  func grid() throws -> (x: Double, y: Double, crs: String, width: Int) {
    let items = try JSONParser.parse(LocalFiles.readAll(folder + "/archive/items.json"))
    let asset = try #require(items["features"]?.array?.first?["assets"]?["red"])
    let properties = try #require(items["features"]?.array?.first?["properties"])
    let transform = (asset["proj:transform"] ?? properties["proj:transform"])?.array?.compactMap(\.double)
    let shape = (asset["proj:shape"] ?? properties["proj:shape"])?.array?.compactMap(\.integer)
    let numbers = try #require(transform)
    let sides = try #require(shape)
    return (numbers[2], numbers[5], "urn:ogc:def:crs:EPSG::32719", sides[1])
  }
}
