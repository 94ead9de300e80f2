import GDAL
import Geo
import JSON
import NetCDF
import Raster
import Storage
import TestSupport
import Testing

/// What is found in whole layers, and what is made of them beside the files of variables.
@Suite struct LayerResultsRunTests {
  private static let config = """
    { "pipeline": "p", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
      "output": { "location": "out", "formats": ["netcdf", "cog"], "pictures": {
        "colours": { "bands": ["red_month_median", "nir08_month_median", "red_month_median"], "per": "date",
          "stretch": "each", "animation": true } } },
      "resources": { "threads": 2, "chunk": 48 },
      "sequences": [{ "name": "s", "modules": [
        { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
        { "module": "composite", "of": ["red", "nir08"], "statistic": "median", "period": "month", "count": false },
        { "module": "threshold", "of": "nir08_month_median", "otsu": true, "as": "bright", "save": true },
        { "module": "threshold", "of": "nir08_month_median", "percentile": 100, "as": "top", "save": true },
        { "module": "sample", "of": "red_month_median", "as": "points", "points": [
          { "id": "far", "lon": 10, "lat": 50 }, { "id": "here", "lon": LON, "lat": LAT },
          { "id": "away", "lon": -100, "lat": 20 }] }] },
        { "name": "end", "depends_on": ["s"], "modules": [{ "module": "summary" }] }] }
    """

  @Test
  func `colours become GeoTIFF and animations, limits that were found are told, and so are places outside`()
    async throws
  {
    let bench = try await CommandBench()
    let box = try #require(try bench.json("archive/items.json")["features"]?.array?.first?["bbox"]?.array)
      .compactMap(\.double)
    try LocalFiles.writeAtomically(
      bench.folder + "/config.json",
      text: Self.config.replacing("LON", with: "\((box[0] + box[2]) / 2)").replacing(
        "LAT", with: "\((box[1] + box[3]) / 2)"))
    let result = try await bench.run("run", "config.json", "--progress", "none")
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors.contains(#"2 of 3 features lie outside the area and have no values: "far", "away""#),
      "\(result.errors)")
    let sequence = try #require(try bench.json("out/summary.json")["sequences"]?.array?.first)
    #expect(
      sequence["tables"]?.array?.first?["outside"]?.plain.text() == #"{"count":2,"ids":["far","away"]}"#)

    // The limit of each month stands in the summary and in the files.
    let module = try #require(sequence["modules"]?.array?.first { $0["variable"]?.string == "bright" })
    let limits = try #require(module["months"]?.array).map { $0["threshold"]?.double ?? .nan }
    #expect(limits.contains { $0 > 0 && $0 < 1 }, "\(limits)")
    let attribute = try await Self.threshold(bench.folder + "/out/s/bright.nc")
    #expect(attribute.map(\.bitPattern) == limits.map(\.bitPattern))

    // Nothing is above the greatest value.
    let top = try #require(sequence["modules"]?.array?.first { $0["variable"]?.string == "top" })
    #expect(top["months"]?.array?.allSatisfy { ($0["maximum"]?.double ?? 0) == 0 } == true)

    let picture = try #require(sequence["pictures"]?.array?.first)
    let layers = try #require(picture["layers"]?.array)
    #expect(picture["animation"]?.string == "quicklooks/s/colours.gif")
    #expect(
      try LocalFiles.readAll(bench.folder + "/out/quicklooks/s/colours.gif").starts(
        with: Array("GIF89a".utf8)))
    let listed = try bench.json("out/summary.json")["files"]?.array?.compactMap { $0["path"]?.string } ?? []
    // Each month has limits of its own.
    var scales: Set<String> = []
    for layer in layers {
      let path = try #require(layer["geotiff"]?.string)
      #expect(listed.contains(path))
      let image = try RasterDataset(opening: "\(bench.folder)/out/\(path)")
      let median = try RasterDataset(
        opening: "\(bench.folder)/out/s/red_month_median/\(layer["label"]?.string ?? "").tif")
      #expect(image.info.bands.count == 4)
      #expect(image.info.grid == median.info.grid)
      let drawn = try #require(
        ColourPicture(
          png: try LocalFiles.readAll("\(bench.folder)/out/\(layer["quicklook"]?.string ?? "")")))
      scales.insert(drawn.texts["apus-scale"] ?? "")
      #expect(try Self.difference(image, drawn) <= 1)
    }
    #expect(scales.count == layers.count && layers.count > 1, "\(scales)")
    // Nothing is left to compute, and what was found is still known.
    let again = try await bench.run("run", "config.json", "--progress", "none")
    #expect(again.status == 0, "\(again.errors)")
    let other = try #require(try bench.json("out/summary.json")["sequences"]?.array?.first)
    #expect(other["modules"]?.plain.text() == sequence["modules"]?.plain.text())
    #expect(other["pictures"]?.plain.text() == sequence["pictures"]?.plain.text())
  }

  /// The greatest difference between a GeoTIFF of colours and a picture with a legend, which is drawn of rounded values.
  private static func difference(_ image: borrowing RasterDataset, _ picture: ColourPicture) throws -> Int {
    let (width, height) = (image.info.width, image.info.height)
    let map = picture.cropped(width: width, height: height).samples
    var most = 0
    for band in 0..<4 {
      var samples = [UInt8](repeating: 7, count: width * height)
      try samples.withUnsafeMutableBytes {
        try image.read(
          band: band + 1, window: PixelWindow(column: 0, row: 0, width: width, height: height), as: .uint8,
          into: $0, rowStride: width)
      }
      for (pixel, sample) in samples.enumerated() {
        most = max(most, abs(Int(sample) - Int(map[4 * pixel + band])))
      }
    }
    return most
  }

  @NetCDFThread
  private static func threshold(_ path: String) throws -> [Double] {
    let attributes = try NetCDFFileReader(path).variable("bright").attributes
    guard case .doubles(let values) = attributes.first(where: { $0.name == "apus_threshold" })?.value else {
      return []
    }
    return values
  }
}
