internal import Engine
internal import GDAL

/// Where the files of a sequence are read from: local disk, and servers with the requests to them.
struct BandFiles: Sendable {
  let archive: RemoteArchive
  let queue: FetchQueue
  let open: OpenFiles

  /// Runs `body` with threads that fetch what it sends for.
  static func open<Result>(
    _ archive: RemoteArchive, connections: Int, _ body: (BandFiles) async throws -> Result
  ) async throws -> Result {
    let queue = FetchQueue(hasThreads: connections > 0)
    let files = BandFiles(archive: archive, queue: queue, open: OpenFiles())
    guard connections > 0 else { return try await body(files) }
    async let threads: Void = work(queue, threads: connections)
    let result: Swift.Result<Result, any Error>
    do {
      result = .success(try await body(files))
    } catch {
      result = .failure(error)
    }
    queue.close()
    try await threads
    return try result.get()
  }

  /// Does the queue's jobs until it is closed; where the system admits no thread for them, readers fetch themselves.
  private static func work(_ queue: FetchQueue, threads: Int) async throws {
    do {
      try await BlockingWork.run(workers: threads) { queue.work() }
    } catch is ThreadError {
      queue.giveUpThreads()
    }
  }
}
