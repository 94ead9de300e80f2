/// Runs work that blocks on threads of its own, a few at a time.
public enum BlockingWork {
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
}
