public import Engine
public import Geo
internal import JSON
internal import Patterns
public import Raster
internal import Storage

/// The shape of vegetation patterns in numbers (`network_centrality`).
public struct NetworkCentrality: TableModule {
  public let name: String
  private let table: PatternTable
  private let neighbours: SubgraphCentrality.Neighbours
  private let most: Int

  /// Elements of the feature vector.
  static let elements = 20

  public var inputs: [String] { table.pictures.inputs }
  public var properties: [String] { PatternPictures.properties }
  public var scratchBytesPerPixel: Int { PatternPictures.scratchBytesPerPixel }
  public let columns =
    [
      TableColumn(
        name: "offset50", longName: "change of pixels minus edges from the 50 % to the 95 % most central"),
      TableColumn(name: "offset", longName: "change of pixels minus edges up to the 95 % most central"),
      TableColumn(name: "slope", longName: "mean change of pixels minus edges from one element to the next"),
      TableColumn(name: "mean", longName: "mean of the feature vector"),
      TableColumn(name: "std", longName: "standard deviation of the feature vector"),
    ]
    + (0..<elements).map { index in
      TableColumn(
        name: elementName(index),
        longName: "pixels minus edges of the \(index * 5) % most central white pixels",
        isWhole: true)
    }

  static func elementName(_ index: Int) -> String { "feature_\(index < 10 ? "0" : "")\(index)" }

  public static let descriptor = ModuleDescriptor(
    name: "network_centrality", shape: .table,
    summary:
      "Tells the shapes of vegetation patterns (gaps, labyrinths, spots) by the centrality of their pixels.",
    method:
      "centrality of pixel i = Σ over k of (closed walks of k steps from i) / k! = (exp A)ᵢᵢ; "
      + "`offset50` = last − middle element of the feature vector.",
    discussion: """
      The white pixels (bare soil) of each sub-image of `vegetation_image` are the vertices of a graph, pixels that touch \
      its edges. The subgraph centrality of a pixel is the sum over k of its closed walks of k steps, over k!; walks are \
      counted exactly. Element i of the feature vector is the number of pixels minus the number of edges among the \
      i · 5 % most central pixels, and `offset50`, its last element minus the middle one, tells patterns apart. Pixels of \
      equal centrality are taken in the order of rows: results are the same on every machine, and those of pyveg \
      wherever pyveg's own do not depend on rounding.

      A sub-image whose picture is grey, or of which 5 % are missing (`black_limit`), has no numbers. Where there is nearly no \
      vegetation, `offset50` says nothing; see `vegetation_pixels` of `ndvi_statistics`.

      A picture of `offset50`, one square a sub-image from black (−1 a pixel of half a sub-image) to white (0), stands beside the table, and a raster of it (GeoTIFF, a pixel a sub-image).
      """,
    references: [
      "Estrada & Rodríguez-Velázquez 2005, Physical Review E 71:056103",
      "Mander et al. 2017, Royal Society Open Science 4:160443",
    ],
    parameters: [
      ModuleParameter(
        "neighbours", .integer(4...8), default: 4,
        "Which pixels touch: 4, those above, below, left and right, or 8, those at the corners, too."),
      ModuleParameter(
        "sub_images", .integer(-1...1_000_000), default: -1,
        "How many sub-images of each region to look at, from the first that is not refused; -1 for all."),
    ],
    trial: ModuleTrial(.dryland, before: PatternTrial.pictures),
    examples: [
      #"{ "module": "network_centrality" }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> NetworkCentrality? {
    let before = scope.diagnostics.count
    let neighbours = SubgraphCentrality.Neighbours(rawValue: arguments.integer("neighbours") ?? 4)
    if neighbours == nil { scope.report("a pixel has 4 or 8 neighbours", at: "neighbours", of: arguments) }
    let most = arguments.integer("sub_images") ?? -1
    if most == 0 {
      scope.report(
        "of no sub-image there is nothing to say", at: "sub_images", of: arguments, suggestion: "-1 for all")
    }
    guard let name = scope.resultName(of: arguments, default: "network_centrality"),
      let table = PatternTable.make("network_centrality", arguments, in: scope), let neighbours,
      scope.diagnostics.count == before
    else { return nil }
    return NetworkCentrality(name: name, table: table, neighbours: neighbours, most: most < 0 ? .max : most)
  }

  init(name: String, table: PatternTable, neighbours: SubgraphCentrality.Neighbours, most: Int) {
    self.name = name
    self.table = table
    self.neighbours = neighbours
    self.most = most
  }

  public func areas(on grid: Grid) throws -> [TableArea] { try table.areas(on: grid) }

  public func rows(_ inputs: [SamplePlane], of area: TableArea, at index: Int, layer: String) throws
    -> TableRows
  {
    let rows = table.rows(inputs, of: area, columns: columns.count, most: most) { made in
      let vector = FeatureVector(
        SubgraphCentrality(made.blackAndWhite, neighbours: neighbours), count: Self.elements)
      return [vector.offset50, vector.offset, vector.slope, vector.mean, vector.standardDeviation]
        + vector.elements
    }
    let stem = "\(table.pictures.date(of: layer))_region\(index)_offset50"
    let offsets = rows.map { $0[0] }
    return TableRows(
      rows: rows, files: [RunFile(path: stem + ".png", bytes: try picture(offsets, area).encoded())],
      rasters: [raster(offsets, area, stem + ".tif")])
  }

  private func raster(_ values: [Double], _ area: TableArea, _ path: String) -> TableRaster {
    let layout = SubImageLayout(
      width: area.window.width, height: area.window.height, size: table.pictures.tile)
    return TableRaster(
      path: path, column: area.window.column, row: area.window.row, side: layout.size,
      columns: layout.columns, rows: layout.rows,
      values: (0..<(layout.columns * layout.rows)).map { place in
        Float(values[place % layout.columns * layout.rows + place / layout.columns])
      })
  }

  /// A square of so many pixels stands for a sub-image.
  private static let square = 8

  private func picture(_ values: [Double], _ area: TableArea) -> PNGImage {
    let layout = SubImageLayout(
      width: area.window.width, height: area.window.height, size: table.pictures.tile)
    // The last colour is that of what is missing.
    let palette =
      (0..<255).map { PNGImage.Colour(UInt8($0), UInt8($0), UInt8($0)) } + [.init(0, 0, 0, alpha: 0)]
    let darkest = Double(layout.size * layout.size) / 2
    let indices = values.map { value -> UInt8 in
      value.isNaN ? 255 : UInt8(min(max(254 * (1 + value / darkest), 0), 254))
    }
    let (width, height) = (layout.columns * Self.square, layout.rows * Self.square)
    return PNGImage(
      width: width, height: height, palette: palette,
      indices: (0..<(width * height)).map { place in
        indices[place % width / Self.square * layout.rows + place / width / Self.square]
      })
  }
}
