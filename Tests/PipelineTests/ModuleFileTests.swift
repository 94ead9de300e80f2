import Engine
import JSON
import Modules
import NetCDF
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// Files that modules' parameters name.
@Suite struct ModuleFileTests {
  private let folder: TemporaryFolder

  init() throws {
    NetCDFThread.prepareProcess()
    folder = try TemporaryFolder()
  }

  private func read(_ parameters: String) -> ConfigReading {
    let module = "{ \"module\": \"scored\", \(parameters) }"
    return ConfigReader.read(
      Array(ConfigFixture.config(sequences: ConfigFixture.sequence(ConfigFixture.download, module)).utf8),
      file: folder.file("a.json"), modules: ConfigModules.all + [ScoredStandIn.self])
  }

  private func mistakes(_ parameters: String) -> [String] {
    read(parameters).diagnostics.map(\.description)
  }

  @Test func `a module reads its file from the config's folder, and the run knows it by its content`() throws
  {
    try LocalFiles.writeAtomically(folder.file("scores.txt"), text: "abc")
    let config = try #require(read("\"table\": \"scores.txt\"").config)
    let module = try #require(config.sequences[0].modules.last)
    let file = try #require(module.files.first)
    #expect(module.files.count == 1 && (module.module as? ScoredStandIn)?.text == "abc")
    #expect(file.name == "scores.txt" && file.path == folder.file("scores.txt") && file.size == 3)
    // Of FIPS 180-2.
    #expect(file.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    // Not by its name: a file that was copied elsewhere is the same.
    #expect(module.parameters == ["files": [.string("sha256 \(file.digest)")]], "\(module.parameters)")
    // Reading its own plain form again gives the same.
    let again = ConfigReader.read(
      Array(config.resolved.text().utf8), file: folder.file("a.json"),
      modules: ConfigModules.all + [ScoredStandIn.self])
    #expect(again.config?.resolved == config.resolved)
  }

  @Test func `a file that is missing, empty of name, remote or a folder is a mistake of the config`() throws {
    let found = [
      "\"scores.txt\"", "\"\"", "7", "\"https://example.org/scores.txt\"", "\".\"", "\"/dev/null/x\"",
    ].map { mistakes("\"table\": \($0)") }
    #expect(found.allSatisfy { $0.count == 1 && $0[0].contains("modules[1].table") }, "\(found)")
    #expect(found[0][0].contains("there is no \"scores.txt\"") && found[0][0].contains(folder.path))
    #expect(found[3][0].contains("not a local file"))
    try LocalFiles.writeAtomically(folder.file("large.txt"), text: String(repeating: "a", count: 2000))
    #expect(mistakes("\"table\": \"large.txt\"")[0].contains("2000 bytes"))
  }

  @Test func `arrays of a NetCDF file come with names, attributes and physical values`() async throws {
    let path = folder.file("table.nc")
    try await NetCDFThread.run {
      let packed = FileVariable(
        "r", .int16, dimensions: ["a", "b"], fill: .int16s([-1]),
        attributes: [
          FileAttribute("scale_factor", .double(0.5)), FileAttribute("add_offset", .double(1)),
          FileAttribute("units", "1"),
        ], values: .numbers([0, 2, -1, 4, 6, 8]))
      let definition = FileDefinition(
        dimensions: [FileDimension("a", 2), FileDimension("b", 3)],
        variables: [
          FileVariable("b", .string, dimensions: ["b"], values: .strings(["x", "y", "z"])), packed,
        ], globalAttributes: [FileAttribute("source", "a model")])
      try NetCDFFileWriter(creating: path, definition).finish()
    }
    let files = LocalModuleFiles(folder: folder.path)
    let arrays = try files.arrays(of: files.read("table.nc", limit: 1 << 20))
    #expect(arrays.attributes["source"] == "a model")
    #expect(arrays.variable("b")?.texts == ["x", "y", "z"])
    let numbers = try #require(arrays.variable("r"))
    #expect(numbers.dimensions == ["a", "b"] && numbers.shape == [2, 3])
    #expect(numbers.attributes == ["units": "1"])
    #expect(numbers.numbers?.map { $0.isNaN ? -9 : $0 } == [1, 2, -9, 3, 4, 5])
    // Half of it is no table any more, and the reader says which file that is.
    let bytes = try LocalFiles.readAll(path)
    try LocalFiles.writeAtomically(folder.file("half.nc"), Array(bytes[..<(bytes.count / 2)]))
    let half = try files.read("half.nc", limit: 1 << 20)
    let error = #expect(throws: ModuleFileError.self) { try files.arrays(of: half) }
    #expect(error?.description.contains("half.nc") == true)
  }
}

/// A module that reads a file of at most 1000 bytes.
private struct ScoredStandIn: PixelwiseModule {
  static let descriptor = ModuleDescriptor(
    name: "scored", shape: .pixelwise, summary: "Reads a file.", discussion: "Of texts.",
    parameters: [ModuleParameter("table", .file, required: true, "The file.")])

  let inputs = ["red"]
  let outputs = [ConfigModules.variable("scored")]
  let text: String

  static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> ScoredStandIn? {
    guard let node = arguments.node("table"),
      let file = scope.file(node, path: arguments.path.appending("table"), limit: 1000)
    else { return nil }
    return ScoredStandIn(text: String(decoding: file.bytes, as: UTF8.self))
  }

  func process(_ strip: Strip, into outputs: StripOutputs) {}
}
