import Raster
import Testing

/// Fusing scenes one after the other: who takes part, and what becomes of the numbers.
@Suite struct SceneFusionTests {
  private let scene: [UInt8] = [0, 1, 1, 2, 2, 3, 0]
  private let scores: [UInt8] = [2, 0, 1, 1, 3, 3, 0]

  @Test func `of the highest score all take part`() {
    var actions = [UInt8](repeating: 9, count: 7)
    var target = actions.mutableSpan
    SceneFusion.join(scene.span, scores: scores.span, into: &target)
    #expect(actions == [0, 2, 1, 2, 0, 1, 0])
  }

  @Test func `one is chosen by score, then by valid bands, then by time`() {
    var actions = [UInt8](repeating: 9, count: 7)
    var most: [UInt8] = [1, 0, 1, 5, 0, 2, 0]
    let valid: [UInt8] = [3, 0, 1, 1, 4, 3, 3]
    var target = actions.mutableSpan
    var chosen = most.mutableSpan
    SceneFusion.choose(scene.span, valid: valid.span, scores: scores.span, most: &chosen, into: &target)
    #expect(actions == [0, 2, 0, 2, 0, 2, 0])
    #expect(most == [1, 0, 1, 1, 0, 3, 0])
  }

  @Test func `sums begin anew where a scene replaces, and what is missing or not to be seen is not counted`()
  {
    let samples: [Float] = [1, 2, .nan, 4, 5, 6, 7]
    let actions: [UInt8] = [0, 2, 1, 2, 1, 1, 2]
    var sums: [Double] = [10, 10, 10, 10, 10, 10, 10]
    var counts: [UInt16] = [1, 1, 1, 1, 1, 1, 1]
    var means = [Float](repeating: 0, count: 7)
    samples.withUnsafeBufferPointer { buffer in
      var sum = sums.mutableSpan
      var count = counts.mutableSpan
      SceneFusion.add(
        LinearSamples(buffer, scale: 2, offset: 1), scene: scene.span, above: 1, actions: actions.span,
        to: &sum,
        counts: &count)
    }
    #expect(sums == [10, 0, 10, 9, 21, 23, 0])
    #expect(counts == [1, 0, 1, 1, 2, 2, 0])
    var target = means.mutableSpan
    SceneFusion.mean(sums.span, counts: counts.span, into: &target)
    #expect(means.map { $0.isNaN ? -1 : $0 } == [10, -1, 10, 9, 10.5, 11.5, -1])
  }

  @Test func `scores become what masks reject, and where nobody looks`() {
    var marks = [UInt8](repeating: 9, count: 7)
    var target = marks.mutableSpan
    #expect(SceneFusion.reject(scores.span, upTo: 1, into: &target))
    #expect(marks == [0, 1, 1, 1, 0, 0, 1])
    target = marks.mutableSpan
    #expect(SceneFusion.markUnwanted(scene: scene.span, scores: scores.span, above: 1, into: &target))
    #expect(marks == [1, 1, 1, 0, 1, 0, 1])
    target = marks.mutableSpan
    #expect(!SceneFusion.markUnwanted(scene: scene.span, scores: scores.span, above: 3, into: &target))
  }

  @Test func `what is reported is the best of those that take part`() {
    var report: [UInt8] = [255, 0, 1, 255]
    var target = report.mutableSpan
    SceneFusion.report(([1, 1, 0, 0] as [UInt8]).span, actions: ([2, 2, 1, 0] as [UInt8]).span, in: &target)
    #expect(report == [1, 1, 0, 255])
  }
}
