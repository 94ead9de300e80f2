import TestSupport
import Testing

/// `apus indices`
@Suite struct IndicesCommandTests {
  private func run(_ arguments: String...) async throws -> ProgramResult {
    try await Program([Project.apus, "indices"] + arguments).run()
  }

  @Test func `an index is explained with its formula, bands, constants and reference`() async throws {
    let page = try await run("EVI")
    #expect(page.status == 0)
    for part in [
      "Enhanced Vegetation Index", "g * (N - R) / (N + C1 * R - C2 * B + L)", "N: near infrared (nir)", "C1:",
      "https://doi.org/", "sentinel-2-l2a",
    ] { #expect(page.output.contains(part), "\(page.output)") }
    let cap = try await run("tcw")
    #expect(cap.output.contains("crist_1985") && cap.output.contains("0.0315 * B"))
  }

  @Test func `the list can be that of a product`() async throws {
    let all = try await run().output
    #expect(all.contains("NDREI") && all.contains("TCB"))
    let landsat = try await run("--sensor", "landsat-c2-l2").output
    #expect(landsat.contains("MNDWI") && !landsat.contains("NDREI") && landsat.contains("TCB"))
  }

  @Test func `names that are not known are answered with those that are`() async throws {
    let index = try await run("EVY")
    #expect(index.status == 64 && index.errors.contains("did you mean \"EVI\"?"))
    let sensor = try await run("--sensor", "landsat")
    #expect(sensor.status == 64 && sensor.errors.contains("unknown product"))
    #expect(try await run("bai").errors.contains("may be any of BAI, BaI"))
  }
}
