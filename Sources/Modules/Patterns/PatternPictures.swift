internal import Engine
internal import Geo
internal import Glibc
internal import Patterns
internal import Raster

/// How pictures of vegetation are made of the variables of a cube: what `vegetation_image` says, and the modules that
/// look at its pictures go by.
struct PatternPictures: Sendable {
  /// Where sub-images lie.
  enum Coordinates: String, CaseIterable, Sendable {
    /// Where their pixels lie.
    case grid
    /// As if they covered the whole region, as in pyveg.
    case pyveg
  }

  /// The variables for red, green, blue and NDVI.
  let inputs: [String]
  let period: Period
  /// Pixels along a side of a sub-image.
  let tile: Int
  /// The length of a side of a region, in the units of the grid; nil for a size that fits.
  let regionSize: Double?
  let coordinates: Coordinates
  /// Where the centre of the region is said to lie, for names and pyveg's coordinates; nil for where it lies.
  let centre: (x: Double, y: Double)?
  /// What values of bands are multiplied by for the picture.
  let factor: Double
  /// The share of black pixels from which on a sub-image is refused.
  let blackLimit: Double

  /// The side of regions where the config says nothing and the area is larger: 18 sub-images of 50 pixels.
  static let usualRegion = 900

  /// What the modules take for each pixel besides the planes they are given: pictures, and copies on the way to them.
  static let scratchBytesPerPixel = 48

  /// A rectangle of the grid that is one picture.
  struct Region: Sendable {
    let index: Int
    let window: PixelWindow
    let layout: SubImageLayout
    /// In the coordinates of the grid.
    let centre: (x: Double, y: Double)
  }

  /// The regions of a grid, row by row; what is left over at the right and below is a region of its own where a
  /// sub-image fits in.
  func regions(on grid: Grid) throws(PatternFault) -> [Region] {
    var side = (width: Self.usualRegion, height: Self.usualRegion)
    if let regionSize {
      let pixels = (regionSize / abs(grid.transform.pixelWidth), regionSize / abs(grid.transform.pixelHeight))
      // What is not a whole number of pixels ends with the last whole one.
      side = (Int(min(pixels.0 + 1e-6, 1e9)), Int(min(pixels.1 + 1e-6, 1e9)))
    } else if max(grid.width, grid.height) <= Self.usualRegion * 5 / 4 {
      side = (grid.width, grid.height)
    }
    guard side.width >= tile, side.height >= tile else {
      throw PatternFault(
        "a region of \(regionSize.map { "\($0)" } ?? "the whole area") is \(side.width) by \(side.height) pixels: "
          + "no sub-image of \(tile) by \(tile) fits in; make \"region_size\" larger, or \"tile\" smaller")
    }
    var regions: [Region] = []
    for row in stride(from: 0, to: grid.height, by: side.height) {
      for column in stride(from: 0, to: grid.width, by: side.width) {
        let window = PixelWindow(
          column: column, row: row, width: min(side.width, grid.width - column),
          height: min(side.height, grid.height - row))
        let layout = SubImageLayout(width: window.width, height: window.height, size: tile)
        guard layout.count > 0 else { continue }
        let middle = grid.transform.map(
          column: Double(window.column) + Double(window.width) / 2,
          row: Double(window.row) + Double(window.height) / 2)
        regions.append(
          Region(index: regions.count, window: window, layout: layout, centre: (middle.x, middle.y)))
      }
    }
    guard !regions.isEmpty else {
      throw PatternFault(
        "the area of \(grid.width) by \(grid.height) pixels is smaller than a sub-image of \(tile) by \(tile): "
          + "widen \"area\", or make \"tile\" smaller")
    }
    guard let centre else { return regions }
    guard regions.count == 1 else {
      throw PatternFault("a \"centre\" is that of one region, and the area has \(regions.count)")
    }
    return regions.map { Region(index: 0, window: $0.window, layout: $0.layout, centre: centre) }
  }

  /// One feature a sub-image of a region, in order.
  func features(of region: Region, on grid: Grid, single: Bool) throws(PatternFault) -> [TableFeature] {
    guard coordinates == .grid || grid.crs.isGeographic else {
      throw PatternFault(
        "pyveg's coordinates are degrees, and the area is in \(grid.crs.name): use an area in EPSG:4326, or "
          + "\"coordinates\": \"grid\"")
    }
    return region.layout.subImages.map { subImage in
      let place = place(of: subImage, in: region, on: grid)
      let name = "sub\(subImage.index)"
      return TableFeature(
        id: single ? name : "region\(region.index)_\(name)", x: place.x, y: place.y,
        properties: [String(region.index), String(subImage.index)])
    }
  }

  /// The names of a feature's properties.
  static let properties = ["region", "sub_image"]

  /// The centre of a sub-image.
  func place(of subImage: SubImage, in region: Region, on grid: Grid) -> (x: Double, y: Double) {
    if coordinates == .pyveg {
      let size = regionSize ?? Double(region.window.width) * abs(grid.transform.pixelWidth)
      let centre = region.layout.pyvegCentre(
        of: subImage, longitude: region.centre.x, latitude: region.centre.y, regionSize: size)
      return (centre.longitude, centre.latitude)
    }
    let half = Double(subImage.size) / 2
    let place = grid.transform.map(
      column: Double(region.window.column + subImage.column) + half,
      row: Double(region.window.row + subImage.row) + half)
    return (place.x, place.y)
  }

  /// The pictures of one region in one layer.
  struct Pictures {
    let colour: ColourImage
    let ndvi: GreyImage
    let blackAndWhite: GreyImage
  }

  /// The picture of red, green and blue, which says whether there is anything to see.
  func colour(_ planes: [SamplePlane]) -> ColourImage {
    let values = planes.prefix(3).map { Array($0.samples(as: Float.self)) }
    return EightBitScale.colour(
      red: values[0], green: values[1], blue: values[2], width: planes[0].width, height: planes[0].height,
      factor: factor)
  }

  /// All pictures; nil where nothing is to be seen.
  ///
  /// - Parameter planes: of red, green, blue and NDVI; NaN is missing.
  func pictures(_ planes: [SamplePlane]) -> Pictures? {
    let colour = colour(planes)
    guard colour.fault(blackLimit: 1) == nil else { return nil }
    let ndvi = EightBitScale.ndvi(
      Array(planes[3].samples(as: Float.self)), width: planes[3].width, height: planes[3].height)
    return Pictures(
      colour: colour, ndvi: ndvi, blackAndWhite: VegetationSeparation.blackAndWhite(ndvi))
  }

  /// The date that pyveg's names have for a layer: the middle of its own periods, else the layer's label.
  func date(of layer: String) -> String {
    guard case .whole(let count, let unit) = period, let start = CalendarDate(layer) else { return layer }
    let end = unit == .days ? start.advanced(by: count) : start.addingMonths(count)
    return start.advanced(by: (end.daysSince1970 - start.daysSince1970) / 2).description
  }
}

/// Why there are no pictures of an area.
struct PatternFault: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension Double {
  /// With so many decimals, as C's "%.*f" has it: the exact value is rounded, not its product with a power of ten.
  func fixed(_ decimals: Int) -> String {
    var characters = [CChar](repeating: 0, count: 400)
    let count = withVaList([Int32(decimals), self]) { vsnprintf(&characters, characters.count, "%.*f", $0) }
    guard count > 0, count < characters.count else { return "\(self)" }
    return String(decoding: characters.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
