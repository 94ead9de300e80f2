public import Engine
public import Geo
internal import JSON
internal import Patterns
public import Raster
internal import Storage

/// Pictures of an area in which vegetation is black and bare soil white (`vegetation_image`).
public struct VegetationImage: TableModule {
  public let name: String
  let pictures: PatternPictures
  private let writesSubImages: Bool

  public var inputs: [String] { pictures.inputs }
  public var scratchBytesPerPixel: Int { PatternPictures.scratchBytesPerPixel }
  public let columns = [
    TableColumn(name: "usable", longName: "whether there is a picture", isWhole: true),
    TableColumn(name: "black_fraction", longName: "share of pixels that are missing or black"),
    TableColumn(name: "vegetation_fraction", longName: "share of pixels that are vegetation"),
  ]

  public static let descriptor = ModuleDescriptor(
    name: "vegetation_image", shape: .table,
    summary: "Makes pictures in which vegetation is black and bare soil white, as pyveg does.",
    method:
      "Vegetation where equalised NDVI − mean of the 51 × 51 pixels around > 5, then the median of 3 × "
      + "3.",
    discussion: """
      For each region and layer: a picture of red, green and blue, one of NDVI, and one in black and white: the contrast \
      of NDVI is equalised (CLAHE, limit 2, 11 × 11 tiles), a pixel is vegetation where it is more than 5 above the mean of \
      the 51 × 51 pixels around it, and single pixels are removed (median of 3 × 3). The pictures are those of pyveg and \
      OpenCV, bit for bit. They stand beside the table as PNG files.

      What is missing counts as 0 in every band, and is black. A region of which nothing is to be seen, or whose picture \
      is grey (red, green and blue the same everywhere), has no pictures: `usable` is 0.

      `network_centrality` and `ndvi_statistics` look at the sub-images of these pictures, and follow this module.
      """,
    references: [
      "Buxton et al. 2021, Global Change Biology 28(2), doi:10.1111/gcb.15939",
      "Barlow et al. 2020, pyveg, Journal of Open Source Software, doi:10.21105/joss.02483",
    ],
    parameters: [
      ModuleParameter(
        "bands",
        .object([
          .init("red", .variable, "The variable for red."),
          .init("green", .variable, "The variable for green."),
          .init("blue", .variable, "The variable for blue."),
          .init("ndvi", .variable, "The variable for NDVI."),
        ]),
        "Which variables to use. By default the latest NDVI, and what is left of red, green and blue over the same period: "
          + "`red`, or a composite of it."),
      ModuleParameter("tile", .integer(8...1000), default: 50, "The side of sub-images, in pixels."),
      ModuleParameter(
        "region_size", .number(1e-9...1e9),
        "The side of a region, in degrees or in the units of the area. Each region is a picture of its own: contrast is "
          + "equalised over it. By default the whole area, or squares of 900 pixels where it is larger than 1125."
      ),
      ModuleParameter(
        "coordinates", .choice(PatternPictures.Coordinates.allCases.map(\.rawValue)), default: "grid",
        "Where sub-images are said to lie: where their pixels lie, or as in pyveg, which spreads them over the whole region."
      ),
      ModuleParameter(
        "centre", .list(of: .number(-1e9...1e9), atLeast: 2),
        "Where the centre of the region is said to lie: [longitude, latitude]."),
      ModuleParameter(
        "rgb_factor", .number(1e-9...1e9),
        "What red, green and blue are multiplied by for their picture, whose scale is meant for numbers in thousands: by "
          + "default 10000 for reflectances, 1 for raw numbers (\"scale\": \"none\")."),
      ModuleParameter(
        "black_limit", .number(0...1), default: 0.05,
        "The share of black pixels from which on a sub-image is refused."),
      ModuleParameter(
        "sub_images", .boolean, default: false, "Whether pictures of all sub-images are written, too."),
    ],
    trial: ModuleTrial(.dryland, before: PatternTrial.months),
    examples: [
      #"{ "module": "vegetation_image" }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> VegetationImage? {
    let before = scope.diagnostics.count
    let finder = PatternBands(arguments: arguments, scope: scope)
    guard let name = scope.resultName(of: arguments, default: "vegetation_image"), let found = finder.find()
    else { return nil }
    let centre = arguments.node("centre")?.array?.compactMap(\.double)
    if let centre, centre.count != 2 {
      scope.report("a centre is two numbers, [longitude, latitude]", at: "centre", of: arguments)
    }
    guard scope.diagnostics.count == before else { return nil }
    let pictures = PatternPictures(
      inputs: found.names, period: found.period, tile: arguments.integer("tile") ?? 50,
      regionSize: arguments.number("region_size"),
      coordinates: arguments.text("coordinates").flatMap(PatternPictures.Coordinates.init(rawValue:))
        ?? .grid,
      centre: centre.map { ($0[0], $0[1]) }, factor: arguments.number("rgb_factor") ?? found.factor,
      blackLimit: arguments.number("black_limit") ?? 0.05)
    scope.inform(pictures)
    return VegetationImage(
      name: name, pictures: pictures, writesSubImages: arguments.boolean("sub_images") ?? false)
  }

  init(name: String, pictures: PatternPictures, writesSubImages: Bool) {
    self.name = name
    self.pictures = pictures
    self.writesSubImages = writesSubImages
  }

  public func areas(on grid: Grid) throws -> [TableArea] {
    let regions = try pictures.regions(on: grid)
    return try regions.map { region in
      let whole = TableFeature(
        id: "region\(region.index)", x: region.centre.x, y: region.centre.y,
        properties: [Self.name(of: region, on: grid)])
      guard writesSubImages else { return TableArea(window: region.window, features: [whole]) }
      let parts = try pictures.features(of: region, on: grid, single: regions.count == 1)
      return TableArea(
        window: region.window,
        features: [whole]
          + parts.enumerated().map { index, part in
            TableFeature(
              id: part.id, x: part.x, y: part.y,
              properties: ["sub\(index)_\(part.x.fixed(3))_\(part.y.fixed(3))"])
          })
    }
  }

  /// What the names of a region's pictures have in common: where it lies.
  private static func name(of region: PatternPictures.Region, on grid: Grid) -> String {
    guard grid.crs.isGeographic else { return "region\(region.index)" }
    return [region.centre.x, region.centre.y].map { value in
      // As many decimals as it takes, four at most.
      var text = value.fixed(4)
      while text.hasSuffix("0"), !text.hasSuffix(".0") { text.removeLast() }
      return text
    }.joined(separator: "_")
  }

  public var properties: [String] { ["place"] }

  public func rows(_ inputs: [SamplePlane], of area: TableArea, at index: Int, layer: String) throws
    -> TableRows
  {
    guard let made = pictures.pictures(inputs) else {
      let black = Double(pictures.colour(inputs).blackPixels) / Double(area.window.count)
      return TableRows(rows: area.features.map { _ in [0, black, .nan] })
    }
    let date = pictures.date(of: layer)
    let region = area.features[0]
    var rows = TableRows(
      rows: [row(made, isUsable: true)], files: try files(made, "\(date)_\(region.properties[0])"))
    let layout = SubImageLayout(width: area.window.width, height: area.window.height, size: pictures.tile)
    for (subImage, feature) in zip(layout.subImages, area.features.dropFirst()) {
      let part = PatternPictures.Pictures(
        colour: made.colour.part(subImage), ndvi: made.ndvi.part(subImage),
        blackAndWhite: made.blackAndWhite.part(subImage))
      rows.rows.append(row(part, isUsable: part.colour.fault(blackLimit: pictures.blackLimit) == nil))
      rows.files += try files(part, "\(region.id)/\(date)/\(feature.properties[0])_\(date)")
    }
    return rows
  }

  private func row(_ made: PatternPictures.Pictures, isUsable: Bool) -> [Double] {
    let all = Double(made.ndvi.samples.count)
    let vegetation = made.blackAndWhite.samples.count { $0 == 0 }
    return [isUsable ? 1 : 0, Double(made.colour.blackPixels) / all, Double(vegetation) / all]
  }

  private func files(_ made: PatternPictures.Pictures, _ stem: String) throws -> [RunFile] {
    let (width, height) = (made.colour.width, made.colour.height)
    return [
      RunFile(
        path: stem + "_RGB.png",
        bytes: try PNGImage(width: width, height: height, colours: made.colour.samples).encoded()),
      RunFile(
        path: stem + "_NDVI.png",
        bytes: try PNGImage(width: width, height: height, colours: ColourImage(made.ndvi).samples).encoded()),
      RunFile(
        path: stem + "_BWNDVI.png",
        bytes: try PNGImage(width: width, height: height, grey: made.blackAndWhite.samples).encoded()),
    ]
  }
}
