public import Engine
public import Geo
internal import JSON
internal import Patterns
public import Raster

/// The mean greenness of sub-images, of all pixels and of their vegetation (`ndvi_statistics`).
public struct NDVIStatisticsTable: TableModule {
  public let name: String
  private let table: PatternTable

  public var inputs: [String] { table.pictures.inputs }
  public var properties: [String] { PatternPictures.properties }
  public var scratchBytesPerPixel: Int { PatternPictures.scratchBytesPerPixel }
  public let columns = [
    TableColumn(name: "ndvi", longName: "mean of NDVI in 8 bits"),
    TableColumn(name: "ndvi_veg", longName: "mean of NDVI in 8 bits where there is vegetation"),
    TableColumn(name: "vegetation_pixels", longName: "number of pixels that are vegetation", isWhole: true),
  ]

  public static let descriptor = ModuleDescriptor(
    name: "ndvi_statistics", shape: .table,
    summary:
      "Averages NDVI over the sub-images of vegetation_image and over their vegetation, as pyveg does.",
    method:
      "Means of the 8-bit picture of NDVI over a sub-image, and over its vegetation; NDVI = x · 2 / 255 "
      + "− 1.",
    discussion: """
      `ndvi` is the mean of the 8-bit picture of NDVI, 0 to 255, rounded to 4 decimals, `ndvi_veg` the mean where the black \
      and white picture is black; it is missing where nothing is. x · 2 / 255 − 1 is NDVI, about 0.004 too low because the \
      numbers of pictures are cut, not rounded. Sub-images are refused as for `network_centrality`.
      """,
    references: [
      "Barlow et al. 2020, pyveg, Journal of Open Source Software, doi:10.21105/joss.02483"
    ],
    parameters: [],
    trial: ModuleTrial(.dryland, before: PatternTrial.pictures),
    examples: [
      #"{ "module": "ndvi_statistics" }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> NDVIStatisticsTable? {
    guard let name = scope.resultName(of: arguments, default: "ndvi_statistics"),
      let table = PatternTable.make("ndvi_statistics", arguments, in: scope)
    else { return nil }
    return NDVIStatisticsTable(name: name, table: table)
  }

  init(name: String, table: PatternTable) {
    self.name = name
    self.table = table
  }

  public func areas(on grid: Grid) throws -> [TableArea] { try table.areas(on: grid) }

  public func rows(_ inputs: [SamplePlane], of area: TableArea, at index: Int, layer: String) throws
    -> TableRows
  {
    TableRows(
      rows: table.rows(inputs, of: area, columns: columns.count) { made in
        let statistics = NDVIStatistics(ndvi: made.ndvi, blackAndWhite: made.blackAndWhite)
        return [statistics.mean, statistics.vegetationMean ?? .nan, Double(statistics.vegetationPixels)]
      })
  }
}
