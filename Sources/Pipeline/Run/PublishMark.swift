internal import Engine
internal import GDAL
internal import Storage

/// Keeps two processes from publishing a run in an object store at once: the chunks that one has published it removes, and
/// the other would compute them again.
///
/// Nothing can be locked there. Each leaves a mark, stored again every minute, and the one whose mark was first by the
/// store's clock goes on. A mark that has not been stored again for three minutes is of a process that was killed.
struct PublishMark: Sendable {
  private static let folder = "ledger/publish"
  private static let seconds = 60
  private let remote: RemoteRun
  private let name: String

  init(_ remote: RemoteRun) {
    self.remote = remote
    name = "\(ShardWorker.host)-\(String(UInt64.random(in: .min ... .max), radix: 36)).mark"
  }

  /// Runs `body` where no other process publishes.
  ///
  /// - Throws: `StorageError` where another does, `GDALError`, what `body` throws.
  func publishing<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws
    -> Result
  {
    try await blocking { try store(created: nil) }
    let result: Result
    do {
      let created = try await blocking { modified(name) }
      try await blocking { try store(created: created) }
      // Others may have stored theirs in the same second.
      try await Task.sleep(for: .seconds(2))
      try await blocking { try check(created) }
      result = try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask {
          while true {
            try await Task.sleep(for: .seconds(Self.seconds))
            try await blocking { try store(created: created) }
          }
        }
        group.addTask { try await body() }
        defer { group.cancelAll() }
        // The first ends by a fault only.
        guard let result = try await group.next() ?? nil else { throw CancellationError() }
        return result
      }
    } catch {
      await remove()
      throw error
    }
    await remove()
    return result
  }

  private func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value
  {
    try await BlockingWork.value(body)
  }

  /// Also when the task is cancelled.
  private func remove() async {
    let address = address(name)
    try? await Task { try await blocking { _ = try? VirtualFiles.remove(address) } }.value
  }

  private func address(_ name: String) -> String { remote.address("\(Self.folder)/\(name)") }

  /// - Parameter created: when the mark was first there, by the store's clock; nil where that is not known yet.
  private func store(created: Int?) throws {
    try VirtualFiles.write(Array("\(created ?? 0)\n".utf8), to: address(name))
  }

  private func modified(_ name: String) -> Int? {
    VirtualFiles.forget(address(name))
    return VirtualFiles.status(address(name))?.modified
  }

  /// Makes sure that no other mark is older and still stored again; removes those that are not.
  private func check(_ created: Int?) throws {
    // A store that does not say when objects were stored has no clock to go by.
    guard let created, let now = modified(name) else { return }
    let folder = remote.address(Self.folder)
    VirtualFiles.forget(folder)
    for other in VirtualFiles.list(folder) ?? [] where other.hasSuffix(".mark") && other != name {
      guard let last = modified(other) else { continue }
      guard last >= now - 3 * Self.seconds else {
        _ = try? VirtualFiles.remove(address(other))
        continue
      }
      let text = (try? VirtualFiles.read(address(other))).map { String(decoding: $0, as: UTF8.self) } ?? ""
      let begun = text.split(separator: "\n").first.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? last
      guard (begun, other) > (created, name) else {
        throw StorageError(
          .lock, path: remote.location,
          reason: "another process publishes the run (\(other.split(separator: ".")[0]))",
          advice: "wait until it has ended")
      }
    }
  }
}
