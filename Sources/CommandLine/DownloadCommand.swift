internal import ArgumentParser
internal import Glibc
internal import Pipeline

/// `apus download`
struct DownloadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "download", abstract: "Get the results of a run as one zip.",
    discussion: """
      The archive has the summary, the run's documents, its STAC items and quicklooks, and with --include the data: \
      DATE/SEQUENCE/VARIABLE.nc, reductions/SEQUENCE/VARIABLE.nc. Every file is checked against the size and \
      checksum that the run recorded.

      Example: apus download out/maule-ndvi --zip maule.zip --include netcdf
      """)

  @Argument(
    help: "A run directory, or its address: https://…, s3://…, az://…, gs://….", completion: .directory)
  var run: String

  @Option(help: "The archive to write; - for standard output.")
  var zip: String

  @Option(
    parsing: .upToNextOption,
    help: "Data to put in too: netcdf, cog, zarr or all; several with commas.")
  var include: [String] = []

  @Option(help: "Where files stand in the archive: run, or pyveg (JSON/results_summary.json and RGB/ only).")
  var layout: String = "run"

  @Flag(help: "Print nothing but errors.")
  var quiet = false

  func run() async throws {
    let parts = try parts()
    guard let layout = RunDownload.Layout(rawValue: layout) else {
      let names = RunDownload.Layout.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--layout: there is no \"\(layout)\", there are \(names)")
    }
    guard layout == .run || parts.isEmpty else {
      throw ValidationError("--include adds nothing to pyveg's layout: leave one of them out")
    }
    guard !zip.isEmpty else { throw ValidationError("--zip is empty") }
    try await reporting {
      let download = RunDownload(run, include: parts, layout: layout)
      let isLive = Console.isTerminal && !quiet
      let progress: @Sendable (String) -> Void = { name in
        if isLive { Console.renew(name) }
      }
      let result = try await Interruption.cancelling { [zip] in
        zip == "-"
          ? try await download.write(into: { try Console.bytes($0) }, progress: progress)
          : try await download.write(to: zip, progress: progress)
      }
      if isLive { Console.renew("") }
      if zip != "-" { Console.result(zip) }
      guard !quiet else { return }
      Console.message("\(counted(result.files, "file")), \((Double(result.bytes) / 1e5).rounded() / 10) MB")
      if !result.left.isEmpty {
        Console.message("left out: \(result.left.joined(separator: ", ")) (see --include)")
      }
    }
  }

  private func parts() throws -> Set<RunDownload.Part> {
    var parts: Set<RunDownload.Part> = []
    for name in include.flatMap({ $0.split(separator: ",") }) {
      guard let part = RunDownload.Part(rawValue: String(name)) else {
        let names = RunDownload.Part.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--include: there is no \"\(name)\", there are \(names)")
      }
      parts.insert(part)
    }
    return parts
  }
}
