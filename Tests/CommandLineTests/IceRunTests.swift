import GDAL
import Geo
import JSON
import NetCDF
import Storage
import TestSupport
import Testing

/// The whole chain over simulated ice: masks, classes, albedo, the look-up of parameters, melt; against the truth.
@Suite struct IceRunTests {
  private static let (width, height) = (112, 80)

  @NetCDFThread
  private static func values(_ path: String, _ variable: String) throws -> [Double] {
    let reader = try NetCDFFileReader(path)
    defer { try? reader.close() }
    return try reader.doubles(variable)
  }

  private func truth<Sample: BitwiseCopyable>(_ path: String, _ fill: Sample) throws -> [Sample] {
    let dataset = try RasterDataset(opening: path)
    var samples = [Sample](repeating: fill, count: Self.width * Self.height)
    try samples.withUnsafeMutableBytes {
      try dataset.read(
        band: 1, window: PixelWindow(column: 0, row: 0, width: Self.width, height: Self.height),
        as: dataset.info.bands[0].type, into: $0, rowStride: Self.width)
    }
    return samples
  }

  @Test func `classes and parameters are those of the simulator, whatever the chunks`() async throws {
    let folder = try TemporaryFolder()
    try await Program(
      [Project.apus, "simulate", "ice", "--ice", "--dates", "2", "--size", "\(Self.width)x\(Self.height)"],
      in: folder.path
    ).output()
    var former: [String: [UInt64]]?
    for (threads, chunk) in [("1", 112), ("2", 33)] {
      let config = try String(decoding: LocalFiles.readAll(folder.file("ice/ice.json")), as: UTF8.self)
        .replacing("\"pipeline\"", with: "\"resources\": { \"chunk\": \(chunk) }, \"pipeline\"")
      try LocalFiles.writeAtomically(folder.file("ice/\(threads).json"), text: config)
      let result = try await Program(
        [
          Project.apus, "run", "ice/\(threads).json", "--threads", threads, "--output", "out\(threads)",
          "--progress", "none",
        ], in: folder.path
      ).run()
      #expect(result.status == 0, "\(result.errors)")
      var data: [String: [UInt64]] = [:]
      for day in ["2021-06-01", "2021-06-06"] {
        for name in ["surface_class", "albedo", "density", "glacier_algae", "dust", "distance", "melt"] {
          data["\(day) \(name)"] = try await Self.values(
            folder.file("out\(threads)/ice/\(day).nc"), name
          )
          .map(\.bitPattern)
        }
      }
      if let former { #expect(data == former) }
      former = data
    }
    let data = try #require(former)
    for day in ["2021-06-01", "2021-06-06"] {
      let classes = try truth(folder.file("ice/truth/\(day)_class.tif"), UInt8(0))
      let found = try #require(data["\(day) surface_class"]).map { Double(bitPattern: $0) }
      #expect(Set(classes).count >= 6)
      #expect(zip(found, classes).allSatisfy { $1 == 0 ? $0.isNaN || $0 == 255 : $0 == Double($1) })
      for name in ["density", "glacier_algae", "dust"] {
        let expected = try truth(folder.file("ice/truth/\(day)_\(name).tif"), Float(0))
        let found = try #require(data["\(day) \(name)"]).map { Double(bitPattern: $0) }
        #expect(expected.contains { !$0.isNaN })
        #expect(zip(found, expected).allSatisfy { $0 == Double($1) || $0.isNaN && $1.isNaN })
      }
      let melt = try #require(data["\(day) melt"]).map { Double(bitPattern: $0) }
      #expect(zip(melt, classes).allSatisfy { $0.isNaN == ($1 == 0) && ($0.isNaN || $0 > 0) })
    }
  }

  @Test func `the summary counts what each mask rejects, and pixels and area of each class`() async throws {
    let folder = try TemporaryFolder()
    try await Program(
      [Project.apus, "simulate", "ice", "--ice", "--dates", "1", "--size", "\(Self.width)x\(Self.height)"],
      in: folder.path
    ).output()
    let result = try await Program(
      [Project.apus, "run", "ice/ice.json", "--output", "out", "--progress", "none"], in: folder.path
    ).run()
    #expect(result.status == 0, "\(result.errors)")
    let classes = try truth(folder.file("ice/truth/2021-06-01_class.tif"), UInt8(0))
    let cloud = try truth(folder.file("ice/S2_22WEV_2021-06-01/CLDPRB.tif"), UInt8(0))
    let ice = try truth(folder.file("ice/ice/ice_mask.tif"), UInt8(0))
    let summary = try JSONParser.parse(LocalFiles.readAll(folder.file("out/summary.json")))
    let modules = summary["sequences"]?.array?.first?["modules"]?.array ?? []
    func pixels(_ variable: String, _ meaning: String) -> Int? {
      let module = modules.first { $0["variable"]?.string == variable }
      let classes = module?["dates"]?.array?.first?["classes"]?.array
      return classes?.first { $0["meaning"]?.string == meaning }?["pixels"]?.integer
    }
    #expect(pixels("not_ice", "rejected") == ice.count { $0 != 1 })
    #expect(pixels("cloudy", "rejected") == cloud.count { $0 >= 20 })
    for (name, value) in [("snow", 1), ("water", 2), ("cryoconite", 3), ("clean_ice", 4), ("light_algae", 5)]
    {
      #expect(pixels("surface_class", name) == classes.count { Int($0) == value })
    }
  }
}
