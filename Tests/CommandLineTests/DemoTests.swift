import Foundation
import Storage
import TestSupport
import Testing

/// `scripts/demo`, as on a Debian that has what scripts/setup installs and nothing else.
@Suite struct DemoTests {
  /// Programs of Debian's essential and required packages.
  private static let tools = ["awk", "bash", "cat", "dirname", "env", "rm"]

  private func demo(in folder: String, apus: String) async throws -> ProgramResult {
    let manager = FileManager.default
    for name in ["scripts", "configs", "bin"] { try LocalFiles.createDirectory("\(folder)/\(name)") }
    for name in ["scripts/demo", "configs/demo.json"] where !LocalFiles.exists("\(folder)/\(name)") {
      try manager.copyItem(atPath: "\(Project.folder)/\(name)", toPath: "\(folder)/\(name)")
    }
    for tool in Self.tools where !LocalFiles.exists("\(folder)/bin/\(tool)") {
      let place = try await Program.shell("command -v \(tool)").output().split(separator: "\n")[0]
      try manager.createSymbolicLink(atPath: "\(folder)/bin/\(tool)", withDestinationPath: String(place))
    }
    return try await Program(
      ["\(folder)/bin/bash", "\(folder)/scripts/demo", "6", "96x96"],
      environment: ["PATH": "\(folder)/bin", "HOME": folder, "APUS": apus]
    ).run()
  }

  @Test func `it needs no Python and says the mean of each season`() async throws {
    try await withTemporaryFolder { folder in
      let result = try await demo(in: folder, apus: Project.apus)
      #expect(result.status == 0, "\(result.errors)")
      for season in ["DJF", "MAM", "JJA", "SON"] {
        #expect(result.output.contains("\n  \(season)  "), "\(result.output)")
      }
      #expect(result.output.contains(" % of the pixels"), "\(result.output)")
      // It ends with a picture and the page, which are there.
      let paths = result.output.split(separator: "\n").suffix(2).map { String($0.drop { $0 == " " }) }
      #expect(
        paths.map { $0.hasSuffix(".png") } == [true, false] && paths.last?.hasSuffix("/report.html") == true)
      for path in paths { #expect(LocalFiles.exists(path), "\(path)") }
    }
  }

  @Test func `it fails when the run does, and when the summary is not what it takes it for`() async throws {
    try await withTemporaryFolder { folder in
      #expect(try await demo(in: folder, apus: "/bin/false").status != 0)
      #expect(try await demo(in: folder, apus: Project.apus).status == 0)
      // A program that ends well and leaves another summary.
      try LocalFiles.writeAtomically(folder + "/out/demo/summary.json", text: "{}\n")
      let result = try await demo(in: folder, apus: "/bin/true")
      #expect(result.status == 1 && result.errors.contains("does not have the four seasons"))
    }
  }
}
