import Engine
import Geo
import Modules
import Testing

@Suite struct ExpressionModuleTests {
  private func make(_ text: String, more: String = "", _ bench: ModuleBench) throws -> ExpressionModule? {
    try bench.make(ExpressionModule.self, "{\"module\": \"expression\", \"formula\": \"\(text)\"\(more)}")
  }

  @Test func `bands that a formula names come by themselves, and numbers are those of the formula`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let module = try #require(try make("(nir08 - red) / (nir08 + red)", more: #", "as": "index""#, bench))
    #expect(module.inputs == ["nir08", "red"])
    #expect(module.outputs.map(\.name) == ["index"])
    let values = run(module, [[3, 1, 0, .nan], [1, 1, 0, 1]])
    #expect(values[0] == 0.5 && values[1] == 0)
    // 0/0 is missing, and so is what comes of something missing.
    #expect(values[2].isNaN && values[3].isNaN)
  }

  @Test(
    arguments: [
      ("red * 2 + 1", false), ("red > 0 ? 1 : 0", false), ("red + coalesce(nir08, 1)", false),
      ("valid(red)", true), ("coalesce(red, nir08)", false), ("coalesce(red, 0)", true),
      ("valid(red) ? red : 5", true),
    ])
  func `formulas that know an answer where everything is missing say so`(text: String, fills: Bool) throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    #expect(try #require(try make(text, bench)).fillsMissing == fills)
  }

  @Test func `a comparison makes a flag variable, which later formulas take as logical`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let bright = try #require(
      try make("red > level", more: #", "as": "bright", "parameters": {"level": 0.2}"#, bench))
    #expect(bright.outputs[0].storage.isFlags)
    #expect(Array(run(bright, [[0.1, 0.3, .nan]])[..<2]) == [0, 1])
    #expect(run(bright, [[.nan]])[0].isNaN)
    let module = try #require(try make("bright and red < 1", more: #", "as": "some""#, bench))
    #expect(module.inputs == ["bright", "red"])
    #expect(run(module, [[1, 1, 0], [0.5, 2, 0.5]]) == [1, 0, 0])
  }

  @Test(
    arguments: [
      ("red + rad", "line 1, column 7: unknown variable \"rad\""), ("(red", "line 1, column"),
      ("red / 0", "line 1, column"), ("red + (red > 1)", "line 1, column"), ("1 + 2", "reads no variable"),
      ("qa_pixel > 3", "holds bits or classes"), ("red < 1 < 2", "line 1, column"), ("", "line 1, column"),
    ])
  func `a formula that cannot be is refused with its place`(text: String, message: String) throws {
    let bench = try ModuleBench(bands: ["red", "qa_pixel"])
    #expect(try make(text, bench) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
  }

  @Test(arguments: [
    (#""formula": "red * 2", "parameters": {"red": 7}"#, "\"red\" has the name of a variable"),
    (#""formula": "red + level", "parameters": {"level": 1, "nir08": 7}"#, "has the name of a variable"),
    (#""formula": "red > 0", "units": "1""#, "\"units\" would do nothing"),
    (#""formula": "red > 0", "range": [0, 1]"#, "\"range\" would do nothing"),
  ])
  func `a key that would hide something or do nothing is refused`(keys: String, message: String) throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    #expect(try bench.make(ExpressionModule.self, "{\"module\": \"expression\", \(keys)}") == nil)
    #expect(bench.mistakes.first?.contains(message) == true, "\(bench.mistakes)")
  }

  @Test func `variables of different periods do not go together`() throws {
    let bench = try ModuleBench(bands: ["red"])
    _ = try bench.make(Composite.self, #"{"module": "composite", "of": "red", "period": "month"}"#)
    #expect(try make("red - red_month_mean", bench) == nil)
    #expect(
      bench.mistakes.first?.contains("their layers do not belong together") ?? false, "\(bench.mistakes)")
  }
}
