import Foundation
import Testing

@testable import Swath

/// What is known of a whole swath, against positions compared one by one in double precision.
@Suite struct SwathSurveyTests {
  /// Swaths over land, the antimeridian, a pole, with a gap between columns, with pixels missing, of few columns or
  /// lines.
  private static let swaths: [TestSwath] = {
    var gap = TestSwath(lines: 90, columns: 70, centre: (-30, 20))
    for line in 0..<90 { for column in 35..<70 { gap.longitudes[line * 70 + column] += 9 } }
    var holes = TestSwath(lines: 90, columns: 70, centre: (10, -40))
    for pixel in stride(from: 0, to: 90 * 70, by: 3) { holes.latitudes[pixel] = .nan }
    for pixel in 0..<(64 * 64) { holes.longitudes[pixel] = .nan }
    var full = TestSwath(lines: 70, columns: 66, centre: (-179.9, 12))
    full.longitudes = full.longitudes.map { $0 < 0 ? $0 + 360 : $0 }
    return [
      TestSwath(lines: 150, columns: 130, centre: (17, 47)),
      TestSwath(lines: 90, columns: 70, centre: (179.9, -30), heading: -100), full,
      TestSwath(lines: 90, columns: 70, centre: (50, 89.9)), gap, holes,
      TestSwath(lines: 80, columns: 1, centre: (0, 0)), TestSwath(lines: 80, columns: 3, centre: (0, -75)),
      TestSwath(lines: 12, columns: 9, centre: (0, 60), spacing: 500_000),
      TestSwath(lines: 1, columns: 80, centre: (0, 0)),
    ]
  }()

  private func point(_ swath: TestSwath, _ line: Int, _ column: Int) -> SIMD3<Double>? {
    let index = line * swath.columns + column
    let (lon, lat) = (radians(swath.longitudes[index]), radians(swath.latitudes[index]))
    guard lon.isFinite, lat.isFinite else { return nil }
    return SIMD3(cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat))
  }

  private func distance(_ one: SIMD3<Double>?, _ other: SIMD3<Double>?) -> Double? {
    guard let one, let other else { return nil }
    return (((one - other) * (one - other)).sum()).squareRoot()
  }

  @Test(arguments: swaths.indices)
  func `columns reach as far as the median of their pixels' longer diagonals says`(number: Int) {
    let swath = Self.swaths[number]
    var between: [Double] = []
    for column in 0..<max(0, swath.columns - 1) {
      guard swath.lines > 1 else {
        between.append(distance(point(swath, 0, column), point(swath, 0, column + 1)) ?? .nan)
        continue
      }
      let longer = (1..<swath.lines).compactMap { line -> Double? in
        [
          distance(point(swath, line, column + 1), point(swath, line - 1, column)),
          distance(point(swath, line, column), point(swath, line - 1, column + 1)),
        ].compactMap { $0 }.max()
      }.sorted()
      between.append((longer[(longer.count - 1) / 2] + longer[longer.count / 2]) / 2)
    }
    if swath.columns == 1 {
      let steps = (1..<swath.lines).compactMap { distance(point(swath, $0, 0), point(swath, $0 - 1, 0)) }
        .sorted()
      between = [(steps[(steps.count - 1) / 2] + steps[steps.count / 2]) / 2]
    }
    let found = swath.survey.reaches
    for column in 0..<swath.columns {
      let (left, right) = (between[max(0, column - 1)], between[min(column, between.count - 1)])
      let chord = max(left, right) > 2 * min(left, right) ? min(left, right) : max(left, right)
      let expected = 1.1 * Sphere.radius * 2 * asin(chord / 2) / 2
      #expect(abs(found[column] / expected - 1) < 1e-6, "column \(column)")
    }
  }

  @Test func `latitudes beyond a pole, longitudes beyond a turn and what is not finite are no positions`() {
    let (longitudes, latitudes) = (
      [10.0, 10, 361, -181, 360, .nan, 10], [95.0, 45, 0, 0, -90, 0, .infinity]
    )
    let strip = SwathStrip()
    strip.load(lines: 0..<1, columns: 7) { (x, y) in
      for index in 0..<7 { (x[index], y[index]) = (longitudes[index], latitudes[index]) }
    }
    #expect((0..<7).map { !strip.longitudes[$0].isNaN } == [false, true, false, false, true, false, false])
    #expect((0..<7).map { !strip.latitudes[$0].isNaN } == [false, true, false, false, true, false, false])
  }

  @Test(arguments: swaths.indices)
  func `caps hold every pixel of their blocks, and not much more`(number: Int) {
    let swath = Self.swaths[number]
    let survey = swath.survey
    for (block, cap) in survey.caps.enumerated() {
      let rows = survey.lines(ofBlockRow: block / survey.blockColumns)
      let columns = survey.columns(ofBlockColumn: block % survey.blockColumns)
      let points = rows.flatMap { line in columns.compactMap { point(swath, line, $0) } }
      #expect((cap == nil) == points.isEmpty)
      guard let cap, let first = points.first else { continue }
      let centre = SIMD3(cap.x, cap.y, cap.z)
      let farthest = points.reduce(0.0) { max($0, distance($1, centre) ?? 0) }
      #expect(2 * asin(farthest / 2) <= cap.angle)
      let across = points.reduce(0.0) { max($0, distance($1, first) ?? 0) }
      #expect(cap.angle <= 2 * asin(min(1, across / 2)) * 1.1 + 1e-5)
    }
  }
}

/// The middle of many values, against sorting.
@Suite struct SelectionTests {
  @Test(arguments: [1, 2, 3, 63, 255, 256, 257, 1709, 1710], [1, 3, 1_000_000])
  func `the middle two of many values are those that stand there once all are sorted`(count: Int, kinds: Int)
  {
    var state: UInt64 = 7
    let values = (0..<count).map { _ -> Float in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int(state >> 40) % kinds)
    }
    // A sample of regular places may tell nothing of the rest.
    let step = max(1, count / 64)
    let misleading = values.indices.map { $0 % step == 0 ? Float(-1) : values[$0] }
    // All that is sampled stands right above the middle.
    let above = values.indices.map { $0 % step == 0 ? Float(5) : Float(-1) }
    let edge = values.indices.map { place -> Float in
      let low = above[..<place].count { $0 < 0 }
      return above[place] > 0 ? 5 : low < count / 2 ? Float(place % 4) : 9
    }
    for given in [values, values.sorted(), values.sorted().reversed(), misleading, edge] {
      let sorted = given.sorted()
      var (copy, scratch) = (given, given + [0])
      let found = copy.withUnsafeMutableBufferPointer { copy in
        scratch.withUnsafeMutableBufferPointer { Selection.middle(of: copy, scratch: $0) }
      }
      #expect(found == (sorted[(count - 1) / 2], sorted[count / 2]))
    }
  }
}
