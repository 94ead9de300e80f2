import Engine
import Geo
import Modules
import Pipeline
import Raster
import Simulation
import Storage
import TestSupport
import Testing

/// What `apus modules NAME` says of every module: its method, its sources, and examples that run.
@Suite struct ModulePageTests {
  @Test(arguments: ModuleRegistry.names)
  func `a page has method, references, parameters and examples`(name: String) throws {
    let descriptor = try #require(ModuleRegistry.module(named: name)?.descriptor)
    #expect(!descriptor.method.isEmpty, "\(name) has no formula or method")
    #expect(!descriptor.examples.isEmpty, "\(name) has no example")
    // "Rouse et al. 1974" belongs to the references, where all of them stand.
    #expect(
      !descriptor.discussion.contains(#/\p{Lu}\w+ (?:et al\.|& \p{Lu}\w+) (?:19|20)\d\d, /#),
      "\(name) has a reference in its discussion")
    for parameter in descriptor.parameters {
      #expect(
        parameter.summary.hasSuffix(".") || parameter.summary.contains(": "), "\(name): \(parameter.name)")
    }
    let page = try #require(ModuleCatalogue().page(name))
    for section in ["METHOD", "PARAMETERS", "EXAMPLE", "TRY IT"] { #expect(page.contains("\n\(section)")) }
    #expect(page.contains("\nREFERENCES\n") == !descriptor.references.isEmpty)
  }

  /// The archives that examples are tried on, smaller than their pages have them.
  private static let folder = Task {
    let folder = try makeSharedFolder()
    var options = SimulationOptions()
    options.truth = .none
    for archive in ModuleTrial.Archive.allCases {
      try LocalFiles.createDirectory("\(folder)/\(archive)")
      let directory = "\(folder)/\(archive)/archive"
      switch archive {
      case .landsat:
        _ = try ArchiveSimulator(directory: directory, dates: 8, width: 64, height: 64, options: options)
          .write()
      case .years:
        options.start = CalendarDate(daysSince1970: 17_532)
        _ = try ArchiveSimulator(directory: directory, dates: 30, width: 24, height: 24, options: options)
          .write()
      case .ice:
        _ = try IceArchive(directory: directory, dates: 1, width: 48, height: 48, seed: 1).write()
      case .dryland:
        options.start = CalendarDate(daysSince1970: 18_628)
        options.pattern = .labyrinths
        options.weather = true
        options.coverage = .whole
        _ = try ArchiveSimulator(directory: directory, dates: 6, width: 110, height: 60, options: options)
          .write()
      }
    }
    return folder
  }

  @Test(arguments: ModuleRegistry.names)
  func `every example runs`(name: String) async throws {
    let descriptor = try #require(ModuleRegistry.module(named: name)?.descriptor)
    let folder = try await Self.folder.value + "/\(descriptor.trial.archive)"
    for place in descriptor.examples.indices {
      let text = try #require(ModuleCatalogue().config(name, example: place))
      let path = "\(folder)/\(name)-\(place).json"
      try LocalFiles.writeAtomically(path, text: text)
      let reading = ConfigReader.read(path: path)
      var config = try #require(reading.config, "\(reading.messages)\n\(text)")
      config.output.location = "\(folder)/\(name)-\(place)"
      let outcome = try await PipelineRunner(config, version: "0", isFresh: false) { _ in }.run()
      #expect(outcome.losses.isEmpty, "\(outcome.losses)\n\(text)")
      let sequence = try #require(outcome.report.sequences.first)
      #expect(
        sequence.products.contains { $0.layers.contains { $0.statistics.count > 0 } }
          || !sequence.tables.isEmpty,
        "\(text)\nleaves nothing behind")
    }
  }

  @Test func `there is a config for what there is only`() {
    #expect(ModuleCatalogue().config("nosuch") == nil)
    #expect(ModuleCatalogue().config("summary", example: 1) == nil)
  }
}
