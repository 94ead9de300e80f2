import ArgumentParser
import Testing

@testable import CommandLine

/// Which events make a line of JSON.
@Suite struct EventThrottleTests {
  @Test func `of many events of a kind the first, some a second and the last are told of`() {
    var throttle = EventThrottle()
    // A million cells in ten seconds.
    var told: [Int] = []
    for cell in 1...1_000_000
    where throttle.isDue("a cells", isLast: cell == 1_000_000, at: Double(cell) * 1e-5) {
      told.append(cell)
    }
    #expect(told.first == 1 && told.last == 1_000_000)
    #expect((45...52).contains(told.count), "\(told.count)")
  }

  @Test func `another kind is told of at once`() {
    var throttle = EventThrottle()
    let told = ["a cells", "a cells", "b cells", "b cells", "a cells"].map {
      throttle.isDue($0, isLast: false, at: 1)
    }
    #expect(told == [true, false, true, false, true])
  }
}

/// Questions of `apus init`.
@Suite struct QuestionTests {
  @Test func `an answer that is refused is asked for again`() throws {
    var answers = ["none", "-", "7", "8"]
    let found = try Question.untilAccepted { () throws -> Int in
      guard let number = Int(answers.removeFirst()) else { throw ExitStatus.usage }
      return number
    }
    #expect(found == 7 && answers == ["8"])
  }

  @Test func `the end of what is typed is no answer, and is not asked again`() throws {
    var count = 0
    #expect(throws: Question.Unanswered.self) {
      try Question.untilAccepted {
        count += 1
        return try Question.ask("First day", default: "2021-01-01") { nil }
      }
    }
    #expect(count == 1)
    #expect(try Question.ask("First day", default: "2021-01-01") { "  " } == "2021-01-01")
    #expect(try Question.ask("First day", default: "2021-01-01") { " 2020-05-06 " } == "2020-05-06")
  }

  @Test func `what is no refusal is not asked again`() {
    struct Failure: Error {}
    var count = 0
    #expect(throws: Failure.self) {
      try Question.untilAccepted { () throws -> Int in
        count += 1
        throw Failure()
      }
    }
    #expect(count == 1)
  }
}
