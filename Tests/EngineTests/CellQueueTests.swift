import Synchronization
import Testing

@testable import Engine

/// Who gets which cell: workers stay with their chunk, and none is idle while there is something to do.
@Suite struct CellQueueTests {
  /// Nine chunks of 40 × 24 pixels in 16 × 8.
  private func plan(dates: Int, workers: Int) -> SequencePlan {
    var bench = EngineBench([
      (StubSource("red"), false), (SumOf("red", as: "sum"), true), (HalvingSum("sum"), true),
    ])
    for _ in 0..<dates { bench.addDate(["red": { _, _ in 1 }]) }
    return bench.plan(workers: workers)
  }

  private func queue(dates: Int, workers: Int, chunks: [Int] = Array(0..<9)) -> CellQueue {
    let plan = plan(dates: dates, workers: workers)
    return CellQueue(plan: plan, stage: plan.stages[0], chunks: chunks)
  }

  @Test func `two workers take different chunks and stay with them, date by date`() throws {
    let queue = queue(dates: 3, workers: 2)
    var seen: [Int: [[Int]]] = [:]
    // Three rounds of the first worker's for each of the second's: nobody keeps step.
    for worker in [0, 1, 0, 0, 1, 1] {
      let ticket = try #require(queue.takeIfReady(worker))
      seen[worker, default: []].append([ticket.fold.chunk, ticket.step])
      queue.release(ticket.result)
    }
    #expect(seen == [0: [[0, 0], [0, 1], [0, 2]], 1: [[1, 0], [1, 1], [1, 2]]])
  }

  @Test func `with no room for another chunk a worker helps with one that is open, where most is left`()
    throws
  {
    // Four workers and seven dates: 1 + ceil(8 / 7) chunks may be open.
    let plan = plan(dates: 7, workers: 4)
    #expect(plan.memory.openChunks == 3)
    let queue = CellQueue(plan: plan, stage: plan.stages[0], chunks: Array(0..<9))
    func take(_ worker: Int) throws -> [Int] {
      let ticket = try #require(queue.takeIfReady(worker))
      queue.release(ticket.result)
      return [ticket.fold.chunk, ticket.step]
    }
    #expect(try take(0) == [0, 0])
    #expect(try take(0) == [0, 1])
    #expect(try take(1) == [1, 0])
    #expect(try take(1) == [1, 1])
    #expect(try take(2) == [2, 0])
    #expect(try take(3) == [2, 1], "that of which most is left")
    #expect(try take(3) == [0, 2])
    #expect(try take(0) == [0, 3], "its owner goes on after what the other did")
    #expect(try take(2) == [2, 2])
  }

  @Test func `the other worker helps with the last chunk, and gets nothing once all is handed out`() throws {
    let queue = queue(dates: 4, workers: 2, chunks: [5])
    var seen: [[Int]] = []
    for worker in [0, 1, 1, 0] {
      let ticket = try #require(queue.takeIfReady(worker))
      #expect(ticket.fold.chunk == 5)
      seen.append([worker, ticket.step])
      queue.release(ticket.result)
    }
    #expect(seen == [[0, 0], [1, 1], [1, 2], [0, 3]])
    // No waiting, though the chunk is not finished yet.
    #expect(queue.take(0) == nil && queue.take(1) == nil)
  }

  @Test func `a chunk that is handed out but not finished keeps its room`() throws {
    // One date: 1 + 4 chunks may be open, but no more than results.
    let plan = plan(dates: 1, workers: 2)
    let queue = CellQueue(plan: plan, stage: plan.stages[0], chunks: Array(0..<9))
    var chunks: [Int] = []
    for turn in 0..<plan.memory.openChunks {
      let ticket = try #require(queue.takeIfReady(turn % 2))
      queue.release(ticket.result)
      chunks.append(ticket.fold.chunk)
    }
    #expect(chunks == Array(0..<plan.memory.openChunks))
    #expect(queue.takeIfReady(0) == nil, "no memory for another")
    queue.chunkFinished()
    #expect(queue.takeIfReady(0)?.fold.chunk == plan.memory.openChunks)
    #expect(queue.takeIfReady(1) == nil)
  }

  @Test func `no cell is handed out without planes`() throws {
    let plan = plan(dates: 20, workers: 2)
    let queue = CellQueue(plan: plan, stage: plan.stages[0], chunks: Array(0..<9))
    var tickets: [CellQueue.Ticket] = []
    while let ticket = queue.takeIfReady(tickets.count % 2) { tickets.append(ticket) }
    #expect(tickets.count == plan.memory.results)
    queue.release(tickets[3].result)
    // The one that was held back comes next, not the one after it.
    let next = try #require(queue.takeIfReady(0))
    #expect([next.fold.chunk, next.step] == [0, 2])
  }

  @Test func `a closed queue hands out nothing`() throws {
    let queue = queue(dates: 3, workers: 2)
    #expect(queue.takeIfReady(0) != nil)
    queue.close()
    #expect(queue.isClosed && queue.take(0) == nil && queue.takeIfReady(1) == nil)
  }

  @Test(arguments: [(1, 7, false), (2, 7, true), (4, 2, false), (8, 1, true), (8, 7, false), (8, 7, true)])
  func `every cell is handed out once, in the dates' order, however many threads take and wait`(
    workers: Int, dates: Int, looksAhead: Bool
  ) async throws {
    let plan = plan(dates: dates, workers: workers)
    let chunks = Array(0..<9)
    let queue = CellQueue(plan: plan, stage: plan.stages[0], chunks: chunks)
    let records = Mutex(Records())
    let numbers = Mutex(0..<workers)
    try await BlockingWork.run(workers: workers) {
      guard let worker = numbers.withLock({ $0.popFirst() }) else { return }
      var taken = queue.take(worker)
      while let ticket = taken {
        // As workers do: one cell ahead of the one they are at, if it can be had.
        taken = looksAhead ? queue.takeIfReady(worker) : nil
        let (folded, isFinished) = records.withLock { $0.arrive(ticket, dates: dates) }
        for result in folded { queue.release(result) }
        if isFinished { queue.chunkFinished() }
        if taken == nil { taken = queue.take(worker) }
      }
    }
    records.withLock { records in
      for chunk in chunks {
        #expect(records.seen[chunk, default: []].sorted() == Array(0..<dates), "chunk \(chunk)")
        #expect(records.next[chunk] == dates, "chunk \(chunk) is finished")
      }
      #expect(records.seen.count == chunks.count)
      #expect(records.mostOpen <= plan.memory.openChunks)
    }
  }

  /// What a run keeps of its cells: planes go back in the order of dates.
  private struct Records {
    var seen: [Int: [Int]] = [:]
    var waiting: [Int: [Int: CellResult]] = [:]
    var next: [Int: Int] = [:]
    var mostOpen = 0

    mutating func arrive(_ ticket: CellQueue.Ticket, dates: Int) -> (folded: [CellResult], isFinished: Bool) {
      let chunk = ticket.fold.chunk
      seen[chunk, default: []].append(ticket.step)
      waiting[chunk, default: [:]][ticket.step] = ticket.result
      mostOpen = max(mostOpen, seen.count { next[$0.key, default: 0] < dates })
      var folded: [CellResult] = []
      while let result = waiting[chunk]?.removeValue(forKey: next[chunk, default: 0]) {
        folded.append(result)
        next[chunk, default: 0] += 1
      }
      return (folded, next[chunk] == dates)
    }
  }
}
