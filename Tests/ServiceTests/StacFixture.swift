import Foundation
import JSON
import TestSupport

/// A collection of 60 items, as files for the servers: one a day from 2021-01-01 on, side by side eastwards along the
/// equator from longitude 0.
enum StacFixture {
  static let count = 60

  static func item(_ number: Int) -> JSONValue {
    let west = Double(number)
    return [
      "type": "Feature", "stac_version": "1.0.0", "stac_extensions": [],
      "id": .string("scene-\(number)"), "collection": "simulated",
      "bbox": [.number(west), 0.0, .number(west + 0.9), 1.0],
      "geometry": [
        "type": "Polygon",
        "coordinates": [
          [
            [.number(west), 0.0], [.number(west + 0.9), 0.0], [.number(west + 0.9), 1.0],
            [.number(west), 1.0],
            [.number(west), 0.0],
          ]
        ],
      ],
      "properties": [
        "datetime": .string(day(number) + "T12:00:00Z"), "eo:cloud_cover": .integer(number * 37 % 101),
        "platform": .string(number % 2 == 0 ? "landsat-8" : "landsat-9"),
      ],
      "links": [["rel": "collection", "href": "./collection.json", "type": "application/json"]],
      "assets": ["red": ["href": .string("https://example.com/\(number)/red.tif"), "type": "image/tiff"]],
    ]
  }

  static func day(_ number: Int) -> String {
    number < 31 ? "2021-01-" + two(number + 1) : number < 59 ? "2021-02-" + two(number - 30) : "2021-03-01"
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static let collection: JSONValue = [
    "type": "Collection", "stac_version": "1.0.0", "stac_extensions": [], "id": "simulated",
    "description": "Simulated",
    "license": "CC0-1.0", "links": [],
    "extent": [
      "spatial": ["bbox": [[0, 0, 61, 1]]], "temporal": ["interval": [["2021-01-01T00:00:00Z", nil]]],
    ],
  ]

  private static let folder = Result { () throws -> String in
    let folder = try makeSharedFolder()
    let items = (0..<count).map(item)
    let all: JSONValue = ["type": "FeatureCollection", "features": .array(items)]
    let files = [
      "collection.json": collection.text(), "items.json": all.text(),
      "collection.ndjson": collection.text(),
      "items.ndjson": items.map { $0.text() }.joined(separator: "\n"),
    ]
    for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
    return folder
  }

  static func file(_ name: String) throws -> String { try folder.get() + "/" + name }
}
