import Engine
import Geo
import Modules
import Testing

@Suite struct ThresholdTests {
  private func make(_ more: String, _ bench: ModuleBench) throws -> Threshold? {
    try bench.make(Threshold.self, "{\"module\": \"threshold\", \"of\": \"red\"\(more)}")
  }

  // The float32 nearest to 0.3 lies above the double 0.3, that nearest to 0.175 below 0.175.
  @Test(
    arguments: [
      (#""above": 0.25"#, [0, 0, 1, 1]), (#""at_least": 0.25"#, [0, 1, 1, 1]),
      (#""below": 0.25"#, [1, 0, 0, 0]),
      (#""at_most": 0.25"#, [1, 1, 0, 0]), (#""between": [0.25, 0.5]"#, [0, 1, 1, 1]),
      (#""above": 0.25, "below": 0.5"#, [0, 0, 1, 0]), (#""above": 0.175"#, [0, 1, 1, 1]),
      (#""at_least": 0.175"#, [0, 1, 1, 1]), (#""above": 0.3"#, [0, 0, 1, 1]),
      (#""at_most": 0.3"#, [1, 1, 0, 0]),
    ] as [(String, [Float])])
  func `values keep to limits or not, and what is missing stays missing`(limits: String, expected: [Float])
    throws
  {
    let bench = try ModuleBench(bands: ["red"])
    let module = try #require(try make(", \(limits)", bench), "\(bench.mistakes)")
    #expect(module.outputs[0].name == "red_threshold")
    #expect(
      module.outputs[0].storage
        == .flags([.init(value: 0, meaning: "false"), .init(value: 1, meaning: "true")]))
    let found = run(module, [[0.175, 0.25, 0.3, 0.5, .nan]])
    #expect(Array(found[..<4]) == expected && found[4].isNaN, "\(found)")
  }

  @Test func `a band is compared with its physical value as a file has it`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let module = try #require(try make(#", "at_least": 0.1"#, bench))
    // 1000 · 0.0001 is the double 0.1; its float32 is greater, that of 0.7 = 7000 · 0.0001 is less.
    #expect(run(module, [[1000, 999, 1001]], scale: 0.0001) == [1, 0, 1])
    let high = try #require(try make(#", "at_least": 0.7, "as": "high""#, bench))
    #expect(run(high, [[7000, 7001]], scale: 0.0001) == [0, 1])
  }

  @Test func `the first class whose limits a value keeps to has it`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let classes =
      #"[{"name": "dark", "below": 0.1}, {"name": "some", "at_most": 0.3}, {"name": "bright", "above": 0.5}]"#
    let module = try #require(
      try make(", \"classes\": \(classes), \"as\": \"kind\"", bench), "\(bench.mistakes)")
    guard case .flags(let flags) = module.outputs[0].storage else {
      Issue.record("no flags")
      return
    }
    #expect(
      flags.map(\.meaning) == ["none", "dark", "some", "bright"] && flags.map(\.value) == [0, 1, 2, 3])
    let found = run(module, [[0, 0.1, 0.25, 0.4, 0.6, .nan]])
    #expect(Array(found[..<5]) == [1, 2, 2, 0, 3] && found[5].isNaN)
    let rest = #"[{"name": "dark", "below": 0.1}, {"name": "others"}]"#
    let all = try #require(try make(", \"classes\": \(rest), \"as\": \"rest\"", bench))
    #expect(run(all, [[0, 0.1, 9]]) == [1, 2, 2])
  }

  @Test func `it follows layers, counts too, and its flags go on to other modules`() throws {
    let bench = try ModuleBench(bands: ["red"])
    _ = try bench.make(Composite.self, #"{"module": "composite", "of": "red", "period": "month"}"#)
    let module = try bench.make(
      Threshold.self, #"{"module": "threshold", "of": "red_month_mean_count", "at_least": 3, "as": "often"}"#)
    let often = try #require(module)
    #expect(run(often, [[2, 3]]) == [0, 1])
    #expect(bench.scope.entry("often")?.period == .month)
    let open = try bench.make(
      Morphology.self, #"{"module": "morphology", "of": "often", "operation": "open", "radius": 1}"#)
    #expect(open != nil, "\(bench.mistakes)")
  }

  @Test(
    arguments: [
      ("", "needs a limit"), (#", "above": 0.5, "below": 0.2"#, "no value keeps to"),
      (#", "above": 0.5, "at_most": 0.5"#, "no value keeps to"),
      (#", "between": [0.5, 0.1]"#, "lesser first"),
      (#", "between": [0.1, 0.2, 0.3]"#, "lesser first"),
      (#", "above": 0, "classes": [{"name": "a"}]"#, "either limits or classes"),
      (#", "classes": [{"above": 0}]"#, "without a name"),
      (#", "classes": [{"name": "a b"}]"#, "cannot name"),
      (#", "classes": [{"name": "none", "above": 1}]"#, "pixels without a class"),
      (#", "classes": [{"name": "a", "above": 1}, {"name": "a", "below": 0}]"#, "named twice"),
      (#", "classes": [{"name": "a"}, {"name": "b", "below": 0}]"#, "nothing is left"),
      (#", "of": "nope", "above": 0"#, "unknown variable"),
    ])
  func `limits that make no sense are refused`(more: String, message: String) throws {
    let bench = try ModuleBench(bands: ["red"])
    let of = more.contains("\"of\"") ? "" : "\"of\": \"red\""
    let text = "{\"module\": \"threshold\", " + (of.isEmpty ? String(more.dropFirst(2)) : of + more) + "}"
    #expect(try bench.make(Threshold.self, text) == nil)
    #expect(bench.mistakes.contains { $0.contains(message) }, "\(bench.mistakes)")
  }

  @Test(arguments: [
    (#", "otsu": true"#, #""otsu" looks at whole layers, and "red" has none of a period"#),
    (#", "percentile": 90"#, #""percentile" looks at whole layers"#),
    (#", "otsu": true, "above": 1"#, #""otsu" finds the limit itself: it goes with no "above""#),
    (#", "otsu": true, "percentile": 5"#, #"either "otsu" or "percentile""#),
    (#", "otsu": false"#, #""threshold" needs a limit"#),
    (#", "otsu": false, "above": 1"#, #""otsu": false would do nothing"#),
  ])
  func `a limit that is found needs whole layers, and no other limit`(more: String, words: String) throws {
    let bench = try ModuleBench(bands: ["red"])
    #expect(try make(more, bench) == nil)
    #expect(
      "\(bench.mistakes)".contains(words.replacing("\"", with: "\\\""))
        || "\(bench.mistakes)".contains(words), "\(bench.mistakes)")
  }
}
