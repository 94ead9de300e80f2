internal import ArgumentParser
internal import Glibc
internal import JSON
internal import Pipeline
internal import Storage

/// `apus work`: what tasks of a cluster run, and anybody by hand.
struct WorkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work",
    abstract: "Compute a part of a run, beside other processes that compute other parts.",
    discussion: """
      A run is planned by `apus run` with a cluster's run_mode, or with --plan-only. Parts may be computed twice, late, \
      or on any machine that sees the run directory. Machines that share no folder share a place in an object store.

        apus work out/maule --shard 3/8      the fourth of eight parts
        apus work out/maule --shard 3/8 --sequence s --stage 1    the same of what is computed from periods
        apus work out/maule --publish        the rest: periods, tables, files, summary
        apus work s3://bucket/maule --shard 3/8    in an object store, with credentials from the environment

      Exit status: 0 all of it is there; 1 cells failed, with their reasons in the ledger; 64 this machine cannot work \
      on the run; 75 something is missing that may be there later: try again.
      """)

  @Argument(help: "The run directory, or its URL in an object store.", completion: .directory)
  var run: String

  @Option(help: "Which part of how many, counted from 0: 3/8.")
  var shard: String?

  @Option(help: "Only this sequence of the run.")
  var sequence: String?

  @Option(
    help: "Which stage of the sequences: 0, the cells of dates, or a later one, as a cluster's jobs have it.")
  var stage = 0

  @Flag(help: "Publish the files, when all parts are there.")
  var publish = false

  @Flag(help: "Only look whether this machine can work on the run.")
  var probe = false

  @Option(help: "Worker threads, instead of the run's; 0 for one per processor.")
  var threads: Int?

  @Option(help: "The memory limit, such as 512MiB or 2GiB, instead of the run's.")
  var memory: String?

  func validate() throws {
    guard [shard != nil, publish, probe].count(where: { $0 }) == 1 else {
      throw ValidationError("give one of --shard I/N, --publish and --probe")
    }
    guard shard != nil || sequence == nil && stage == 0 else {
      throw ValidationError("--sequence and --stage belong to --shard")
    }
    if let shard, part(shard) == nil {
      throw ValidationError("--shard \(shard) is no part: write I/N with I from 0 to N − 1, such as 3/8")
    }
    if let threads, !Resources.threadCounts.contains(threads) {
      throw ValidationError(
        "--threads is \(Resources.threadCounts.lowerBound) to \(Resources.threadCounts.upperBound)")
    }
    if let memory, MemorySize.bytes(memory).map({ $0 < Resources.leastMemory }) ?? true {
      throw ValidationError(
        "--memory \(memory): write 512MiB or 2GiB, \(MemorySize.text(Resources.leastMemory)) at least")
    }
  }

  private func part(_ text: String) -> (index: Int, count: Int)? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], (1...1_000_000).contains(count),
      (0..<count).contains(index)
    else { return nil }
    return (index, count)
  }

  func run() async throws {
    try await reporting {
      let printer = ProgressPrinter(.plain)
      let worker = try await tryingAgain {
        try await ShardWorker(
          run, version: Apus.version, threads: threads, memory: memory.flatMap { MemorySize.bytes($0) }
        ) { printer.show($0) }
      }
      if probe {
        try await tryingAgain { try worker.probe() }
        Console.result("\(run): this machine can work on the run")
      } else if let (index, count) = shard.flatMap(part) {
        let outcome = try await tryingAgain {
          try await worker.run(shard: index, of: count, sequence: sequence, stage: stage)
        }
        Console.result(
          "\(run): shard \(index)/\(count): \(outcome.done) cells computed, \(outcome.kept) kept, \(outcome.failed) failed"
        )
        if outcome.left > 0 {
          Console.message(
            "apus: \(outcome.left) chunks of stage \(stage) are left to the job that publishes: cells that they are "
              + "computed from failed")
        }
        if outcome.early > 0 {
          Console.message(
            "apus: \(outcome.early) chunks of stage \(stage) are not computed: what they are computed from is not all "
              + "there; try again when the shards of the stages before have ended")
          throw ExitStatus.temporary
        }
        if outcome.failed > 0 { throw ExitStatus.failure }
      } else {
        try await tryingAgain { try await RunPublishing(worker, printer).run() }
      }
    }
  }

  /// A disk that is full, or a disk or an object store that is gone for a moment is no loss: the status says that it is
  /// worth another try. Where writing is not allowed another try would end the same way.
  private func tryingAgain<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as PlanError {
      throw error
    } catch let code as ExitCode {
      throw code
    } catch let error as StorageError where [EROFS, EACCES, EPERM].contains(error.code) {
      Console.message("apus: \(error): this machine may not write to the run directory")
      throw ExitStatus.usage
    } catch {
      Console.message("apus: \(error); what was finished is recorded: try again")
      throw ExitStatus.temporary
    }
  }
}
