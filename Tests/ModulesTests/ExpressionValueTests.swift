import Modules
import Raster
import Testing

/// Values of formulas, computed beforehand with numpy in float64 and rounded to float32.
@Suite struct ExpressionValueTests {
  private static let a: [Float] = [-2.5, -1, -0.5, 0, 0.25, 0.5, 1, 1.5, 2.5, 3, .nan, 7]
  private static let b: [Float] = [0, 2, -0.5, 0, .nan, 0.5, -3, 1.5, -1, 0.125, 1, 2]

  private static let numbers: [(String, [Float])] = [
    ("a + b * 2", [-2.5, 3, -1.5, 0, .nan, 1.5, -5, 4.5, 0.5, 3.25, .nan, 11]),
    ("a - b - 1", [-3.5, -4, -1, -1, .nan, -1, 3, -1, 2.5, 1.875, .nan, 4]),
    ("a / b", [.nan, -0.5, 1, .nan, .nan, 1, -0.3333333432674408, 1, -2.5, 24, .nan, 3.5]),
    ("-a ** 2", [-6.25, -1, -0.25, 0, -0.0625, -0.25, -1, -2.25, -6.25, -9, .nan, -49]),
    (
      "2 ** -a",
      [
        5.656854152679443, 2, 1.4142135381698608, 1, 0.8408964276313782, 0.7071067690849304, 0.5,
        0.3535533845424652, 0.1767766922712326, 0.125, .nan, 0.0078125,
      ]
    ),
    (
      "a ** b",
      [
        1, 1, .nan, 1, .nan, 0.7071067690849304, 1, 1.837117314338684, 0.4000000059604645,
        1.147202730178833, .nan, 49,
      ]
    ),
    ("2 ** 3 ** 2 * a", [-1280, -512, -256, 0, 128, 256, 512, 768, 1280, 1536, .nan, 3584]),
    ("a % b", [.nan, 1, 0, .nan, .nan, 0, -2, 0, -0.5, 0, .nan, 1]),
    ("mod(b, a)", [0, 0, 0, .nan, .nan, 0, 0, 0, 1.5, 0.125, .nan, 2]),
    ("abs(a)", [2.5, 1, 0.5, 0, 0.25, 0.5, 1, 1.5, 2.5, 3, .nan, 7]),
    (
      "sqrt(a)",
      [
        .nan, .nan, .nan, 0, 0.5, 0.7071067690849304, 1, 1.2247449159622192, 1.5811388492584229,
        1.7320507764816284, .nan, 2.6457512378692627,
      ]
    ),
    (
      "exp(a)",
      [
        0.08208499848842621, 0.3678794503211975, 0.6065306663513184, 1, 1.2840254306793213,
        1.6487212181091309, 2.7182817459106445, 4.481688976287842, 12.182494163513184, 20.08553695678711,
        .nan, 1096.6331787109375,
      ]
    ),
    (
      "log(a)",
      [
        .nan, .nan, .nan, .nan, -1.3862943649291992, -0.6931471824645996, 0, 0.40546509623527527,
        0.9162907600402832, 1.0986123085021973, .nan, 1.945910096168518,
      ]
    ),
    (
      "log10(a)",
      [
        .nan, .nan, .nan, .nan, -0.6020600199699402, -0.3010300099849701, 0, 0.1760912537574768,
        0.3979400098323822, 0.4771212637424469, .nan, 0.8450980186462402,
      ]
    ),
    ("pow(a, 3)", [-15.625, -1, -0.125, 0, 0.015625, 0.125, 1, 3.375, 15.625, 27, .nan, 343]),
    ("min(a, b, 1)", [-2.5, -1, -0.5, 0, .nan, 0.5, -3, 1, -1, 0.125, .nan, 1]),
    ("max(a, b)", [0, 2, -0.5, 0, .nan, 0.5, 1, 1.5, 2.5, 3, .nan, 7]),
    ("clip(a, 0, 1)", [0, 0, 0, 0, 0.25, 0.5, 1, 1, 1, 1, .nan, 1]),
    ("floor(a)", [-3, -1, -1, 0, 0, 0, 1, 1, 2, 3, .nan, 7]),
    ("ceil(a)", [-2, -1, 0, 0, 1, 1, 1, 2, 3, 3, .nan, 7]),
    ("round(a)", [-2, -1, 0, 0, 0, 0, 1, 2, 2, 3, .nan, 7]),
    (
      "sin(a)",
      [
        -0.5984721183776855, -0.8414709568023682, -0.4794255495071411, 0, 0.24740396440029144,
        0.4794255495071411, 0.8414709568023682, 0.9974949955940247, 0.5984721183776855,
        0.14112000167369843, .nan, 0.6569865942001343,
      ]
    ),
    (
      "cos(a)",
      [
        -0.8011435866355896, 0.5403022766113281, 0.8775825500488281, 1, 0.9689124226570129,
        0.8775825500488281, 0.5403022766113281, 0.07073719799518585, -0.8011435866355896,
        -0.9899924993515015, .nan, 0.7539022564888,
      ]
    ),
    (
      "tan(a)",
      [
        0.747022271156311, -1.5574077367782593, -0.5463024973869324, 0, 0.25534191727638245,
        0.5463024973869324, 1.5574077367782593, 14.101420402526855, -0.747022271156311,
        -0.14254654943943024, .nan, 0.8714479804039001,
      ]
    ),
    (
      "asin(a)",
      [
        .nan, -1.5707963705062866, -0.5235987901687622, 0, 0.252680242061615, 0.5235987901687622,
        1.5707963705062866, .nan, .nan, .nan, .nan, .nan,
      ]
    ),
    (
      "acos(a)",
      [
        .nan, 3.1415927410125732, 2.094395160675049, 1.5707963705062866, 1.3181160688400269,
        1.0471975803375244, 0, .nan, .nan, .nan, .nan, .nan,
      ]
    ),
    (
      "atan(a)",
      [
        -1.1902899742126465, -0.7853981852531433, -0.46364760398864746, 0, 0.244978666305542,
        0.46364760398864746, 0.7853981852531433, 0.9827937483787537, 1.1902899742126465,
        1.249045729637146, .nan, 1.4288992881774902,
      ]
    ),
    (
      "atan2(a, b)",
      [
        -1.5707963705062866, -0.46364760398864746, -2.356194496154785, 0, .nan, 0.7853981852531433,
        2.8198421001434326, 0.7853981852531433, 1.9513026475906372, 1.5291537046432495, .nan,
        1.292496681213379,
      ]
    ),
    ("sign(a)", [-1, -1, -1, 0, 1, 1, 1, 1, 1, 1, .nan, 1]),
    (
      "normalized_difference(a, b)",
      [
        1, -3, 0, .nan, .nan, 0, -2, 0, 2.3333332538604736, 0.9200000166893005, .nan, 0.5555555820465088,
      ]
    ),
    ("where(a > 0, a, b)", [0, 2, -0.5, 0, 0.25, 0.5, 1, 1.5, 2.5, 3, .nan, 7]),
    (
      "a > 0 ? 1 / a : b",
      [
        0, 2, -0.5, 0, 4, 2, 1, 0.6666666865348816, 0.4000000059604645, 0.3333333432674408, .nan,
        0.1428571492433548,
      ]
    ),
    ("coalesce(a / b, a, 9)", [-2.5, -0.5, 1, 0, 0.25, 1, -0.3333333432674408, 1, -2.5, 24, 9, 3.5]),
    ("coalesce(b, 5)", [0, 2, -0.5, 0, 5, 0.5, -3, 1.5, -1, 0.125, 1, 2]),
    ("where(valid(b), 1, 0)", [1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1]),
    ("exp(1000 * a) + b", [0, 2, -0.5, 1, .nan, .nan, .nan, .nan, .nan, .nan, .nan, .nan]),
    ("1e30 * a * 1e30", [.nan, .nan, .nan, 0, .nan, .nan, .nan, .nan, .nan, .nan, .nan, .nan]),
    ("1 / (1 / a)", [-2.5, -1, -0.5, .nan, 0.25, 0.5, 1, 1.5, 2.5, 3, .nan, 7]),
    ("a ** 0", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, .nan, 1]),
    (
      "2.5 * (a - b) / (a + 6 * b - 7.5 * a + 1)",
      [
        -0.36231884360313416, -0.38461539149284363, 0, 0, .nan, 0, -0.42553192377090454, 0,
        -0.4117647111415863, -0.40492957830429077, .nan, -0.38461539149284363,
      ]
    ),
    ("+a - -b", [-2.5, 1, -1, 0, .nan, 1, -2, 3, 1.5, 3.125, .nan, 9]),
    ("a^2", [6.25, 1, 0.25, 0, 0.0625, 0.25, 1, 2.25, 6.25, 9, .nan, 49]),
    (
      "a ** .5",
      [
        .nan, .nan, .nan, 0, 0.5, 0.7071067690849304, 1, 1.2247449159622192, 1.5811388492584229,
        1.7320507764816284, .nan, 2.6457512378692627,
      ]
    ),
  ]

  private static let flags: [(String, [UInt8])] = [
    ("a < b", [1, 1, 0, 0, 255, 0, 0, 0, 0, 0, 255, 0]),
    ("a <= b", [1, 1, 1, 1, 255, 1, 0, 1, 0, 0, 255, 0]),
    ("a > b", [0, 0, 0, 0, 255, 0, 1, 0, 1, 1, 255, 1]),
    ("a >= b", [0, 0, 1, 1, 255, 1, 1, 1, 1, 1, 255, 1]),
    ("a == b", [0, 0, 1, 1, 255, 1, 0, 1, 0, 0, 255, 0]),
    ("a != b", [1, 1, 0, 0, 255, 0, 1, 0, 1, 1, 255, 1]),
    ("not a < b", [0, 0, 1, 1, 255, 1, 1, 1, 1, 1, 255, 1]),
    ("a > 0 and b > 0", [0, 0, 0, 0, 255, 1, 0, 1, 0, 1, 255, 1]),
    ("a > 0 || b > 0", [0, 1, 0, 0, 255, 1, 1, 1, 1, 1, 255, 1]),
    ("valid(a)", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1]),
    ("valid(a / b)", [0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 1]),
    ("a / b > 1", [255, 0, 0, 255, 255, 0, 0, 0, 0, 1, 255, 1]),
    ("a > 0 && valid(b) ? b > 0 : a < -1", [1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 255, 1]),
    ("(a > 0) == (b > 0)", [1, 0, 1, 1, 255, 1, 0, 1, 0, 1, 255, 1]),
    ("!(a == 0) and not not valid(a)", [1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 255, 1]),
    ("coalesce(b > 0, a > 0)", [0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1]),
  ]

  private func inputs(_ expression: Expression) -> [[Float]] {
    expression.variables.map { $0.name == "a" ? Self.a : Self.b }
  }

  @Test(arguments: Self.numbers)
  func `Numbers are those of numpy, and missing where they are not finite`(text: String, values: [Float])
    throws
  {
    let expression = try Expression.parse(text)
    #expect(!expression.isLogical)
    let found = evaluate(expression, inputs(expression))
    for (index, value) in values.enumerated() {
      let isSame = value.isNaN ? found[index].isNaN : abs(found[index] - value) <= abs(value) * 1.2e-7
      #expect(isSame, "\(text) of \(Self.a[index]) and \(Self.b[index]) is \(found[index]), not \(value)")
    }
  }

  @Test(arguments: Self.flags)
  func `Flags are 1, 0 and 255 for missing`(text: String, values: [UInt8]) throws {
    let expression = try Expression.parse(text)
    #expect(expression.isLogical)
    #expect(evaluateFlags(expression, inputs(expression)) == values)
  }

  @Test func `A flag variable is logical`() throws {
    let expression = try Expression.parse("bright and not a < 0", isFlag: { $0 == "bright" })
    #expect(evaluateFlags(expression, [[1, 0, .nan, 1], [1, 1, 1, -1]]) == [1, 0, 255, 0])
  }

  @Test func `Infinite samples are missing`() throws {
    let infinite: [Float] = [.infinity, -.infinity]
    for text in ["a", "1 / a", "min(a, 1)", "exp(a)", "atan(a)", "a ** -1", "a ** -2", "sign(a)", "0 * a"] {
      #expect(evaluate(try Expression.parse(text), [infinite]).allSatisfy { $0.isNaN }, "\(text)")
    }
    for text in ["a > 0", "a == a"] {
      #expect(evaluateFlags(try Expression.parse(text), [infinite]) == [255, 255], "\(text)")
    }
    #expect(evaluateFlags(try Expression.parse("valid(a)"), [infinite]) == [0, 0])
  }

  @Test func `Stored numbers are scaled before anything is computed`() throws {
    let expression = try Expression.parse("nir - red")
    let result = evaluate(expression, [[20_000], [9000]], scale: 0.0000275, offset: -0.2)
    #expect(result == [Float((20_000 * 0.0000275 - 0.2) - (9000 * 0.0000275 - 0.2))])
  }

  @Test func `Values are computed in double and rounded once`() throws {
    // In float 16777216 + 1 is 16777216.
    #expect(evaluate(try Expression.parse("a + 1 - 16777216"), [[16_777_216]]) == [1])
    #expect(evaluate(try Expression.parse("a * 1e300 * 1e-300"), [[2]]) == [2])
  }

  @Test func `A pixel's value does not depend on the run it is computed in`() throws {
    let text = "where(a > b, exp(a) / b, coalesce(a * b, 7)) + (a - b) ** 2 / (a + b)"
    let expression = try Expression.parse(text)
    let a = (0..<2048).map { $0 % 11 == 0 ? Float.nan : Float($0 * 37 % 101) / 50 - 1 }
    let b = (0..<2048).map { $0 % 13 == 0 ? Float.nan : Float($0 * 53 % 97) / 40 - 1 }
    let whole = evaluate(expression, [a, b]).map(\.bitPattern)
    for length in [1, 7, 255, 256, 257, 1000] {
      var parts: [UInt32] = []
      for start in stride(from: 0, to: 2048, by: length) {
        let part = start..<min(start + length, 2048)
        parts += evaluate(expression, [Array(a[part]), Array(b[part])]).map(\.bitPattern)
      }
      #expect(parts == whole)
    }
  }

  @Test func `Every register that is used again was free`() throws {
    // Many values that live long, at many depths.
    let text = "((a + b) * (a - b) - (a * b + (a + b))) / ((a - b) * (b - 2 * a) + ((a + b) - (a * b)) * a)"
    let expression = try Expression.parse(text)
    for (a, b) in [(0.5, 0.25), (3, -2), (-0.125, 8)] as [(Double, Double)] {
      let top = (a + b) * (a - b) - (a * b + (a + b))
      let value = top / ((a - b) * (b - 2 * a) + ((a + b) - (a * b)) * a)
      #expect(evaluate(expression, [[Float(a)], [Float(b)]]) == [Float(value)])
    }
  }

  @Test func `A formula without variables is the same number everywhere, and an empty run is no trouble`()
    throws
  {
    let expression = try Expression.parse("2 * 3 + 1")
    #expect(expression.constant == 7 && expression.variables.isEmpty)
    #expect(evaluate(expression, [], count: 300) == [Float](repeating: 7, count: 300))
    #expect(evaluate(try Expression.parse("a + 1"), [[]]).isEmpty)
  }
}

func evaluate(
  _ expression: Expression, _ inputs: [[Float]], scale: Double = 1, offset: Double = 0, count: Int? = nil
) -> [Float] {
  var result = [Float](repeating: -99, count: count ?? inputs[0].count)
  withSamples(inputs, scale: scale, offset: offset) { samples in
    var output = result.mutableSpan
    expression.program.evaluate(samples, into: &output)
  }
  return result
}

func evaluateFlags(_ expression: Expression, _ inputs: [[Float]]) -> [UInt8] {
  var result = [UInt8](repeating: 99, count: inputs[0].count)
  withSamples(inputs) { samples in
    var output = result.mutableSpan
    expression.program.evaluateFlags(samples, into: &output)
  }
  return result
}

private func withSamples(
  _ arrays: [[Float]], scale: Double = 1, offset: Double = 0, _ body: ([LinearSamples]) -> Void
) {
  let buffers = arrays.map { array in
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: array.count)
    _ = buffer.initialize(from: array)
    return buffer
  }
  defer { for buffer in buffers { buffer.deallocate() } }
  body(buffers.map { LinearSamples(UnsafeBufferPointer($0), scale: scale, offset: offset) })
}
