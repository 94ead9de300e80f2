import Foundation
import Storage
import TestSupport
import Testing

/// What happens to a run from outside: killed, out of disk, its own files damaged. The bytes stay the same.
@Suite(.serialized) struct FaultTests {
  /// A bench whose runs take long enough to be hit anywhere: many small chunks, one thread.
  private static func bench() async throws -> CommandBench {
    let bench = try await CommandBench()
    bench.config["resources"] = ["threads": 1, "chunk": [16, 16]]
    try bench.write()
    return bench
  }

  private static let run = ["run", "config.json", "--output", "faulty", "--progress", "none"]

  @Test func `a hundred kills at random moments cost no byte`() async throws {
    let bench = try await Self.bench()
    let clock = ContinuousClock()
    let begin = clock.now
    #expect(try await bench.runPipeline().status == 0)
    // The shortest yet: how long a run takes depends on what else is going on.
    var wholeRun = clock.now - begin
    let reference = try await bench.data()
    var moments = SeededGenerator(seed: 20_210_101)
    var (kills, finished) = (0, 0)
    while kills < 100, finished < 200 {
      let moment = wholeRun * Double.random(in: 0..<1, using: &moments)
      let start = clock.now
      let result = try await bench.command(Self.run).run { try await $0.send(SIGKILL, after: moment) }
      if result.status == -SIGKILL {
        kills += 1
      } else {
        // It was done before the signal came: look at it, and begin another.
        wholeRun = min(wholeRun, clock.now - start)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try await bench.data("faulty") == reference, "after \(kills) kills")
        try LocalFiles.removeTree(bench.folder + "/faulty")
        finished += 1
      }
    }
    #expect(kills >= 50)
    let result = try await bench.run(Self.run)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data("faulty") == reference, "\(finished) runs finished between the kills")
    let leftovers = try FileManager.default.subpathsOfDirectory(atPath: bench.folder + "/faulty").filter {
      LocalFiles.isTemporary(name: LocalFiles.name(of: $0)) || $0.hasSuffix(".lock")
    }
    #expect(leftovers == [])
  }

  @Test func `a chunk that a killed run left damaged, cut or empty is computed again`() async throws {
    let bench = try await Self.bench()
    #expect(try await bench.runPipeline().status == 0)
    let reference = try await bench.data()
    for (number, damage) in Damage.allCases.enumerated() {
      try await interrupt(bench, whenLedgerHolds: 8 + number * 5)
      let store = bench.folder + "/faulty/store.zarr"
      let chunks = try FileManager.default.subpathsOfDirectory(atPath: store).map { "\(store)/\($0)" }
        // Not the metadata, and not the file that was being written, which may be empty.
        .filter { !LocalFiles.isDirectory($0) && !LocalFiles.name(of: $0).hasPrefix(".") }.sorted()
      try #require(!chunks.isEmpty)
      for chunk in chunks.enumerated().filter({ $0.offset.isMultiple(of: 3) }).map(\.element) {
        try damage.apply(to: chunk)
      }
      let result = try await bench.run(["run", "config.json", "--output", "faulty", "--progress", "plain"])
      #expect(result.status == 0, "\(result.errors)")
      #expect(try await bench.data("faulty") == reference, "\(damage)")
      try LocalFiles.removeTree(bench.folder + "/faulty")
    }
  }

  enum Damage: CaseIterable {
    case flippedBit, cut, empty, removed

    func apply(to path: String) throws {
      var bytes = try LocalFiles.readAll(path)
      switch self {
      case .flippedBit:
        try #require(!bytes.isEmpty)
        bytes[bytes.count / 2] ^= 0x10
      case .cut: bytes.removeLast(bytes.count / 2)
      case .empty: bytes = []
      case .removed:
        try LocalFiles.remove(path)
        return
      }
      try LocalFiles.writeAtomically(path, bytes)
    }
  }

  @Test func `a ledger that a crash cut anywhere costs no more than its last lines`() async throws {
    let bench = try await Self.bench()
    #expect(try await bench.runPipeline().status == 0)
    let reference = try await bench.data()
    try await interrupt(bench, whenLedgerHolds: 20)
    let folder = bench.folder + "/faulty/ledger"
    let name = try #require(try LocalFiles.list(folder).first { $0 == "landsat.jsonl" })
    let whole = try LocalFiles.readAll("\(folder)/\(name)")
    let last = try #require(whole.dropLast().lastIndex(of: UInt8(ascii: "\n")))
    // In the last line, at its end, in the middle of everything, and nothing left at all.
    for length in [whole.count - 1, (last + whole.count) / 2, last + 1, last, whole.count / 2, 1, 0] {
      try LocalFiles.removeTree(bench.folder + "/cut")
      try FileManager.default.copyItem(
        atPath: bench.folder + "/faulty", toPath: bench.folder + "/cut")
      try LocalFiles.truncate("\(bench.folder)/cut/ledger/\(name)", to: length)
      let result = try await bench.run(["run", "config.json", "--output", "cut", "--progress", "none"])
      #expect(result.status == 0, "\(result.errors)")
      #expect(try await bench.data("cut") == reference, "cut to \(length) of \(whole.count)")
    }
  }

  @Test func `a file that cannot grow at any moment stops the run, which then goes on to the same bytes`()
    async throws
  {
    let bench = try await Self.bench()
    #expect(try await bench.runPipeline().status == 0)
    let reference = try await bench.data()
    let largest = try Self.largestFile(in: bench.folder + "/out")
    var stops = 0
    // Every file that is written ends at the limit, as on a full disk; nothing but the shell's own limit is needed.
    for blocks in [1, 4, 12, 24, 40, 64, 100, 160, largest / 512 + 1] {
      let script = """
        rm -rf full; (ulimit -f \(blocks); "$0" run config.json --output full --progress none); first=$?
        "$0" run config.json --output full --progress none || exit 97
        exit $first
        """
      let result = try await bench.shell(script)
      #expect([0, 1].contains(result.status), "\(blocks) blocks: \(result.status) \(result.errors)")
      if result.status == 1 {
        stops += 1
        #expect(result.errors.contains("File too large"), "\(blocks) blocks: \(result.errors)")
      }
      #expect(try await bench.data("full") == reference, "\(blocks) blocks")
    }
    #expect(stops >= 3)
  }

  @Test func `a raster that cannot be written whole is an error, not a short file`() async throws {
    let bench = try await CommandBench()
    let script = #"ulimit -f 16; "$0" simulate short --dates 1 --size 400x400 --quiet"#
    let result = try await bench.shell(script)
    #expect(result.status == 1, "\(result.errors)")
    let files = try FileManager.default.subpathsOfDirectory(atPath: bench.folder + "/short")
    #expect(
      !files.contains { $0.hasSuffix(".tif") && !LocalFiles.isTemporary(name: LocalFiles.name(of: $0)) },
      "\(files)")
  }

  private static func largestFile(in folder: String) throws -> Int {
    try FileManager.default.subpathsOfDirectory(atPath: folder).map {
      LocalFiles.isDirectory("\(folder)/\($0)") ? 0 : try LocalFiles.size("\(folder)/\($0)")
    }.max() ?? 0
  }

  /// Runs until the ledger holds so many lines, then kills.
  private func interrupt(_ bench: CommandBench, whenLedgerHolds lines: Int) async throws {
    let folder = bench.folder + "/faulty/ledger"
    for _ in 0..<20 {
      let result = try await bench.command(Self.run).run { running in
        try await onOwnThread {
          while running.isRunning {
            let names = LocalFiles.isDirectory(folder) ? try LocalFiles.list(folder) : []
            let counts = try names.filter { $0 == "landsat.jsonl" }.map {
              try LocalFiles.readAll("\(folder)/\($0)").count { $0 == 10 }
            }
            if counts.reduce(0, +) >= lines { break }
            usleep(500)
          }
          running.send(SIGKILL)
        }
      }
      if result.status == -SIGKILL { return }
      // On a busy machine it may be over before anybody looks.
      try #require(result.status == 0, "\(result.errors)")
      try LocalFiles.removeTree(bench.folder + "/faulty")
    }
    throw ProgramFailure("the run was over too soon twenty times")
  }
}
