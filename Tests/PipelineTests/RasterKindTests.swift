import GDAL
import JSON
import Raster
import Storage
import Testing

@testable import Pipeline

/// Rasters as other programs write them: what is missing in them, where their numbers and places stand, and which of
/// several layers is meant.
@Suite struct RasterKindTests {
  private static let count = RasterBench.width * RasterBench.height
  /// Pixels that are missing in most rasters here.
  private static let gaps: Set<Int> = [0, 17, 18, 50, 95]

  /// Numbers from 1 on, with another at the gaps.
  private static func samples<T: Numeric>(_ gap: T, _ number: (Int) -> T) -> [T] {
    (0..<count).map { gaps.contains($0) ? gap : number($0 + 1) }
  }

  /// The same as what should come out.
  private static func truth(_ number: (Int) -> Double) -> [Double] {
    (0..<count).map { gaps.contains($0) ? .nan : number($0 + 1) }
  }

  // MARK: Nodata

  @Test(
    arguments: [-9999.9, -3.4028235e+38, 1e20, 0.1, 3.4e38, -32768.5], ["catalogue", "config", "VRT", "tag"])
  func `a nodata value that Float does not hold exactly is missing, and is no data beside a scene`(
    _ nodata: Double, _ source: String
  ) async throws {
    let bench = try RasterBench()
    let isTag = source == "tag"
    // A scene of 12 columns, and one of another day 6 columns to the right.
    for (id, columns) in [("a", 0), ("b", 6)] {
      try bench.write(
        "\(id).tif", Self.samples(Float(nodata)) { Float($0) / 3 }, nodata: isTag ? nodata : nil,
        columns: columns)
      if source == "VRT" {
        try await bench.shell("gdal_translate -q -of VRT -a_nodata \(nodata) \(id).tif \(id).vrt")
      }
      let more = source == "catalogue" ? RasterBench.band(.number(nodata)) : JSONObject()
      try bench.add(
        id, day: id == "a" ? "2021-05-01" : "2021-05-03",
        ["red": ("\(id).\(source == "VRT" ? "vrt" : "tif")", more)])
    }
    let config = source == "config" ? #", "overrides": { "red": { "nodata": \#(nodata) } }"# : ""
    let layers = try await bench.run(more: config).layers
    #expect(layers.count == 2)
    let own = Self.truth { Double(Float($0) / 3) }
    for (layer, first) in zip(layers, [0, 6]) {
      let right = (0..<(18 * RasterBench.height)).map { place in
        let column = place % 18 - first
        return (0..<12).contains(column) ? own[place / 18 * 12 + column] : .nan
      }
      #expect(isSame(layer, right))
    }
  }

  @Test(arguments: ["\"nan\"", "-9999.9", "1e39"])
  func `words and numbers that no float can be in a config leave NaN missing`(_ nodata: String) async throws {
    let bench = try RasterBench()
    try bench.write("a.tif", Self.samples(Float.nan) { Float($0) })
    try bench.add("a", ["red": ("a.tif", [:])])
    let layers = try await bench.run(more: #", "overrides": { "red": { "nodata": \#(nodata) } }"#).layers
    #expect(isSame(layers.first, Self.truth { Double($0) }))
  }

  @Test(arguments: ["nan", "-9999", "65536", "-1", "1e20", "0.5", "inf"])
  func `a nodata value that no sample can have does not hide the file's own`(_ nodata: String) async throws {
    let bench = try RasterBench()
    try bench.write("a.tif", Self.samples(UInt16(0)) { UInt16($0) }, nodata: 0)
    try bench.add("a", ["red": ("a.tif", RasterBench.band(.string(nodata)))])
    #expect(isSame(try await bench.run().layers.first, Self.truth { Double($0) }))
  }

  // MARK: Masks

  /// Writes a raster with a second one beside it, 0 at the gaps, and makes its mask of it.
  private func mask(_ kind: String, _ type: SampleType, in bench: RasterBench) async throws {
    switch type {
    case .uint8: try bench.write("plain.tif", Self.samples(UInt8(77)) { UInt8($0) })
    case .int16: try bench.write("plain.tif", Self.samples(Int16(-77)) { Int16($0) })
    case .uint16: try bench.write("plain.tif", Self.samples(UInt16(7777)) { UInt16($0) })
    case .uint32: try bench.write("plain.tif", Self.samples(UInt32(7777)) { UInt32($0) })
    default: try bench.write("plain.tif", Self.samples(Float(0.5)) { Float($0) })
    }
    try bench.write("mask.tif", Self.samples(UInt8(0)) { _ in 255 })
    try LocalFiles.writeAtomically(bench.folder + "/two.vrt", text: Self.vrt(type, mask: false))
    switch kind {
    case "internal":
      try await bench.shell(
        "gdal_translate -q --config GDAL_TIFF_INTERNAL_MASK YES -b 1 -mask 2 two.vrt red.tif")
    case "internal, nodata 3 beside":
      try await bench.shell(
        "gdal_translate -q --config GDAL_TIFF_INTERNAL_MASK YES -a_nodata 3 -b 1 -mask 2 two.vrt red.tif")
    case ".msk":
      try await bench.shell(
        "gdal_translate -q --config GDAL_TIFF_INTERNAL_MASK NO -b 1 -mask 2 two.vrt red.tif")
    case "alpha":
      try await bench.shell("gdal_translate -q -colorinterp_2 alpha two.vrt red.tif")
    default:
      try LocalFiles.writeAtomically(bench.folder + "/red.tif", text: Self.vrt(type, mask: true))
    }
  }

  private static func vrt(_ type: SampleType, mask: Bool) -> String {
    let names: [SampleType: String] = [
      .uint8: "Byte", .int16: "Int16", .uint16: "UInt16", .uint32: "UInt32", .float32: "Float32",
    ]
    func band(_ number: String, _ type: String, _ file: String) -> String {
      "<VRTRasterBand dataType=\"\(type)\"\(number)><SimpleSource><SourceFilename relativeToVRT=\"1\">\(file)"
        + "</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
    }
    let first = band(" band=\"1\"", names[type] ?? "Byte", "plain.tif")
    let second =
      mask
      ? "<MaskBand>\(band("", "Byte", "mask.tif"))</MaskBand>"
      : band(" band=\"2\"", names[type] ?? "Byte", "mask.tif")
    return """
      <VRTDataset rasterXSize="12" rasterYSize="8"><SRS>EPSG:32632</SRS>
      <GeoTransform>600000, 10, 0, 5200000, 0, -10</GeoTransform>\(first)\(second)</VRTDataset>
      """
  }

  @Test(
    arguments: ["internal", "internal, nodata 3 beside", ".msk", "alpha", "mask band of a VRT"],
    [SampleType.uint8, .int16, .uint16, .uint32, .float32])
  func `what a mask leaves out is missing`(_ kind: String, _ type: SampleType)
    async throws
  {
    // GDAL takes an alpha band of bytes or of 16 bits for a mask.
    if kind == "alpha", type != .uint8, type != .uint16 { return }
    let bench = try RasterBench()
    try await mask(kind, type, in: bench)
    try bench.add("a", ["red": ("red.tif", [:])])
    let right = Self.truth { kind.contains("nodata") && $0 == 3 ? .nan : Double($0) }
    for more in ["", #", "mode": "copy""#, #", "mode": "copy", "copy": "area""#] {
      // A virtual raster under another name is none that is copied.
      if kind.hasPrefix("mask band"), more.hasSuffix(#""copy""#) { continue }
      let (layers, losses) = try await bench.run(more: more)
      #expect(isSame(layers.first, right), "\(more) \(losses)")
    }
    // Resampled by half a pixel: nothing of what is left out comes in.
    let area =
      #"{ "bbox": [600005, 5199925, 600115, 5199995], "bbox_crs": "EPSG:32632", "crs": "EPSG:32632", "resolution": 10 }"#
    let warped = try await bench.run(more: #", "resampling": "bilinear""#, area: area).layers
    let values = try #require(warped.first)
    #expect(values.contains { $0.isNaN } && values.contains { !$0.isNaN })
    #expect(values.allSatisfy { $0.isNaN || $0 > 0 && $0 < 97 })
  }
}
