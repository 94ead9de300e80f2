import Foundation
import JSON
import TestSupport
import Testing

/// `run-module` with `--chunk`: what it counts is of that chunk, whatever else was computed for it.
@Suite struct ChunkLookTests: ChangingConfig {
  /// Needs every chunk, and nobody asks for it.
  private static let threshold =
    #"{ "module": "threshold", "of": "red_month_median", "otsu": true, "as": "bright", "save": true }"#
  private static let range = #"{ "module": "composite", "of": "red", "statistic": "range", "as": "span" }"#

  /// The numbers before "% valid", by variable and layer.
  private func shares(_ output: String) -> [String: Double] {
    output.split(separator: "\n").reduce(into: [:]) { shares, line in
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, let end = parts[1].range(of: " % valid") else { return }
      shares[parts[0].trimmingCharacters(in: .whitespaces)] = Double(
        parts[1][..<end.lowerBound].trimmingCharacters(in: .whitespaces))
    }
  }

  @Test func `a module behind others that it does not need computes one chunk`() async throws {
    let bench = try await CommandBench()
    try write(bench, [Self.download, Self.mask, Self.median, Self.threshold, Self.range])
    let result = try await bench.run("run-module", "config.json", "span", "--chunk", "1,2")
    #expect(result.status == 0, "\(result.errors)")
    let cells = try #require(result.output.split(separator: "\n").first { $0.hasPrefix("cells: ") })
    let numbers = cells.split { !$0.isNumber }.compactMap { Int($0) }
    // Of six dates.
    #expect(numbers.reduce(0, +) == 6, "\(cells)")
    #expect(shares(result.output).values.allSatisfy { $0 <= 100 }, "\(result.output)")
  }

  @Test func `a filter behind a composite counts the pixels of its chunk`() async throws {
    let bench = try await CommandBench()
    try write(bench, [Self.download, Self.mask, Self.median, Self.smooth])
    let result = try await bench.run("run-module", "config.json", "smooth", "--chunk", "1,2")
    #expect(result.status == 0, "\(result.errors)")
    let shares = shares(result.output)
    #expect(shares.count > 2 && shares.values.allSatisfy { $0 <= 100 }, "\(result.output)")
    _ = try await run(bench)
    for name in ["red_month_median", "smooth"] {
      let whole = try await data(bench.folder + "/out")
      let values = try #require(whole["/landsat/\(name).nc \(name)"])
      let (width, height) = (150, 100)
      let months = shares.filter { $0.key.hasPrefix(name + " ") }.sorted { $0.key < $1.key }
      try #require(values.count == months.count * width * height)
      for (layer, entry) in months.enumerated() {
        let window = (32..<64).flatMap { row in
          (64..<96).map { values[(layer * height + row) * width + $0] }
        }
        let valid = window.count { !Double(bitPattern: $0).isNaN }
        #expect(abs(Double(valid) / 1024 * 100 - entry.value) < 0.001, "\(entry)")
      }
    }
  }
}
