import Engine
import Geo
import JSON
import Modules
import NetCDF
import Raster
import Simulation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

/// A module whose method changes from one build to the next, and another version of the program.
@Suite struct RevisionTests {
  /// Other tests start programs meanwhile, which inherit HDF5's locks for a moment.
  init() { NetCDFThread.prepareProcess() }

  private struct Run {
    let report: RunReport
    let notes: [String]
    let published: Int
  }

  private func run(
    in folder: String, _ module: any Module.Type, version: String = "1", output: String = "run"
  ) async throws -> Run {
    let text = """
      { "pipeline": "revisions", "resources": { "threads": 2, "chunk": [40, 67] },
        "sequences": [ { "name": "s", "modules": [
          { "module": "download", "source": "archive/items.json", "bands": ["red", "nir08"] },
          { "module": "scaled", "save": true }, { "module": "ndvi", "save": true },
          { "module": "seasonal_mean", "of": "scaled" } ] } ] }
      """
    try LocalFiles.writeAtomically(folder + "/config.json", text: text)
    let reading = ConfigReader.read(
      path: folder + "/config.json", modules: [module] + ModuleRegistry.all)
    var config = try #require(reading.config, "\(reading.messages)")
    config.output.location = "\(folder)/\(output)"
    let events = Mutex<[PipelineRunner.Event]>([])
    let runner = PipelineRunner(config, version: version, isFresh: false) { event in
      events.withLock { $0.append(event) }
    }
    let outcome = try await runner.run()
    #expect(outcome.losses == [])
    var (notes, published): ([String], Int) = ([], 0)
    for event in events.withLock({ $0 }) {
      switch event {
      case .note(let text): notes.append(text)
      case .publishing(_, let files, _): published += files
      default: break
      }
    }
    return Run(report: outcome.report, notes: notes, published: published)
  }

  @NetCDFThread
  private static func values(_ path: String, _ variable: String) throws -> [UInt64] {
    let reader = try NetCDFFileReader(path)
    let values = try reader.doubles(variable)
    try reader.close()
    return values.map(\.bitPattern)
  }

  @Test func `a revision that is raised reaches the module's results and those made of them`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    _ = try ArchiveSimulator(directory: folder + "/archive", dates: 3, width: 150, height: 90).write()
    let first = try await run(in: folder, FirstScaled.self)
    #expect(first.published == 7 && first.notes == [])
    let path = { (run: String) in "\(folder)/\(run)/s/scaled_seasonal_mean.nc" }
    let before = try await Self.values(path("run"), "scaled_seasonal_mean")
    let ndvi = try LocalFiles.readAll("\(folder)/run/s/ndvi/\(first.report.sequences[0].inputs[0].date).nc")
    // Another version alone computes nothing.
    let other = try await run(in: folder, FirstScaled.self, version: "2")
    #expect(other.published == 0 && other.notes == [])
    let second = try await run(in: folder, SecondScaled.self, version: "3")
    #expect(second.published == 4)
    #expect(
      second.notes == [
        "s: scaled, scaled_seasonal_mean and scaled_seasonal_mean_count are computed again: scaled computes other "
          + "numbers (revision 1 → 2)"
      ])
    #expect(
      try LocalFiles.readAll("\(folder)/run/s/ndvi/\(first.report.sequences[0].inputs[0].date).nc") == ndvi)
    _ = try await run(in: folder, SecondScaled.self, output: "whole")
    let after = try await Self.values(path("run"), "scaled_seasonal_mean")
    #expect(after != before)
    #expect(after == (try await Self.values(path("whole"), "scaled_seasonal_mean")))
    // And back again.
    let third = try await run(in: folder, FirstScaled.self)
    #expect(third.published == 4)
    #expect(try await Self.values(path("run"), "scaled_seasonal_mean") == before)
  }
}

private protocol Scaled: PixelwiseModule {
  static var factor: Float { get }
  init()
}

extension Scaled {
  var inputs: [String] { ["red"] }
  var outputs: [Variable] { [Variable(name: "scaled", longName: "red, scaled", statisticsRange: 0...10)] }

  static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Self? { Self() }

  func process(_ strip: Strip, into outputs: StripOutputs) {
    let samples = strip.input(0)
    for pixel in 0..<strip.count {
      outputs[0][pixel] = Float(Double(samples.samples[pixel]) * samples.scale + samples.offset) * Self.factor
    }
  }
}

private struct FirstScaled: Scaled {
  static let descriptor = ModuleDescriptor(
    name: "scaled", shape: .pixelwise, revision: 1, summary: "Red.", discussion: "Scaled.", parameters: [])
  static let factor: Float = 2
}

private struct SecondScaled: Scaled {
  static let descriptor = ModuleDescriptor(
    name: "scaled", shape: .pixelwise, revision: 2, summary: "Red.", discussion: "Scaled.", parameters: [])
  static let factor: Float = 3
}
