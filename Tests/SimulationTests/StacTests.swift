import GDAL
import Geo
import JSON
import Simulation
import Storage
import TestSupport
import Testing

@Suite("STAC of simulated archives")
struct StacTests {
  @Test
  func
    `items have what STAC 1.0 and its projection, raster and eo extensions ask for, and agree with the files`()
    throws
  {
    let folder = try TemporaryFolder()
    _ = try ArchiveSimulator(directory: folder.path, dates: 4, width: 64, height: 48).write()
    let archive = try ArchiveReader(folder.path)
    #expect(archive.items["type"]?.string == "FeatureCollection")
    let features = try #require(archive.items["features"]?.array)
    #expect(Set(features.compactMap { $0["id"]?.string }).count == features.count)
    for item in features {
      #expect(item["type"]?.string == "Feature")
      #expect(item["stac_version"]?.string == "1.0.0")
      #expect(item["collection"]?.string == "landsat-c2-l2")
      #expect(item["links"]?.array != nil)
      let properties = try #require(item["properties"])
      #expect(properties["platform"]?.string == "landsat-8")
      #expect(properties["proj:epsg"]?.integer == 32719)
      let transform = try #require(properties["proj:transform"]?.numbers)
      let shape = try #require(properties["proj:shape"]?.integers)
      for member in try #require(item["assets"]?.members) {
        let href = try #require(member.node["href"]?.string)
        #expect(href.hasPrefix("./"))
        let dataset = try RasterDataset(opening: folder.path + "/" + href)
        let grid = try #require(dataset.info.grid)
        #expect(grid.crs.authorityCode == "EPSG:32719")
        #expect([grid.height, grid.width] == shape)
        let file = grid.transform
        #expect(
          transform == [
            file.pixelWidth, file.rowShear, file.originX, file.columnShear, file.pixelHeight, file.originY,
          ]
        )
        // USGS' pixel phase.
        #expect(file.originX.truncatingRemainder(dividingBy: 30) == 15)
        #expect(file.originY.truncatingRemainder(dividingBy: 30) == 15)
        let band = try #require(dataset.info.bands.first)
        let raster = try #require(member.node["raster:bands"]?.array?.first)
        #expect(raster["data_type"]?.string == "\(band.type)")
        #expect(raster["nodata"]?.double == band.nodata)
        #expect(band.compression == "DEFLATE")
        // Scale and offset are the catalogue's to tell, as in the real collection.
        #expect(band.scale == nil && band.offset == nil)
        let isQuality = member.key == "qa_pixel"
        #expect(raster["scale"]?.double == (isQuality ? nil : 2.75e-5))
        #expect(raster["offset"]?.double == (isQuality ? nil : -0.2))
        if !isQuality {
          #expect(member.node["eo:bands"]?.array?.first?["common_name"]?.string == member.key)
        }
      }
    }
  }

  @Test
  func `an item's geometry is closed, anticlockwise, inside its box and around its data`() throws {
    let folder = try TemporaryFolder()
    let simulator = try ArchiveSimulator(directory: folder.path, dates: 4, width: 64, height: 48)
    _ = try simulator.write()
    let archive = try ArchiveReader(folder.path)
    let geographic = try SpatialReference.parse("EPSG:4326")
    let items = try #require(archive.items["features"]?.array)
    try #require(!items.isEmpty && items.count == archive.scenes.count)
    for (item, scene) in zip(items, archive.scenes) {
      let box = try #require(item["bbox"]?.numbers)
      let ring = try #require(item["geometry"]?["coordinates"]?.array?.first?.array).compactMap(\.numbers)
      #expect(ring.first == ring.last)
      let area = zip(ring, ring.dropFirst()).reduce(0) { $0 + $1.0[0] * $1.1[1] - $1.1[0] * $1.0[1] }
      #expect(area > 0)
      #expect(ring.map { $0[0] }.min() == box[0] && ring.map { $0[0] }.max() == box[2])
      #expect(ring.map { $0[1] }.min() == box[1] && ring.map { $0[1] }.max() == box[3])
      // The centre of every pixel with data lies in the box.
      let samples = try archive.samples(scene, "qa_pixel")
      let part = simulator.grid.part(scene.window)
      let data = samples.indices.filter { samples[$0] != 1 }
      #expect(!data.isEmpty)
      var x = data.map { part.columnCentres[$0 % scene.window.width] }
      var y = data.map { part.rowCentres[$0 / scene.window.width] }
      try SpatialReference.transform(x: &x, y: &y, from: simulator.grid.crs, to: geographic)
      #expect(x.allSatisfy { $0 >= box[0] && $0 <= box[2] })
      #expect(y.allSatisfy { $0 >= box[1] && $0 <= box[3] })
    }
  }

  @Test
  func `the collection covers all items in place and time`() throws {
    let folder = try TemporaryFolder()
    _ = try ArchiveSimulator(directory: folder.path, dates: 4, width: 64, height: 48).write()
    let archive = try ArchiveReader(folder.path)
    let collection = try JSONParser.parse(LocalFiles.readAll(folder.path + "/collection.json"))
    #expect(collection["type"]?.string == "Collection")
    #expect(collection["id"]?.string == "landsat-c2-l2")
    #expect(collection["license"]?.string != nil)
    let extent = try #require(collection["extent"])
    let interval = try #require(extent["temporal"]?["interval"]?.array?.first?.strings)
    #expect(
      interval == [
        archive.scenes.map(\.instant).min()?.description, archive.scenes.map(\.instant).max()?.description,
      ]
    )
    let box = try #require(extent["spatial"]?["bbox"]?.array?.first?.numbers)
    for item in try #require(archive.items["features"]?.array) {
      let inner = try #require(item["bbox"]?.numbers)
      #expect(inner[0] >= box[0] && inner[1] >= box[1] && inner[2] <= box[2] && inner[3] <= box[3])
    }
  }
}
