internal import Engine
internal import Geo
internal import JSON
internal import Patterns
internal import Raster

/// What tables of sub-images have in common: areas, and which sub-images are refused.
struct PatternTable: Sendable {
  let pictures: PatternPictures

  /// What `vegetation_image` said; nil, with a report, where there is none before.
  static func make(_ module: String, _ arguments: ModuleArguments, in scope: ModuleScope) -> PatternTable? {
    guard let pictures = scope.known(PatternPictures.self) else {
      scope.report(
        "\"\(module)\" looks at the pictures of \"vegetation_image\", which is not before it", at: nil,
        of: arguments,
        suggestion: "put {\"module\": \"vegetation_image\"} before it")
      return nil
    }
    return PatternTable(pictures: pictures)
  }

  func areas(on grid: Grid) throws -> [TableArea] {
    let regions = try pictures.regions(on: grid)
    return try regions.map { region in
      TableArea(
        window: region.window,
        features: try pictures.features(of: region, on: grid, single: regions.count == 1))
    }
  }

  /// One row a sub-image; NaN for those that are refused, and for all where nothing is to be seen.
  func rows(
    _ inputs: [SamplePlane], of area: TableArea, columns: Int, most: Int = .max,
    _ row: (PatternPictures.Pictures) -> [Double]
  ) -> [[Double]] {
    let missing = [Double](repeating: .nan, count: columns)
    guard let made = pictures.pictures(inputs) else { return area.features.map { _ in missing } }
    let layout = SubImageLayout(width: area.window.width, height: area.window.height, size: pictures.tile)
    var taken = 0
    return layout.subImages.map { subImage in
      let colour = made.colour.part(subImage)
      guard taken < most, colour.fault(blackLimit: pictures.blackLimit) == nil else { return missing }
      taken += 1
      return row(
        PatternPictures.Pictures(
          colour: colour, ndvi: made.ndvi.part(subImage), blackAndWhite: made.blackAndWhite.part(subImage)))
    }
  }
}
