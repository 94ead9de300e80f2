/// What the jobs of a cluster are given (`cluster` in a config); what is absent is the site's own default.
public struct ClusterSettings: Hashable, Sendable {
  /// The partition or queue.
  public var partition: String?
  public var account: String?
  /// A task's time limit, in seconds.
  public var time: Int?
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

  /// What is asked of an engine beyond the memory limit that a worker keeps to, in bytes: for the shell, and what the
  /// kernel counts.
  public static let memoryBeside = 256 << 20

  /// Reads a time limit: "2:00:00", or "1-12:00:00" with days.
  ///
  /// - Parameter text: as configs have it.
  /// - Returns: seconds, 1 or more; nil when it is not written so, for "120" is minutes to one engine and seconds to another.
  public static func seconds(_ text: String) -> Int? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let numbers = (parts.last ?? "").split(separator: ":", omittingEmptySubsequences: false).map(number)
    guard let days = parts.count == 2 ? number(parts[0]) : 0, parts.count < 3, numbers.count == 3,
      let hours = numbers[0], let minutes = numbers[1], let seconds = numbers[2], minutes < 60, seconds < 60
    else { return nil }
    let sum = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return sum > 0 ? sum : nil
  }

  /// Up to five digits, and nothing else.
  private static func number(_ text: Substring) -> Int? {
    (1...5).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
  }
}
