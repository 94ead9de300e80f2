import JSON
import Testing

@testable import Engine
@testable import Pipeline

/// How long a run is said to take, on modelled courses: no clock is asked.
@Suite struct RunStagesTests {
  /// A sequence whose files and pictures usually take so many seconds.
  private func sequence(
    _ name: String, cells: Int, bytes: Double, layers: [Double] = [], files: Double = 0, pictures: Double = 0,
    workers: Int = 2
  ) -> RunStages.Sequence {
    RunStages.Sequence(
      name: name, cells: cells, bytesPerCell: bytes, layers: layers,
      work: [
        .netcdf: files / RunWork.netcdf.usualSeconds, .pictures: pictures / RunWork.pictures.usualSeconds,
      ], workers: workers)
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

  /// Notes files one after the other, each of so many seconds and such a part of the work.
  private func publish(
    _ stages: inout RunStages, _ files: Range<Int>, of all: Int, _ part: RunWork.Part, each: Double,
    from start: Double
  ) -> Double {
    var time = start
    for file in files {
      time += each
      stages.note(.published(sequence: "a", ended: file + 1, files: all, part: part), seconds: time)
    }
    return time
  }

  private func ended(_ name: String) -> PipelineRunner.Event {
    .sequenceEnded(
      SequenceReport(
        name: name, collection: nil, area: [:], inputs: [], cells: CellCounts(), products: [], losses: []))
  }

  @Test func `a tenth of the first of two sequences tells of both, their files and the report`() throws {
    var stages = RunStages(
      [
        sequence("a", cells: 100, bytes: 1000, files: 3, pictures: 1),
        sequence("b", cells: 50, bytes: 4000, files: 2, pictures: 5),
      ],
      maps: 10, ending: 0.5)
    #expect(stages.secondsLeft(at: 0) == nil)
    let time = compute(&stages, "a", 0..<10, of: 100, each: 0.1, from: 1)
    // 90 cells, files with pictures beside them, 50 cells of four times as much, pictures that take longer than
    // files, ten maps of 42 milliseconds, and what comes last.
    let truth = 9 + 3 + 20 + 5 + 0.42 + 0.5
    let left = try #require(stages.secondsLeft(at: time))
    #expect(abs(left / truth - 1) < 1e-9)
  }

  @Test func `files that have ended tell of those that follow, not the plan`() throws {
    // Planned to take 2 s, they take 40.
    var stages = RunStages([sequence("a", cells: 10, bytes: 1, files: 2)])
    var time = compute(&stages, "a", 0..<10, of: 10, each: 0.1, from: 0)
    let part = RunWork.Part(.netcdf, 0.1 / RunWork.netcdf.usualSeconds)
    stages.note(
      .publishing(sequence: "a", files: 20, work: [.netcdf: 20 * part.amount]), seconds: time)
    var errors: [Double] = []
    for file in 0..<19 {
      time = publish(&stages, file..<(file + 1), of: 20, part, each: 2, from: time)
      let truth = 2 * Double(19 - file)
      errors.append(try #require(stages.secondsLeft(at: time)) / truth - 1)
    }
    // The first of twenty files leaves a little weight to the plan; two are enough.
    #expect(errors.dropFirst(2).allSatisfy { abs($0) < 0.2 }, "\(errors)")
    #expect(errors.allSatisfy { $0 > -1 })
  }

  @Test func `kinds of files that take turns are told apart`() throws {
    let kinds: [(RunWork.Part, Double)] = [(.init(.netcdf, 10e6), 0.01), (.init(.values, 4e6), 1)]
    var stages = RunStages([
      RunStages.Sequence(name: "a", cells: 10, bytesPerCell: 1, work: [.netcdf: 300e6, .values: 120e6])
    ])
    var time = compute(&stages, "a", 0..<10, of: 10, each: 0.1, from: 0)
    stages.note(
      .publishing(sequence: "a", files: 60, work: [.netcdf: 300e6, .values: 120e6]), seconds: time)
    for file in 0..<30 {
      for (place, (part, seconds)) in kinds.enumerated() {
        time = publish(
          &stages, (2 * file + place)..<(2 * file + place + 1), of: 60, part, each: seconds, from: time)
        guard file >= 3, file < 29 else { continue }
        let truth = 1.01 * Double(29 - file) + (place == 0 ? 1 : 0)
        let left = try #require(stages.secondsLeft(at: time))
        #expect(abs(left / truth - 1) < 0.2, "\(file) \(left) \(truth)")
      }
    }
    #expect(try #require(stages.secondsLeft(at: time)) == 0)
  }

  @Test func `what a trial found goes before what is usual, and cells are enough to tell of it`() throws {
    var stages = RunStages([
      RunStages.Sequence(name: "a", cells: 10, bytesPerCell: 1, work: [.values: 100e6])
    ])
    let time = compute(&stages, "a", 0..<5, of: 10, each: 0.1, from: 0)
    stages.note(.tried(.values, secondsPerUnit: 1 / 10e6), seconds: time)
    #expect(abs(try #require(stages.secondsLeft(at: time)) - 10.5) < 1e-9)
  }

  @Test func `a small part of a file that was tried weighs as much as what is usual on such a machine`()
    throws
  {
    var stages = RunStages([
      RunStages.Sequence(name: "a", cells: 10, bytesPerCell: 1, work: [.values: 360e6])
    ])
    // Pictures take twice as long as usual: files of 10 s are expected to take 20, by the trial 5.
    stages.expect(.pictures, 2 * RunWork.pictures.usualSeconds)
    let time = compute(&stages, "a", 0..<10, of: 10, each: 0.1, from: 0)
    stages.note(.tried(.values, secondsPerUnit: 5 / 360e6), seconds: time)
    #expect(abs(try #require(stages.secondsLeft(at: time)) - 10) < 1e-9)
  }

  @Test func `a file that is being made shortens the rest, but not by more than itself`() throws {
    var stages = RunStages([sequence("a", cells: 1, bytes: 1, files: 10)])
    let time = compute(&stages, "a", 0..<1, of: 1, each: 0.1, from: 0)
    stages.note(
      .publishing(sequence: "a", files: 5, work: [.netcdf: 10 / RunWork.netcdf.usualSeconds]), seconds: time)
    #expect(abs(try #require(stages.secondsLeft(at: time)) - 10) < 1e-9)
    #expect(abs(try #require(stages.secondsLeft(at: time + 1.5)) - 8.5) < 1e-9)
    #expect(abs(try #require(stages.secondsLeft(at: time + 100)) - 8) < 1e-9)
  }

  @Test func `pictures are drawn beside files, and what takes longer counts`() throws {
    var stages = RunStages([sequence("a", cells: 10, bytes: 1, files: 1, pictures: 1)])
    var time = compute(&stages, "a", 0..<10, of: 10, each: 0.1, from: 0)
    stages.note(.drawn(sequence: "a", ended: 0, pictures: 100), seconds: time)
    stages.note(
      .publishing(sequence: "a", files: 1, work: [.netcdf: 1 / RunWork.netcdf.usualSeconds]), seconds: time)
    // Pictures take four times as long as usual.
    for picture in 1...50 {
      stages.note(
        .drawn(sequence: "a", ended: picture, pictures: 100), seconds: time + 0.04 * Double(picture))
    }
    time += 2
    let beside = try #require(stages.secondsLeft(at: time))
    #expect(abs(beside / 2 - 1) < 0.2)
    stages.note(.drawing(sequence: "a"), seconds: time)
    #expect(abs(try #require(stages.secondsLeft(at: time)) / 2 - 1) < 0.2)
    stages.note(.drawn(sequence: "a", ended: 100, pictures: 100), seconds: time + 2)
    #expect(stages.secondsLeft(at: time + 2) == 0)
  }

  @Test func `maps of the report tell of those that follow`() throws {
    var stages = RunStages([sequence("a", cells: 1, bytes: 1)], maps: 24, ending: 0.1)
    let time = compute(&stages, "a", 0..<1, of: 1, each: 0.1, from: 0)
    stages.note(.ending, seconds: time)
    stages.note(.reporting(ended: 0, maps: 40), seconds: time)
    // The plan has them in those of the largest size: 24 of them.
    let planned = 24 * RunWork.maps.usualSeconds
    #expect(abs(try #require(stages.secondsLeft(at: time)) - planned - 0.1) < 1e-9)
    stages.note(.reporting(ended: 20, maps: 40), seconds: time + 6)
    #expect(abs(try #require(stages.secondsLeft(at: time + 6)) / 6.1 - 1) < 0.2)
    stages.note(.reporting(ended: 40, maps: 40), seconds: time + 12)
    #expect(abs(try #require(stages.secondsLeft(at: time + 12)) - 0.1) < 1e-9)
    #expect(stages.secondsLeft(at: time + 100) == 0)
  }

  @Test func `on a slow machine what nobody tried takes longer, as what has ended did`() throws {
    var stages = RunStages([
      sequence("a", cells: 10, bytes: 1, files: 9),
      RunStages.Sequence(
        name: "b", cells: 0, bytesPerCell: 1, work: [.values: 2 / RunWork.values.usualSeconds]),
    ])
    var time = compute(&stages, "a", 0..<10, of: 10, each: 0.1, from: 0)
    let part = RunWork.Part(.netcdf, 9 / RunWork.netcdf.usualSeconds)
    stages.note(.publishing(sequence: "a", files: 1, work: [.netcdf: part.amount]), seconds: time)
    // 29 s where 9 are usual: with the second that tells nothing, three times as long.
    time = publish(&stages, 0..<1, of: 1, part, each: 29, from: time)
    stages.note(.drawing(sequence: "a"), seconds: time)
    #expect(abs(try #require(stages.secondsLeft(at: time)) - 6) < 1e-9)
    stages.note(ended("a"), seconds: time)
    stages.note(.sequenceBegan(name: "b", cells: 0, kept: 0, damaged: 0), seconds: time)
    stages.note(
      .publishing(sequence: "b", files: 1, work: [.values: 2 / RunWork.values.usualSeconds]), seconds: time)
    #expect(abs(try #require(stages.secondsLeft(at: time)) - 6) < 1e-9)
  }

  @Test func `what takes no time tells nothing of the machine`() throws {
    var stages = RunStages([sequence("a", cells: 10, bytes: 1, files: 0.01, pictures: 4)])
    let time = compute(&stages, "a", 0..<10, of: 10, each: 0.1, from: 0)
    let part = RunWork.Part(.netcdf, 0.01 / RunWork.netcdf.usualSeconds)
    stages.note(.publishing(sequence: "a", files: 1, work: [.netcdf: part.amount]), seconds: time)
    let end = publish(&stages, 0..<1, of: 1, part, each: 0.11, from: time)
    stages.note(.drawing(sequence: "a"), seconds: end)
    #expect(abs(try #require(stages.secondsLeft(at: end)) / 4 - 1) < 0.15)
  }

  @Test func `what is left is never less than nothing, whatever comes in whatever order`() throws {
    var random = SeededNumbers(state: 5)
    for _ in 0..<200 {
      var stages = RunStages(
        [sequence("a", cells: 5, bytes: 1, layers: [1, 2], files: 1, pictures: 1)], maps: 3, ending: 0.1)
      stages.note(.sequenceBegan(name: "a", cells: 5, kept: 0, damaged: 0), seconds: 0)
      var time = 0.0
      for _ in 0..<40 {
        time += Double(random.next(100)) / 100
        let (ended, all) = (random.next(8), random.next(6))
        let part = RunWork.Part(
          RunWork.allCases[random.next(RunWork.allCases.count)], Double(random.next(1000)) * 1e6)
        let events: [PipelineRunner.Event] = [
          .progress(sequence: "a", ended: ended, failed: 0, cells: 5),
          .layers(sequence: "a", ended: ended, chunks: all),
          .publishing(sequence: "a", files: all, work: [part.kind: part.amount]),
          .published(sequence: "a", ended: ended, files: all, part: part),
          .drawn(sequence: "a", ended: ended, pictures: all), .drawing(sequence: "a"), .ending,
          .reporting(ended: ended, maps: all), .tried(part.kind, secondsPerUnit: Double(all)),
        ]
        stages.note(events[random.next(events.count)], seconds: time)
        if let left = stages.secondsLeft(at: time + Double(random.next(50))) {
          #expect(left >= 0 && left.isFinite)
        }
      }
    }
  }

  /// Whole numbers that look random.
  private struct SeededNumbers {
    var state: UInt64

    mutating func next(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % max(count, 1)
    }
  }

  @Test func `the time is estimated once a tenth of all cells has ended`() {
    let recorder = TimelineRecorder()
    recorder.expect(
      RunStages([sequence("a", cells: 100, bytes: 1), sequence("b", cells: 100, bytes: 1)]))
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
    var stages = RunStages([
      sequence("a", cells: 10, bytes: 100, files: 1), sequence("b", cells: 10, bytes: 100),
    ])
    stages.note(.sequenceBegan(name: "a", cells: 10, kept: 4, damaged: 0), seconds: 0)
    stages.note(.publishing(sequence: "a", files: 1, work: [:]), seconds: 0)
    // Nothing has been computed that would tell how long "b" takes.
    #expect(stages.secondsLeft(at: 0) == nil)
  }
}
