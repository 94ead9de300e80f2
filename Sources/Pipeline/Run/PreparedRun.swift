internal import GDAL
internal import Geo
internal import Storage

/// A run that is planned and recorded in its directory, so that processes on other machines can work on it.
public struct PreparedRun: Sendable {
  /// One sequence that reads scenes.
  public struct Sequence: Sendable {
    public let name: String
    /// The sequences that it is to come after.
    public let after: [String]
    /// Chunks of the grid.
    public let chunks: Int
    /// Chunks of which cells of dates are still to be computed.
    public let waiting: [Int]
    /// Those of them of which cells failed: what was in the way may still be there.
    public let failed: Set<Int>
    public let dates: Int
    /// Samples that are read for one chunk: pixels × dates × bands.
    public let samplesPerChunk: Int
    /// How chunks are dealt to shards where the cells of dates are computed.
    public let shardCut: ShardCut
    /// Where the cells of dates are computed.
    public let mode: RunMode
    /// What is computed from whole periods, in order.
    public let laterStages: [LaterStage]
  }

  /// A stage after the cells of dates: each waits for the one before.
  public struct LaterStage: Sendable {
    /// Its place among the sequence's stages.
    public let index: Int
    /// Chunks that are still to be computed.
    public let waiting: [Int]
    /// Samples that are read for one chunk: pixels × layers × variables.
    public let samplesPerChunk: Int
    /// Where it is computed.
    public let mode: RunMode
  }

  public let directory: RunDirectory
  /// Nil where the run directory is a folder.
  public let mirror: RunMirror?
  public let sequences: [Sequence]
  /// The memory limit and threads that the plan was made for.
  public let memory: Int
  public let threads: Int
  /// Where the files are published.
  public let publishMode: RunMode

  /// Where the run directory is, of which `directory` is a copy that is gone; nil where it is the directory itself.
  var original: String?

  /// The run directory as messages and other commands name it.
  public var path: String { original ?? mirror?.location ?? directory.path }
  /// The run directory as other machines find it.
  public var location: String { original ?? mirror?.location ?? directory.absolutePath }
  /// Whether the machines share the run directory's folder, not an object store.
  public var hasSharedFolder: Bool { !VirtualPath.isObjectStore(location) }
  /// The jobs that the run has on a cluster; nil where it has none.
  public let jobs: ClusterRecord?
  /// Keep other processes from planning the run: on this machine, and where it is in an object store. Nil where it was not
  /// asked to.
  var lock: RunLock?
  var mark: StoreMark.Held?

  /// Lets other processes plan the run; further calls do nothing.
  public func release() async {
    lock?.release()
    await mark?.release()
  }
}
