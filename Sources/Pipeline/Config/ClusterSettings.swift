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
  /// The program that tasks run, by its path on the nodes; the one that submits when absent.
  public var program: String?
  /// The container image of pods.
  public var image: String?
  public var namespace: String?
  /// The address of Kubernetes' API; that of the cluster around when absent.
  public var server: String?
  /// The claim of the volume that holds the run directory, and where pods see it.
  public var volume: Volume?
  /// The secret whose entries become variables of pods.
  public var secret: String?

  /// A volume of pods.
  public struct Volume: Hashable, Sendable {
    public let claim: String
    public let folder: String

    /// - Parameter text: "CLAIM:/FOLDER"; nil when it is not written so.
    public init?(_ text: String) {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, parts[1].hasPrefix("/") else { return nil }
      (claim, folder) = (String(parts[0]), String(parts[1]))
    }
  }

  public init() {}
}
