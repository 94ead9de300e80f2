import JSON
import TestSupport
import Testing

/// Public incidents of other tools, rebuilt (scripts/incidents), each under the name of its report: Apus gives the right
/// bytes, or names what is lost and leaves everything else right.
@Suite struct MuseumTests {
  private static let museum = ["python3", "-B", Project.folder + "/scripts/incidents/museum.py"]

  /// What Apus does; either where both are right.
  private static let verdicts: [(report: String, verdicts: [String])] = [
    ("OSGeo/gdal #11552", ["named loss"]),
    ("OSGeo/gdal #12426", ["right bytes", "named loss"]),
    ("OSGeo/gdal #13212", ["named loss"]),
    ("opendatacube/odc-stac #99", ["named loss"]),
    ("zarr-developers/zarr-python #1578", ["named loss"]),
    ("pydata/xarray #8842", ["right bytes"]),
    ("microsoft/PlanetaryComputer #388", ["right bytes"]),
    ("CS-SI/eodag #312", ["named loss"]),
    ("sentinelsat/sentinelsat #62", ["named loss"]),
    ("microsoft/PlanetaryComputer #163", ["right bytes"]),
    ("stac-utils/pystac-client #712", ["right bytes"]),
    ("microsoft/planetary-computer-apis #274", ["named loss"]),
    ("gjoseph92/stackstac #84", ["right bytes"]),
    ("opendatacube/odc-geo #238", ["right bytes"]),
    ("gjoseph92/stackstac #168", ["right bytes"]),
    ("gjoseph92/stackstac #152", ["right bytes", "named loss"]),
    ("Element84/earth-search #9", ["right bytes"]),
    ("opendatacube/odc-stac #162", ["right bytes"]),
    ("apache/druid #1147", ["named loss"]),
    ("alan-turing-institute/monitoring-ecosystem-resilience, check_for_existing_files", ["right bytes"]),
  ]

  @Test(arguments: verdicts) func `what went wrong for others is right here`(
    report: String, verdicts: [String]
  ) async throws {
    let result = try await Program(Self.museum + ["--only", report, "--apus", Project.apus, "--json"]).run()
    let lines = result.output.split(separator: "\n")
    try #require(lines.count == 1, "\(result.output)\(result.errors)")
    let answer = try JSONParser.parse(Array(lines[0].utf8)).plain
    #expect(answer["report"]?.string == report)
    #expect(verdicts.contains(answer["verdict"]?.string ?? ""), "\(lines[0])")
  }

  @Test func `every incident of the museum is tested here`() async throws {
    let list = try await Program(Self.museum + ["--list"]).output().split(separator: "\n").map(String.init)
    #expect(list == Self.verdicts.map(\.report))
  }
}
