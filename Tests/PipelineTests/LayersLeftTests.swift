import Testing

@testable import Pipeline

/// How long layers that are computed from layers are said to take, on modelled courses.
@Suite struct LayersLeftTests {
  @Test func `before a chunk has ended it is what was planned`() {
    let left = LayersLeft([1, 12], workers: 2, began: 5)
    #expect(left.seconds(at: 5) == 13)
    #expect(left.seconds(at: 9) == 9)
    #expect(left.seconds(at: 30) == 0)
  }

  @Test func `workers end chunks together: the first of two tells of as many rounds as are left`() {
    var left = LayersLeft([5], workers: 2, began: 10)
    left.note(ended: 1, of: 4, seconds: 16)
    // Two rounds of 6 s, of which one has ended.
    #expect(left.seconds(at: 16) == 6)
    left.note(ended: 2, of: 4, seconds: 16)
    #expect(left.seconds(at: 16) == 6)
    #expect(left.seconds(at: 18) == 4)
    left.note(ended: 3, of: 4, seconds: 22)
    #expect(left.seconds(at: 22) == 0)
  }

  @Test func `a slow stage after a fast one takes what was planned of it, not the pace of the fast one`() {
    var left = LayersLeft([0.1, 20], workers: 1, began: 0)
    for chunk in 1...4 { left.note(ended: chunk, of: 8, seconds: 0.025 * Double(chunk)) }
    #expect(abs(left.seconds(at: 0.1) - 20) < 1e-9)
    left.note(ended: 5, of: 8, seconds: 7.1)
    #expect(abs(left.seconds(at: 7.1) - 21) < 1e-9)
  }

  @Test func `a fast stage that took less than planned says little of the slow one after it`() {
    var left = LayersLeft([1, 12], workers: 1, began: 0)
    left.note(ended: 1, of: 2, seconds: 0.3)
    #expect(left.seconds(at: 0.3) > 10 && left.seconds(at: 0.3) < 12)
  }

  @Test func `a stage that took longer than planned makes those that follow longer`() {
    var left = LayersLeft([4, 6], workers: 1, began: 0)
    left.note(ended: 1, of: 2, seconds: 8.5)
    // 8.5 s for 4: with three tenths of the ten planned seconds that tell nothing, 11.5 for 7.
    #expect(abs(left.seconds(at: 8.5) - 6 * 11.5 / 7) < 1e-9)
  }

  @Test func `stages with chunks of an earlier run are one`() {
    var left = LayersLeft([4, 6], workers: 1, began: 0)
    left.note(ended: 1, of: 3, seconds: 2)
    #expect(abs(left.seconds(at: 2) - 4) < 1e-9)
  }
}
