public import ArgumentParser

/// The command line: a thin shell over the rooms behind it.
public struct Apus: AsyncParsableCommand {
  /// The version of the software, in files, summaries and `--version`.
  public static let version = "0.1.0"

  public static let configuration = CommandConfiguration(
    commandName: "apus",
    abstract: "Runs satellite time-series pipelines from one JSON file.",
    discussion: """
      Finds scenes, masks clouds, computes indices and albedo, reduces over seasons, and writes CF NetCDF and a \
      summary, inside a fixed amount of memory.

      Example: apus run configs/demo.json

      Exit status: 0 all done; 1 finished with losses, or failed; 64 the command line or the config is wrong; 75 try again \
      (of `work`).
      """,
    version: version,
    subcommands: [
      RunCommand.self, RunModuleCommand.self, PlanCommand.self, ValidateCommand.self, StatusCommand.self,
      WorkCommand.self, CancelCommand.self, DownloadCommand.self,
      InitCommand.self, SimulateCommand.self, ModulesCommand.self, SensorsCommand.self, IndicesCommand.self,
      SchemaCommand.self, ManualCommand.self,
    ])

  public init() {}
}
