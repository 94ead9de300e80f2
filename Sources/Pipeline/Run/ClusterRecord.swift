internal import GDAL
internal import JSON
internal import Storage

/// The jobs that a run has on a cluster, `RUN/cluster.json`: what was submitted, for `status` and `cancel`.
public struct ClusterRecord: Sendable {
  /// Below the run directory.
  public static let name = "cluster.json"

  /// One job of the engine.
  public struct Job: Sendable {
    /// The engine's own name for it.
    public let id: String
    /// The name it was given.
    public let name: String
    /// "probe", "shards", "layers" (what is computed from whole periods) or "publish"; with the sequence's name behind it
    /// where there are several.
    public let kind: String
    /// The indices of its tasks; empty for a job that is one task.
    public let tasks: [Int]

    public init(id: String, name: String, kind: String, tasks: [Int]) {
      (self.id, self.name, self.kind, self.tasks) = (id, name, kind, tasks)
    }
  }

  public let engine: String
  /// Into how many shards the grid is divided.
  public let shards: Int
  public let jobs: [Job]

  public init(engine: String, shards: Int, jobs: [Job]) {
    (self.engine, self.shards, self.jobs) = (engine, shards, jobs)
  }

  /// Reads the record of a run; nil where nothing was submitted.
  ///
  /// - Throws: `PlanError` where it is no record.
  public init?(_ directory: RunDirectory) throws {
    try self.init(run: directory.path)
  }

  /// Reads the record of a run in a folder or an object store; nil where nothing was submitted.
  ///
  /// - Parameter run: the run directory, or its URL.
  /// - Throws: `PlanError` where it is no record, `StorageError`, `GDALError`.
  public init?(run: String) throws {
    let path = "\(run)/\(ClusterRecord.name)"
    var bytes: [UInt8]?
    if VirtualPath.isRemote(run) {
      // A web server has nothing that is at work.
      if VirtualPath.isObjectStore(run) { bytes = try RemoteRun(location: run).document(ClusterRecord.name) }
    } else if LocalFiles.exists(path) {
      bytes = try LocalFiles.readAll(path)
    }
    guard let bytes else { return nil }
    guard let node = try? JSONParser.parse(bytes), let engine = node["engine"]?.string,
      let shards = node["shards"]?.integer, (1...1_000_000).contains(shards),
      let jobs = node["jobs"]?.array
    else { throw PlanError("\(path) is no record of jobs: it was changed; remove it, and run again") }
    (self.engine, self.shards) = (engine, shards)
    self.jobs = jobs.compactMap { job in
      guard let id = job["id"]?.string, let name = job["name"]?.string, let kind = job["kind"]?.string else {
        return nil
      }
      return Job(id: id, name: name, kind: kind, tasks: job["tasks"]?.array?.compactMap(\.integer) ?? [])
    }
  }

  /// Writes it, atomically.
  public func write(to directory: RunDirectory) throws {
    let value: JSONValue = [
      "engine": .string(engine), "shards": .integer(shards),
      "jobs": .array(
        jobs.map {
          [
            "id": .string($0.id), "name": .string($0.name), "kind": .string($0.kind),
            "tasks": .array($0.tasks.map { .integer($0) }),
          ]
        }),
    ]
    try LocalFiles.writeAtomically(
      "\(directory.path)/\(ClusterRecord.name)", text: value.text(pretty: true) + "\n")
  }
}
