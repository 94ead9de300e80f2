import JSON
import Testing

@testable import Engine
@testable import Pipeline

/// How long a run is said to take, on modelled courses: no clock is asked.
@Suite struct RunStagesTests {
  private func sequence(
    _ name: String, cells: Int, bytes: Double, layers: Double = 0, files: Double = 0, pictures: Double = 0
  ) -> RunStages.Sequence {
    RunStages.Sequence(
      name: name, cells: cells, bytesPerCell: bytes, layers: layers, publishing: files, pictures: pictures)
  }

  /// Notes the cells of a sequence up to one of them, each of so many seconds.
  private func compute(
    _ stages: inout RunStages, _ name: String, _ cells: Range<Int>, of all: Int, each: Double,
    from start: Double
  ) -> Double {
    if cells.lowerBound == 0 {
      stages.note(.sequenceBegan(name: name, cells: all, kept: 0, damaged: 0), seconds: start)
    }
    var time = start
    for cell in cells {
      time += each
      stages.note(.progress(sequence: name, ended: cell + 1, failed: 0, cells: all), seconds: time)
    }
    return time
  }

  @Test func `a tenth of the first of two sequences tells of both, their files and the report`() throws {
    var stages = RunStages(
      [
        sequence("a", cells: 100, bytes: 1000, files: 3, pictures: 1),
        sequence("b", cells: 50, bytes: 4000, files: 2),
      ],
      ending: 0.5)
    #expect(stages.secondsLeft(at: 0) == nil)
    let time = compute(&stages, "a", 0..<10, of: 100, each: 0.1, from: 1)
    // 90 cells, files, pictures, 50 cells of four times as much, files, and what comes last.
    let truth = 9 + 3 + 1 + 20 + 2 + 0.5
    let left = try #require(stages.secondsLeft(at: time))
    #expect(abs(left / truth - 1) < 1e-9)
  }

  @Test func `files that have ended tell of those that follow, not the plan`() throws {
    var stages = RunStages([sequence("a", cells: 10, bytes: 1, files: 1)], ending: 0.25)
    let time = compute(&stages, "a", 0..<10, of: 10, each: 0.1, from: 0)
    stages.note(.publishing(sequence: "a", files: 20), seconds: time)
    #expect(abs(try #require(stages.secondsLeft(at: time + 0.5)) - (0.5 + 0.25)) < 1e-9)
    stages.note(.published(sequence: "a", ended: 5, files: 20), seconds: time + 10)
    #expect(abs(try #require(stages.secondsLeft(at: time + 10)) - (30 + 0.25)) < 1e-9)
    stages.note(.drawing(sequence: "a"), seconds: time + 40)
    stages.note(.ending, seconds: time + 40)
    // Files took forty times as long as planned: ten times is the most that is taken over.
    #expect(stages.secondsLeft(at: time + 40) == 2.5)
    #expect(stages.secondsLeft(at: time + 60) == 0)
  }

  @Test func `layers of layers are told of while they are computed`() throws {
    var stages = RunStages([sequence("a", cells: 10, bytes: 1, layers: 100, files: 1)], ending: 0)
    let time = compute(&stages, "a", 0..<10, of: 10, each: 0.1, from: 0)
    #expect(stages.secondsLeft(at: time) == 101)
    stages.note(.layers(sequence: "a", ended: 1, chunks: 9), seconds: time + 1)
    stages.note(.layers(sequence: "a", ended: 3, chunks: 9), seconds: time + 7)
    #expect(try #require(stages.secondsLeft(at: time + 7)) == 13)
  }

  @Test func `on a slow machine stages that are still only planned take longer, as those before did`() throws
  {
    var stages = RunStages(
      [
        sequence("a", cells: 10, bytes: 1, layers: 5, files: 9, pictures: 4),
        sequence("b", cells: 10, bytes: 1, files: 7, pictures: 2),
      ],
      ending: 1)
    var time = compute(&stages, "a", 0..<10, of: 10, each: 0.1, from: 0)
    stages.note(.layers(sequence: "a", ended: 1, chunks: 2), seconds: time)
    stages.note(.publishing(sequence: "a", files: 3), seconds: time + 17)
    // Layers took 17 s for 5: with the second that tells nothing, three times.
    time += 17
    let rest: Double = 1 + 3 * (7 + 2) + 3
    let left = try #require(stages.secondsLeft(at: time))
    #expect(abs(left - (3 * 9 + 3 * 4 + rest)) < 1e-9)
    stages.note(.drawing(sequence: "a"), seconds: time + 27)
    stages.note(
      .sequenceEnded(
        SequenceReport(
          name: "a", collection: nil, area: [:], inputs: [], cells: CellCounts(), products: [], losses: [])),
      seconds: time + 27 + 12)
    // Now 56 s for 18.
    time = compute(&stages, "b", 0..<10, of: 10, each: 0.1, from: time + 39)
    let last = try #require(stages.secondsLeft(at: time))
    #expect(abs(last - 30) < 1e-9)
  }

  @Test func `stages of no time tell nothing of the machine`() throws {
    var stages = RunStages([sequence("a", cells: 10, bytes: 1, files: 0.01, pictures: 4)], ending: 0)
    let time = compute(&stages, "a", 0..<10, of: 10, each: 0.1, from: 0)
    stages.note(.publishing(sequence: "a", files: 1), seconds: time)
    stages.note(.drawing(sequence: "a"), seconds: time + 0.11)
    #expect(abs(try #require(stages.secondsLeft(at: time + 0.11)) / 4 - 1) < 0.15)
  }

  @Test func `the time is estimated once a tenth of all cells has ended`() {
    let recorder = TimelineRecorder()
    recorder.expect(
      RunStages([sequence("a", cells: 100, bytes: 1), sequence("b", cells: 100, bytes: 1)], ending: 0))
    recorder.note(.sequenceBegan(name: "a", cells: 100, kept: 0, damaged: 0))
    for cell in 1..<20 { recorder.note(.progress(sequence: "a", ended: cell, failed: 0, cells: 100)) }
    #expect(recorder.expected == nil)
    recorder.note(.progress(sequence: "a", ended: 20, failed: 0, cells: 100))
    let expected = recorder.expected
    #expect(expected != nil)
    for cell in 21...100 { recorder.note(.progress(sequence: "a", ended: cell, failed: 0, cells: 100)) }
    #expect(recorder.expected == expected)
  }

  @Test func `the estimate is compared with the time to the very end`() {
    var course = RunTimeline()
    course.seconds = 1e9
    course.forecasts = ["Time, as estimated at a tenth", "Cells"].map {
      RunTimeline.Forecast(name: $0, unit: .seconds, planned: 1...1, found: 1e9)
    }
    let ended = RunForecast.ended(course, TimelineRecorder())
    #expect(ended.seconds < 1e9 && ended.forecasts[0].found == ended.seconds)
    #expect(ended.forecasts[1].found == 1e9)
  }

  @Test func `a sequence whose cells were all there goes at the pace of nothing`() throws {
    var stages = RunStages(
      [sequence("a", cells: 10, bytes: 100, files: 1), sequence("b", cells: 10, bytes: 100)], ending: 0)
    stages.note(.sequenceBegan(name: "a", cells: 10, kept: 4, damaged: 0), seconds: 0)
    stages.note(.publishing(sequence: "a", files: 1), seconds: 0)
    // Nothing has been computed that would tell how long "b" takes.
    #expect(stages.secondsLeft(at: 0) == nil)
  }
}
