internal import ArgumentParser
internal import Cluster
internal import Pipeline

/// Options that stand over the config's own settings.
struct Overrides: ParsableArguments {
  @Option(help: "The run directory, instead of the config's output.location.")
  var output: String?

  @Option(help: "Worker threads, instead of the config's; 0 for one per processor.")
  var threads: Int?

  @Option(help: "The memory limit, such as 512MiB or 2GiB, instead of the config's.")
  var memory: String?

  func validate() throws {
    if let threads, !Resources.threadCounts.contains(threads) {
      throw ValidationError(
        "--threads is \(Resources.threadCounts.lowerBound) to \(Resources.threadCounts.upperBound)")
    }
    if let memory, MemorySize.bytes(memory) == nil {
      throw ValidationError("--memory \(memory) is not a valid size: write 512MiB or 2GiB")
    }
    if let memory, let bytes = MemorySize.bytes(memory), bytes < Resources.leastMemory {
      throw ValidationError(
        "--memory \(memory) is below the minimum, \(MemorySize.text(Resources.leastMemory))")
    }
    if let output, output.isEmpty { throw ValidationError("--output is empty") }
  }

  func apply(to config: inout PipelineConfig) {
    if let output { config.output.location = output }
    config.override(threads: threads, memory: memory.flatMap { MemorySize.bytes($0) })
  }
}

extension PipelineConfig {
  /// Reads a config; every mistake goes to standard error, and the command ends.
  static func load(_ path: String, _ overrides: Overrides? = nil) throws -> PipelineConfig {
    let reading = ConfigReader.read(path: path)
    guard var config = reading.config else {
      for line in reading.messages { Console.message(line) }
      throw ExitStatus.usage
    }
    overrides?.apply(to: &config)
    return config
  }
}

/// Runs a command's work; what it throws becomes a message and an exit status.
func reporting(_ body: () async throws -> Void) async throws {
  do {
    try await body()
  } catch let error as PlanError {
    Console.message("apus: \(error)")
    throw error.isConfigMistake ? ExitStatus.usage : ExitStatus.failure
  } catch let error as ClusterError {
    Console.message("apus: \(error)")
    throw error.isTemporary
      ? ExitStatus.temporary : error.isConfigMistake ? ExitStatus.usage : ExitStatus.failure
  } catch let code as ExitCode {
    throw code
  } catch is CancellationError {
    Console.message("apus: stopped; the same command continues where it stopped")
    throw ExitStatus.failure
  } catch {
    Console.message("apus: \(error)")
    throw ExitStatus.failure
  }
}
