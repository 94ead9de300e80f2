import Raster
import Testing

/// Whittaker's curve against the dense linear system, solved with 60 digits (mpmath).
@Suite struct WhittakerSmootherTests {
  /// Two of one day, and steps of 1 to 17 days.
  private let days: [Double] = [
    0, 5, 8, 16, 21, 21, 37, 45, 50, 61, 64, 80, 93, 96, 101, 112, 128, 131, 140, 144, 160, 171, 176, 192,
    193, 208,
    220, 224, 240, 247,
  ]
  private let values: [Double] = [
    0.45, 0.5274, 0.5896, .nan, 0.6504, 0.6904, 0.7096, 0.7807, 0.8347, .nan, .nan, 0.7228, 0.7086, 0.7326,
    0.6335,
    0.6005, 0.5225, 0.4301, 0.4048, 0.4172, 0.253, 0.2482, .nan, 0.1912, 0.2319, 0.195, 0.2883, 0.3506,
    0.3862, .nan,
  ]

  private func curve(_ values: [Double], _ days: [Double], lambda: Double) -> [Float] {
    let smoother = WhittakerSmoother(days: days, outputDays: nil, strength: .lambda(lambda))
    return values.withUnsafeBufferPointer { values in
      [Float](unsafeUninitializedCapacity: days.count) { results, count in
        smoother.compute(values, into: results)
        count = days.count
      }
    }
  }

  @Test(
    arguments: [
      (
        1.0, [0.476675752509, 0.667879537332, 0.805989583568, 0.599780348566, 0.271717487264, 0.423766505773]
      ),
      (
        1e6, [0.724437293732, 0.682251140754, 0.603737315791, 0.503511152167, 0.409067184422, 0.237884040866]
      ),
      (1e8, [0.724574044083, 0.68230720691, 0.603670950997, 0.503408513245, 0.409042729738, 0.238004710436]),
      (
        1e10,
        [0.724575413453, 0.682307768489, 0.603670286689, 0.503407485279, 0.409042484354, 0.238005919812]
      ),
      (
        1e12,
        [0.724575427146, 0.682307774105, 0.603670280046, 0.503407474999, 0.409042481901, 0.238005931906]
      ),
    ])
  func `the curve is that of the linear system, however strong it is smoothed`(
    lambda: Double, expected: [Double]
  ) {
    let found = curve(values, days, lambda: lambda)
    for (step, value) in zip([0, 5, 9, 15, 20, 29], expected) {
      #expect(abs(Double(found[step]) - value) < 5e-8, "step \(step): \(found[step]), not \(value)")
    }
  }

  /// Where a factor of the matrix loses all its digits in Double.
  @Test(
    arguments: [
      (1e11, [0], [0.277967458092, 0.318434629982, 0.319906163505, 0.408198174902, 0.544315025878]),
      (1e12, [1], [0.237011930049, 0.284854681135, 0.286594417538, 0.390978601725, 0.551904219018]),
      (
        1e9, [2, 5, 6, 7, 8], [0.241238471673, 0.429644268775, 0.436495388669, 0.847562582342, 1.48129117259]
      ),
    ] as [(Double, [Int], [Double])])
  func `the curve is that of the linear system where steps are between 1 and 172 days`(
    lambda: Double, missing: [Int], expected: [Double]
  ) {
    let days: [Double] = [0, 15, 46, 55, 57, 177, 349, 361, 362]
    var values = [0.2, 0.35, 0.1, 0.4, 0.45, 0.3, 0.62, 0.5, 0.55]
    for step in missing { values[step] = .nan }
    let found = curve(values, days, lambda: lambda)
    for (step, value) in zip([0, 3, 4, 5, 8], expected) {
      #expect(abs(Double(found[step]) - value) < 1e-7, "step \(step): \(found[step]), not \(value)")
    }
  }

  @Test(arguments: [1e-6, 1, 1e6, 1e12])
  func `a straight line stays as it is`(lambda: Double) {
    let days = self.days.filter { $0 != 21 }
    let line = days.map { $0 == 64 || $0 == 247 ? .nan : 250 + 0.5 * $0 }
    let found = curve(line, days, lambda: lambda)
    for (day, value) in zip(days, found) { #expect(value == Float(250 + 0.5 * day), "day \(day)") }
  }
}
