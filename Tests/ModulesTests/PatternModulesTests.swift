import Engine
import Geo
import JSON
import Modules
import Patterns
import Raster
import Storage
import Testing

/// Pictures of vegetation, and tables of their sub-images, as modules of a sequence.
@Suite struct PatternModulesTests {
  private func bench(_ bands: [String] = ["red", "green", "blue", "nir08"]) throws -> ModuleBench {
    let bench = try ModuleBench(bands: bands)
    _ = try bench.make(NDVI.self, #"{"module": "ndvi"}"#)
    return bench
  }

  private func image(_ more: String = "", _ bench: ModuleBench) throws -> VegetationImage? {
    try bench.make(VegetationImage.self, "{\"module\": \"vegetation_image\"\(more)}")
  }

  private func grid(_ width: Int, _ height: Int, isGeographic: Bool = true, pixel: Double = 0.0001) -> Grid {
    Grid(
      crs: CoordinateReference(wkt: "", authorityCode: "EPSG:4326", isGeographic: isGeographic),
      transform: AffineTransform(originX: 27.9, originY: 11.62, pixelWidth: pixel, pixelHeight: -pixel),
      width: width, height: height)
  }

  /// Red, green and blue in thousands and NDVI, with bands of vegetation.
  private func planes(_ width: Int, _ height: Int, missing: (Int, Int) -> Bool = { _, _ in false })
    -> [SamplePlane]
  {
    (0..<4).map { band in
      let plane = SamplePlane()
      plane.reshape(type: .float32, width: width, height: height)
      let samples = plane.samples(as: Float.self)
      for row in 0..<height {
        for column in 0..<width {
          let bands: Int = (column * 5 + row * 3) % 97 * 40 / 97
          let noise: Int = (column * column * 31 + row * row * 17) % 13
          let green = bands + noise
          let reflectance: Double = 0.05 * Double(band + 1) + 0.001 * Double(green)
          let value: Float = band == 3 ? Float(green) / 100 : Float(reflectance)
          samples[row * width + column] = missing(column, row) ? .nan : value
        }
      }
      return plane
    }
  }

  @Test func `tables have the numbers of the pictures' sub-images, and pyveg's names and places`() throws {
    let bench = try bench()
    let module = try #require(
      try image(#", "coordinates": "pyveg", "region_size": 0.08"#, bench), "\(bench.mistakes)")
    #expect(module.inputs == ["red", "green", "blue", "ndvi"])
    let centrality = try #require(
      try bench.make(NetworkCentrality.self, #"{"module": "network_centrality"}"#))
    let greenness = try #require(
      try bench.make(NDVIStatisticsTable.self, #"{"module": "ndvi_statistics"}"#))
    let grid = grid(120, 170)
    let areas = try centrality.areas(on: grid)
    #expect(areas.count == 1 && areas[0].window == grid.window)
    #expect(areas[0].features.map(\.id) == ["sub0", "sub1", "sub2", "sub3", "sub4", "sub5"])
    // Two columns of three over the region, whatever part of it they cover.
    #expect(abs(areas[0].features[4].x - (27.906 + 0.02)) < 1e-9)
    #expect(abs(areas[0].features[4].y - 11.6115) < 1e-9)

    let inputs = planes(120, 170)
    let values = inputs.map { Array($0.samples(as: Float.self)) }
    let ndvi = EightBitScale.ndvi(values[3], width: 120, height: 170)
    let blackAndWhite = VegetationSeparation.blackAndWhite(ndvi)
    let rows = try centrality.rows(inputs, of: areas[0], at: 0, layer: "2018-03-01")
    let means = try greenness.rows(inputs, of: areas[0], at: 0, layer: "2018-03-01").rows
    for (index, subImage) in SubImageLayout(width: 120, height: 170).subImages.enumerated() {
      let vector = FeatureVector(SubgraphCentrality(blackAndWhite.part(subImage)))
      #expect(Array(rows.rows[index].suffix(20)) == vector.elements)
      #expect(rows.rows[index][0] == vector.offset50 && rows.rows[index][4] == vector.standardDeviation)
      let statistics = NDVIStatistics(ndvi: ndvi.part(subImage), blackAndWhite: blackAndWhite.part(subImage))
      #expect(
        means[index] == [
          statistics.mean, try #require(statistics.vegetationMean), Double(statistics.vegetationPixels),
        ])
    }
    #expect(rows.files.map(\.path) == ["2018-03-01_region0_offset50.png"])
    // Sub-images go down first, a raster's pixels along its rows.
    let raster = try #require(rows.rasters.first)
    #expect(raster.path == "2018-03-01_region0_offset50.tif")
    #expect(raster.columns == 2 && raster.rows == 3 && raster.side == 50)
    #expect(raster.values == [0, 3, 1, 4, 2, 5].map { Float(rows.rows[$0][0]) })
    let own = raster.grid(in: grid)
    #expect(own.transform.pixelWidth == 50 * grid.transform.pixelWidth && own.bounds.maxY == grid.bounds.maxY)

    let pictures = try module.rows(
      inputs, of: try #require(module.areas(on: grid).first), at: 0, layer: "2018-03-01")
    #expect(
      pictures.files.map(\.path) == ["RGB", "NDVI", "BWNDVI"].map { "2018-03-01_27.906_11.6115_\($0).png" })
    #expect(
      try pictures.files[2].bytes == PNGImage(width: 120, height: 170, grey: blackAndWhite.samples).encoded())
    let colour = EightBitScale.colour(
      red: values[0], green: values[1], blue: values[2], width: 120, height: 170, factor: 10_000)
    #expect(
      try pictures.files[0].bytes == PNGImage(width: 120, height: 170, colours: colour.samples).encoded())
    #expect(pictures.rows[0][0] == 1 && pictures.rows[0][1] == 0)
  }

  @Test func `large areas are cut into regions, each a picture of its own`() throws {
    let bench = try bench()
    _ = try #require(try image(#", "region_size": 2000, "tile": 40"#, bench))
    let module = try #require(try bench.make(NetworkCentrality.self, #"{"module": "network_centrality"}"#))
    // 200 pixels of 10 m a region; 30 are left over at the right, too few for a sub-image, 45 below.
    let areas = try module.areas(on: grid(430, 245, isGeographic: false, pixel: 10))
    #expect(
      areas.map { [$0.window.column, $0.window.row, $0.window.width, $0.window.height] } == [
        [0, 0, 200, 200], [200, 0, 200, 200], [0, 200, 200, 45], [200, 200, 200, 45],
      ])
    #expect(areas.map(\.features.count) == [25, 25, 5, 5])
    #expect(areas[2].features[0].id == "region2_sub0" && areas[2].features[0].properties == ["2", "0"])
    #expect(areas[1].features[0].x == 27.9 + 2200)
    // The usual regions of an area of the size of a scene.
    let scene = try bench.make(VegetationImage.self, #"{"module": "vegetation_image", "as": "whole"}"#)
    let regions = try #require(scene).areas(on: grid(10_980, 10_980, isGeographic: false, pixel: 10))
    #expect(regions.count == 169 && regions.allSatisfy { $0.window.width <= 900 && $0.window.height <= 900 })
  }

  @Test func `sub-images that are missing in part have no numbers, regions without anything no pictures`()
    throws
  {
    let bench = try bench()
    let module = try #require(try image(#", "sub_images": true"#, bench))
    let table = try #require(try bench.make(NetworkCentrality.self, #"{"module": "network_centrality"}"#))
    let grid = grid(100, 50)
    // 125 pixels of the first, 124 of the second.
    let inputs = planes(100, 50) { column, row in
      column < 50 ? row * 50 + column < 125 : row * 50 + column - 50 < 124
    }
    let rows = try table.rows(inputs, of: try table.areas(on: grid)[0], at: 0, layer: "2018-03-01").rows
    #expect(rows[0].allSatisfy(\.isNaN) && !rows[1].contains(where: \.isNaN))
    let area = try module.areas(on: grid)[0]
    let whole = try module.rows(inputs, of: area, at: 0, layer: "2018-03-01")
    #expect(whole.rows.map { $0[0] } == [1, 0, 1] && whole.rows[1][1] == 0.05)
    #expect(whole.files.count == 9)
    #expect(whole.files[3].path == "region0/2018-03-01/sub0_27.902_11.617_2018-03-01_RGB.png")
    let nothing = planes(100, 50) { _, _ in true }
    let empty = try module.rows(nothing, of: area, at: 0, layer: "2018-03-01")
    #expect(empty.files.isEmpty && empty.rows.allSatisfy { $0[0] == 0 && $0[1] == 1 && $0[2].isNaN })
    let numbers = try table.rows(nothing, of: try table.areas(on: grid)[0], at: 0, layer: "2018-03-01").rows
    #expect(numbers.allSatisfy { $0.allSatisfy(\.isNaN) })
    // The same in red, green and blue: no picture of a landscape.
    var grey = planes(100, 50)
    grey[0] = grey[1]
    grey[2] = grey[1]
    #expect(try module.rows(grey, of: area, at: 0, layer: "2018-03-01").rows[0][0] == 0)
  }

  @Test func `the medians of pyveg's periods are found, and their middle days name pictures`() throws {
    let bench = try bench()
    let composite =
      #"{"module": "composite", "of": ["red", "green", "blue", "nir08"], "statistic": "median", "period": "1m", "as": "m"}"#
    _ = try #require(try bench.make(Composite.self, composite), "\(bench.mistakes)")
    _ = try bench.make(
      NDVI.self, #"{"module": "ndvi", "as": "m_ndvi", "bands": {"red": "m_red", "nir": "m_nir08"}}"#)
    let module = try #require(try image("", bench), "\(bench.mistakes)")
    #expect(module.inputs == ["m_red", "m_green", "m_blue", "m_ndvi"])
    let area = try module.areas(on: grid(50, 50))[0]
    let rows = try module.rows(planes(50, 50), of: area, at: 0, layer: "2018-01-31")
    #expect(rows.files[0].path == "2018-02-14_27.9025_11.6175_RGB.png")
  }

  @Test(
    arguments: [
      (#", "centre": [1, 2, 3]"#, "two numbers"), (#", "bands": {"ndvi": "nvdi"}"#, "did you mean \"ndvi\"?"),
      (#", "bands": {"red": "qa_pixel"}"#, "no raster of values"),
    ])
  func `what cannot be is reported`(more: String, message: String) throws {
    let bench = try bench(["red", "green", "blue", "nir08", "qa_pixel"])
    #expect(try image(more, bench) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
  }

  @Test func `tables follow pictures, pictures NDVI, and areas hold a sub-image`() throws {
    let none = try ModuleBench(bands: ["red", "green", "blue", "nir08"])
    #expect(try image("", none) == nil)
    #expect(none.mistakes[0].contains("needs NDVI"))
    let first = try bench()
    #expect(try first.make(NetworkCentrality.self, #"{"module": "network_centrality"}"#) == nil)
    #expect(first.mistakes[0].contains("\"vegetation_image\", which is not before it"))
    let second = try bench()
    let module = try #require(try image(#", "coordinates": "pyveg""#, second))
    #expect(throws: (any Error).self) { try module.areas(on: grid(49, 500)) }
    let table = try #require(try second.make(NetworkCentrality.self, #"{"module": "network_centrality"}"#))
    let error = #expect(throws: (any Error).self) {
      try table.areas(on: grid(100, 100, isGeographic: false, pixel: 10))
    }
    #expect("\(try #require(error))".contains("pyveg's coordinates are degrees"))
    #expect(
      try second.make(
        NetworkCentrality.self, #"{"module": "network_centrality", "as": "n", "neighbours": 5}"#) == nil)
    #expect(second.mistakes[0].contains("4 or 8"))
  }
}
