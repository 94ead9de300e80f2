import Geo
import NetCDF
import Storage
import TestSupport
import Testing

@testable import Simulation

@Suite struct SwathArchiveTests {
  private func numbers(_ path: String, _ name: String) throws -> [Double] {
    let file = try GranuleFile(path)
    let variable = try #require(file.definition.variables.first { $0.path == name })
    return try file.numbers(variable)
  }

  @Test
  func `granules hold the known field where no flag says otherwise, and the same numbers for the same seed`()
    throws
  {
    NetCDFThread.prepareProcess()
    let folder = try TemporaryFolder()
    let start = try #require(CalendarDate("2024-08-01"))
    func make(_ name: String, seed: UInt64) throws -> String {
      let archive = try SwathArchive(
        directory: folder.file(name), count: 2, width: 48, height: 40, seed: seed, start: start)
      #expect(try archive.write() == folder.file("\(name)/swaths.json"))
      let files = try LocalFiles.list(folder.file("\(name)/granules")).sorted()
      #expect(files.count == 2 && files[1].contains("20240802T"))
      return folder.file("\(name)/granules/\(files[1])")
    }
    let path = try make("a", seed: 3)
    let (longitudes, latitudes) = (
      try numbers(path, "navigation_data/longitude"), try numbers(path, "navigation_data/latitude")
    )
    let (values, flags) = (
      try numbers(path, "geophysical_data/chlor_a"), try numbers(path, "geophysical_data/l2_flags")
    )
    // The middle lies near the coast of Virginia, and the swath is some 2600 km wide.
    let middle = 20 * 48 + 24
    #expect(abs(longitudes[middle] + 75) < 6 && abs(latitudes[middle] - 38) < 4)
    #expect((longitudes.max() ?? 0) - (longitudes.min() ?? 0) > 20)
    var count = 0
    for pixel in values.indices where flags[pixel] == 0 {
      let truth = SwathTruth.chlorophyll(longitude: longitudes[pixel], latitude: latitudes[pixel], day: 1)
      #expect(abs(values[pixel] / truth - 1) < 1e-6)
      count += 1
    }
    #expect(count > 300)
    // Land and clouds have no value.
    #expect(values.indices.allSatisfy { (Int(flags[$0]) & 0b10_0000_0010 != 0) == (values[$0] < 0) })
    #expect(try numbers(make("b", seed: 3), "geophysical_data/l2_flags") == flags)
    #expect(try numbers(make("c", seed: 4), "geophysical_data/l2_flags") != flags)
    #expect(throws: SimulationError.self) {
      _ = try SwathArchive(
        directory: folder.file("a"), count: 1, width: 48, height: 40, seed: 1, start: start
      ).write()
    }
  }
}
