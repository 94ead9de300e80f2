import Foundation
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// TIFFs with flipped bits, missing ends and changed tags: whatever is read is what GDAL reads without complaint, the
/// same each time, and what was packed where the stream's checksum can tell.
///
/// `scripts/fuzz` runs more of it, with other seeds.
@Suite("Changed TIFFs") struct ReaderFuzzTests {
  private static let variables = ProcessInfo.processInfo.environment
  private static let seed = variables["APUS_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
  /// Changes of each kind to each form.
  private static let count = variables["APUS_FUZZ_COUNT"].flatMap { Int($0) } ?? 2

  @Test(arguments: ReaderFuzz.forms.indices)
  func `nothing wrong is read`(form: Int) async throws {
    let fuzz = ReaderFuzz(folder: try TemporaryFolder())
    let form = ReaderFuzz.forms[form]
    guard let base = try await fuzz.base(form) else {
      // Only these are in every GDAL.
      #expect(
        !["DEFLATE", "LZW", "PACKBITS"].contains { form.name.contains("COMPRESS=\($0)") }, "\(form.name)")
      return
    }
    for outcome in ReaderFuzz.outcomes(of: base.path, grid: base.grid, bands: base.bands.count, fill: 7)
      .enumerated()
    {
      guard case .samples(_, let bytes) = outcome.element else {
        Issue.record("\(form.name), sound, band \(outcome.offset + 1): \(outcome.element)")
        continue
      }
      #expect(bytes == base.bands[outcome.offset], "\(form.name), sound, band \(outcome.offset + 1)")
    }
    var report = ReaderFuzz.Report()
    for mutation in TIFFMutation.allCases {
      var chance = SeededGenerator(
        seed: Self.seed &* 1_000_003 &+ UInt64(form.name.utf8.reduce(0) { $0 &* 31 &+ Int($1) } & 0xFFFF_FFFF)
      )
      for _ in 0..<Self.count { try fuzz.run(base, mutation, &chance, &report) }
    }
    #expect(report.faults.isEmpty, "\(report.faults.prefix(5).joined(separator: "\n"))")
    if Self.variables["APUS_FUZZ_COUNT"] != nil {
      print(
        "\(form.name): \(report.trials) files, \(report.read) bands read, \(report.refused) refused, "
          + "\(report.faults.count) faults; refused where GDAL alone reports nothing: \(report.refusedAlone)")
    }
  }
}
