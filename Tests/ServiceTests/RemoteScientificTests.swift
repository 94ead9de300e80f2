import Foundation
import Storage
import TestSupport
import Testing

/// netCDF, HDF5, HDF4 and Zarr behind a web server.
@Suite struct RemoteScientificTests {
  /// Writes the archive's rasters in another format beside the catalogue, and a catalogue that names them on the
  /// server.
  ///
  /// - Parameters:
  ///   - href: the reference of a file of this address and GDAL name of its one variable.
  private func prepare(
    _ bench: RemoteBench, format: [String], ending: String, download: [String: Any], isPlaced: Bool,
    href: @Sendable (String) -> String = { $0 }
  ) async throws {
    let folder = try await RemoteBench.archivePath
    var sources: [(from: String, to: String)] = []
    try await bench.write(download, isPlaced: isPlaced) { _, asset in
      guard let old = asset["href"] as? String, let place = old.range(of: "/archive/"),
        old.lowercased().hasSuffix(".tif")
      else { return }
      let name = String(old[place.upperBound...])
      let new = name.dropLast(4).replacingOccurrences(of: "/", with: "-") + ending
      sources.append(("\(folder)/\(name)", "\(bench.folder)/served/\(new)"))
      asset["href"] = href(
        "\(old[..<place.lowerBound])/\(new)".replacingOccurrences(of: "account/container", with: "served"))
    }
    try #require(!sources.isEmpty)
    try LocalFiles.createDirectory(bench.folder + "/served")
    for (from, to) in sources {
      try await Program(["gdal_translate", "-q", "-of"] + format + [from, to]).output()
    }
  }

  private func bench(_ options: [String] = []) async throws -> RemoteBench {
    try await RemoteBench(options, servingOwnFolder: true)
  }

  @Test(arguments: [
    ("stream", true), ("stream", false), ("copy", true), ("copy", false),
  ])
  func `net CDF files give the same pixels`(mode: String, isPlaced: Bool) async throws {
    let bench = try await bench(["--fail", "0.1", "--seed", "5"])
    try await prepare(
      bench, format: ["netCDF", "-co", "FORMAT=NC4", "-co", "COMPRESS=DEFLATE"], ending: ".nc",
      download: ["mode": mode], isPlaced: isPlaced)
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    #expect(try bench.requests().contains { $0.fault != nil })
  }

  @Test(arguments: ["stream", "copy"]) func `parts of files are named as GDAL names them`(mode: String)
    async throws
  {
    let bench = try await bench()
    try await prepare(
      bench, format: ["netCDF", "-co", "FORMAT=NC4"], ending: ".nc", download: ["mode": mode], isPlaced: true
    ) { "NETCDF:\"\($0)\":Band1" }
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
  }

  @Test func `a file that breaks off while it is read is a loss and never zeros`() async throws {
    let bench = try await bench(["--broken", "20210702_02_T1_SR_B5"])
    try await prepare(
      bench, format: ["netCDF", "-co", "FORMAT=NC4"], ending: ".nc", download: [:], isPlaced: true)
    let result = try await bench.run(environment: ["GDAL_HTTP_MAX_RETRY": "0"])
    #expect(result.status == 1)
    #expect(
      result.errors.contains("scene \"LC08_L2SP_233085_20210702_02_T1\", band \"nir08\"")
        && result.errors.contains("HTTP code: 503"), "\(result.errors)")
    let (data, truth) = (try await bench.data(), try await RemoteBench.truth())
    #expect(data["2021-01-01.nc"] != nil && data["2021-01-01.nc"] == truth["2021-01-01.nc"])
  }

  /// The HDF4 library reads local files only.
  @Test(arguments: [true, false]) func `hdf4 files are copied and not streamed`(isPlaced: Bool) async throws {
    let bench = try await bench()
    let format = ["HDF4Image"]
    try await prepare(bench, format: format, ending: ".hdf", download: [:], isPlaced: isPlaced)
    let streamed = try await bench.run()
    #expect(streamed.status == 1)
    #expect(
      streamed.errors.contains(".hdf") && !streamed.errors.contains("/vsi")
        && streamed.errors.contains("use \"mode\": \"copy\""),
      "\(streamed.errors)")
    try await prepare(bench, format: format, ending: ".hdf", download: ["mode": "copy"], isPlaced: isPlaced)
    let copied = try await bench.run(["--fresh"])
    #expect(copied.status == 0, "\(copied.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
  }

  @Test(arguments: ["stream", "copy"]) func `a Zarr store on a server is refused in words`(mode: String)
    async throws
  {
    let bench = try await bench()
    try await prepare(bench, format: ["Zarr"], ending: ".zarr", download: ["mode": mode], isPlaced: false)
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(
      result.errors.contains("a Zarr store is a folder of many files, and is read from local disk only"),
      "\(result.errors)")
  }
}
