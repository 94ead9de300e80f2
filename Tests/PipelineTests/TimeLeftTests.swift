import TestSupport
import Testing

@testable import Pipeline

/// How good the time left is, on modelled timings of cells: no clock is asked.
@Suite struct TimeLeftTests {
  /// When each cell ends, and the whole.
  struct Timing: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let ends: [Double]
    let end: Double

    init(_ name: String, cells: Int, _ cost: (Int, inout SeededGenerator) -> Double) {
      testDescription = name
      var random = SeededGenerator(seed: 7)
      var (time, ends) = (0.0, [Double]())
      for cell in 0..<cells {
        time += cost(cell, &random)
        ends.append(time)
      }
      self.ends = ends
      end = time
    }

    /// The largest error of the time left from a tenth of the cells to nine tenths, as a share of the truth; and that
    /// of dividing the time so far by the cells so far.
    func errors() -> (estimate: Double, mean: Double) {
      var left = TimeLeft()
      var (worst, mean) = (0.0, 0.0)
      for (number, time) in ends.enumerated() {
        left.note(ended: number + 1, seconds: time)
        guard 10 * (number + 1) >= ends.count, 10 * (number + 1) <= 9 * ends.count else { continue }
        let truth = end - time
        worst = max(worst, abs((left.seconds(of: ends.count) ?? 0) / truth - 1))
        mean = max(mean, abs(time / Double(number + 1) * Double(ends.count - number - 1) / truth - 1))
      }
      return (worst, mean)
    }
  }

  static let timings = [
    Timing("even cells", cells: 400) { _, _ in 0.01 },
    Timing("cells of a third more or less", cells: 600) { _, random in
      Double.random(in: 0.007...0.013, using: &random)
    },
    Timing("every third cell is empty", cells: 900) { cell, _ in cell % 3 == 0 ? 0.0001 : 0.02 },
    Timing("the first cells open files", cells: 1000) { cell, _ in cell < 40 ? 0.1 : 0.01 },
    Timing("the machine slows down and stays slow", cells: 1000) { cell, _ in cell < 60 ? 0.01 : 0.013 },
  ]

  @Test(arguments: timings)
  func `it is within a fifth from a tenth of the work on`(timing: Timing) {
    #expect(timing.errors().estimate <= 0.2)
  }

  @Test func `slow first cells do not count for ever, as they do in a mean`() {
    let errors = Self.timings[3].errors()
    #expect(errors.estimate <= 0.2 && errors.mean > 1)
  }

  @Test func `cells of an earlier run took no time, and threads may tell late`() {
    var left = TimeLeft(kept: 500)
    #expect(left.seconds(of: 1000) == nil)
    for (ended, seconds) in [(501, 1.0), (503, 3.0), (502, 3.1), (510, 10)] {
      left.note(ended: ended, seconds: seconds)
    }
    #expect(left.seconds(of: 1000) == 490)
    left.note(ended: 1000, seconds: 500)
    #expect(left.seconds(of: 1000) == 0)
  }

  @Test func `a long run keeps few moments and loses nothing`() {
    var left = TimeLeft()
    for cell in 1...100_000 { left.note(ended: cell, seconds: Double(cell)) }
    #expect(left.seconds(of: 150_000) == 50_000)
  }
}
