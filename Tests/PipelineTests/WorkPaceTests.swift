import Testing

@testable import Pipeline

/// What a unit of work is said to take.
@Suite struct WorkPaceTests {
  @Test func `nothing that ended leaves what is usual, times the machine's slowness`() {
    let pace = WorkPace(usual: 0.01)
    #expect(pace.secondsPerUnit(slowness: 3) == 0.03)
  }

  @Test func `a trial on this machine is not slower than it was`() {
    var pace = WorkPace(usual: 0.01)
    pace.expect(0.02)
    #expect(pace.secondsPerUnit(slowness: 3) == 0.02)
  }

  @Test
  func `parts of three tenths of a second weigh as much as what was expected, of thirty all but everything`()
  {
    var pace = WorkPace(usual: 0.01)
    // Twice as slow: as many units in 0.3 s as half of those expected.
    pace.note(0.3, of: 15)
    #expect(abs(pace.secondsPerUnit(slowness: 1) - 0.6 / 45) < 1e-12)
    pace.note(29.7, of: 1485)
    #expect(abs(pace.secondsPerUnit(slowness: 1) / 0.02 - 1) < 0.02)
  }

  @Test func `parts of no amount, or of a clock that went back, tell nothing`() {
    var pace = WorkPace(usual: 0.01)
    pace.note(5, of: 0)
    pace.note(-5, of: 10)
    #expect(pace.secondsPerUnit(slowness: 1) == 0.01)
  }
}
