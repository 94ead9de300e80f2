import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// Zarr as a result: what is in the store besides chunks.
@Suite struct StoreDocumentsTests: ChangingConfig {
  @Test(arguments: [
    "rm landsat/ndvi/.zarray", "truncate -s 0 landsat/ndvi/.zattrs", "rm .zmetadata", "rm .zgroup",
    "rm landsat/.zmetadata", "truncate -s 3 landsat/time/0", "rm landsat/x/0",
    "printf 7 | dd of=landsat/y/0 bs=1 seek=9 conv=notrunc",
  ])
  func `metadata and coordinates that are gone or damaged are written again`(damage: String) async throws {
    let bench = try await CommandBench()
    try write(bench, Self.first, formats: #""zarr""#)
    _ = try await run(bench)
    func store() throws -> [String: [UInt8]] {
      try below(bench.folder + "/out/store.zarr").reduce(into: [:]) { files, name in
        files[name] = try LocalFiles.readAll(bench.folder + "/out/store.zarr" + name)
      }
    }
    let whole = try store()
    #expect(try await bench.shell("cd out/store.zarr && \(damage)").status == 0)
    #expect(try store() != whole)
    let events = try await run(bench)
    #expect(try store() == whole)
    let isSaid = notes(events).contains("metadata or coordinates in store.zarr")
    #expect(isSaid || damage == "rm landsat/.zmetadata", "\(notes(events))")
    // Planning leaves a finished store as it is.
    #expect(try await bench.run("run", "config.json", "--plan-only").status == 0)
    #expect(try store() == whole)
    // No chunk is computed for it.
    #expect(try bench.json("out/summary.json")["run"]?["worker_seconds"]?["compute"]?.double == 0)
    #expect(notes(try await run(bench)) == "")
  }
}
