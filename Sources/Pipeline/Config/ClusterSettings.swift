/// What the jobs of a cluster are given (`cluster` in a config); what is absent is the site's own default.
public struct ClusterSettings: Hashable, Sendable {
  /// The partition or queue.
  public var partition: String?
  public var account: String?
  /// A task's time limit, as the engine writes it: "2:00:00".
  public var time: String?
  /// Memory of a task, in bytes; the run's memory limit and a little more when absent.
  public var memory: Int?
  /// Processors of a task; the run's threads when absent, 1 when those are all there are.
  public var cpus: Int?
  public var constraint: String?
  /// Further options of the engine's command, each one word.
  public var options: [String] = []
  /// Shell commands that prepare the environment before `apus`: "module load apus".
  public var prepare: String?
  /// The most tasks at once in one job.
  public var arrayLimit: Int?
  /// Into how many tasks the work is divided; found from its size when absent.
  public var tasks: Int?

  public init() {}
}
