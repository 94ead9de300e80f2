/// Runs work that blocks on threads of its own, a few at a time.
public enum BlockingWork {
  /// Runs `body` for each item, some of them at once, on threads where it may block; the first error cancels the
  /// others.
  public static func forEach<Item: Sendable>(
    _ items: [Item], workers: Int, _ body: @escaping @Sendable (Item) async throws -> Void
  ) async throws {
    let threads = try BlockingThreads(count: workers)
    defer { threads.close() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (position, item) in items.enumerated() {
        if position >= workers { try await group.next() }
        group.addTask(executorPreference: threads) { try await body(item) }
      }
      try await group.waitForAll()
    }
  }

  /// Runs `body` once on each of several threads, and waits for all; the first error cancels the others.
  public static func run(workers: Int, _ body: @escaping @Sendable () throws -> Void) async throws {
    let threads = try BlockingThreads(count: workers)
    defer { threads.close() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<workers {
        group.addTask(executorPreference: threads) { try body() }
      }
      try await group.waitForAll()
    }
  }

  /// What `body` gives, run on a thread where it may block.
  public static func value<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    let threads = try BlockingThreads(count: 1)
    defer { threads.close() }
    return try await Task(executorPreference: threads) { try body() }.value
  }
}
