import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// The command line's manners: exit statuses, messages, and what each command prints.
@Suite(.serialized) struct CommandTests {
  @Test(arguments: [
    (["run"], "<config>"), (["run", "config.json", "--frobnicate"], "--frobnicate"),
    (["run", "config.json", "--threads", "x"], "--threads"),
    (["run", "config.json", "--threads", "9999"], "0 to 1024"),
    (["run", "config.json", "--memory", "lots"], "512MiB"),
    (["run", "config.json", "--memory", "10MiB"], "256 MiB"),
    (["run", "config.json", "--progress", "loud"], "'plain'"),
    (["run", "config.json", "--output", ""], "--output"),
    (["run", "nope.json"], "No such file or directory"), (["run", "archive"], "archive"),
    (["frobnicate"], "frobnicate"),
    (["status", "archive"], "no run.json"), (["status", "nowhere"], "no run.json"),
    (["run-module", "config.json", "ndvi", "--chunk", "a"], "ROW,COLUMN"), (["modules", "nvdi"], "\"ndvi\""),
    (["simulate", "there", "--dates", "2", "--size", "big"], "WIDTHxHEIGHT"),
  ])
  func `a wrong command line ends with 64 and says what is wrong`(arguments: [String], message: String)
    async throws
  {
    let bench = try await CommandBench()
    try bench.write()
    let result = try await bench.run(arguments)
    #expect(result.status == 64)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(result.output == "")
    #expect(!LocalFiles.exists(bench.folder + "/out"))
  }

  /// Two configs with five mistakes each.
  static let mistaken = [
    (
      text: """
      { "pipeline": "p", "aera": "native", "dates": { "start": "2021-13-01", "end": "2021-12-31" },
        "resources": { "threads": -2 }, "output": { "location": "out", "formats": ["netcfd"] },
        "sequences": [ { "name": "s", "modules": [
          { "module": "download", "source": "archive/items.json", "bands": ["red", "nir08"] },
          { "module": "nvdi" } ] } ] }
      """,
      paths: [
        "$.aera", "$.dates.start", "$.resources.threads", "$.output.formats[0]",
        "$.sequences[0].modules[1].module",
      ]
    ),
    (
      text: """
      { "pipeline": "p", "area": { "bbox": [1, 2, 3] },
        "sequences": [ { "name": "s", "depends_on": ["t"], "modules": [
          { "module": "download", "source": "archive/items.json", "bands": ["red", "nir08", "qa_pixel"] },
          { "module": "cloud_mask", "band": "qa_pixel", "reject": ["clowd"], "dilate": "two" },
          { "module": "seasonal_mean", "of": "nvdi" } ] } ] }
      """,
      paths: [
        "$.area.bbox", "$.sequences[0].depends_on[0]", "$.sequences[0].modules[1].reject[0]",
        "$.sequences[0].modules[1].dilate", "$.sequences[0].modules[2].of",
      ]
    ),
  ]

  @Test(arguments: mistaken.indices)
  func `every mistake of a config is shown at once, with its place`(index: Int) async throws {
    let bench = try await CommandBench()
    let (text, paths) = Self.mistaken[index]
    try LocalFiles.writeAtomically(bench.folder + "/config.json", text: text)
    let validation = try await bench.run("validate", "config.json")
    #expect(validation.status == 64)
    for path in paths { #expect(validation.output.contains(": \(path): "), "\(validation.output)") }
    let lines = validation.output.split(separator: "\n")
    #expect(lines.count == 5, "\(validation.output)")
    #expect(lines.allSatisfy { $0.hasPrefix("config.json:") })
    let run = try await bench.run("run", "config.json")
    #expect(run.status == 64)
    #expect(run.errors == validation.output)
    #expect(!LocalFiles.exists(bench.folder + "/out"))
  }

  @Test func `a plan can try a few cells, and the summary says how well it did`() async throws {
    let bench = try await CommandBench()
    try bench.write()
    let plan = try JSONParser.parse(try await bench.run("plan", "config.json", "--probe", "--json").output)
    let sequence = try #require(plan["sequences"]?.array?.first)
    let probe = try #require(sequence["probe"])
    // Eight of twenty chunks, four of six dates.
    #expect(probe["cells"]?.integer == 32)
    let seconds = probe["seconds"]?.array?.compactMap(\.double) ?? []
    #expect(seconds.count == 2 && 0 < seconds[0] && seconds[0] < seconds[1])
    #expect(!LocalFiles.exists(bench.folder + "/out"))

    #expect(try await bench.run("run", "config.json").status == 0)
    let summary = try JSONParser.parse(try LocalFiles.readAll(bench.folder + "/out/summary.json"))
    let forecast = try #require(summary["run"]?["forecast"]?.array)
    func entry(_ name: String) throws -> (planned: [Double], found: Double) {
      let entry = try #require(forecast.first { $0["quantity"]?.string == name })
      return (entry["planned"]?.array?.compactMap(\.double) ?? [], entry["found"]?.double ?? .nan)
    }
    #expect(try entry("Cells") == ([120, 120], 120))
    let files = try entry("Files of rasters, at most")
    #expect(files.planned[1] == sequence["files"]?.double && files.found <= files.planned[1])
    let bytes = try entry("Bytes of rasters, at most")
    #expect(bytes.planned[1] == sequence["bytes_written"]?.double && bytes.found > 0)
    #expect(bytes.found <= bytes.planned[1])
    let range = probe["bytes_written"]?.array?.compactMap(\.double) ?? []
    #expect(range.count == 2 && range[0] <= range[1] && range[1] <= bytes.planned[1])
    // From the start of planning on: of the whole run, and not of its sequence alone.
    let whole = plan["seconds"]?.array?.compactMap(\.double) ?? []
    #expect(whole.count == 2 && whole[0] > seconds[0] && whole[1] > seconds[1])
    let memory = try entry("Peak memory, at most")
    #expect(memory.planned[1] == sequence["peak_memory"]?.double && memory.found > 0)
  }

  @Test func `on a terminal results do not stand behind the line of progress`() async throws {
    let bench = try await CommandBench()
    try bench.write()
    let result = try await Program(
      ["env", "TERM=xterm", "script", "-qec", "\(Project.apus) run config.json", "/dev/null"],
      in: bench.folder
    ).run()
    #expect(result.status == 0, "\(result.output)")
    // The line is renewed a few times, and gone before each result.
    #expect(result.output.contains("writing the summary"))
    let results = result.output.split(whereSeparator: \.isNewline).filter { $0.contains("out/") }
    #expect(results.count > 2 && results.contains { $0.hasSuffix("out/summary.json") })
    for line in results {
      let shown = line.components(separatedBy: "\u{1B}[K").last ?? ""
      #expect(shown.hasPrefix("out/"), "\(line)")
    }
  }

  @Test func `a plan is JSON on demand, and writes nothing`() async throws {
    let bench = try await CommandBench()
    try bench.write()
    let result = try await bench.run("plan", "config.json", "--json")
    #expect(result.status == 0)
    let plan = try JSONParser.parse(result.output)
    let sequence = try #require(plan["sequences"]?.array?.first)
    #expect(sequence["scenes"]?.integer == 7)
    #expect(sequence["cells"]?.integer == 6 * 20)
    #expect(sequence["bands"]?.array?.compactMap(\.string) == ["qa_pixel", "red", "nir08"])
    #expect(sequence["requests"]?.integer == 0 && sequence["empty_dates"]?.array?.isEmpty == true)
    #expect(sequence["most_scenes"]?.integer == 2 && sequence["scenes_without_place"]?.integer == 0)
    #expect(sequence["probe"] == nil)
    let text = try await bench.run("plan", "config.json").output
    #expect(text.contains("MiB at the peak"))
    #expect(!text.contains("bytes"))
    #expect(!LocalFiles.exists(bench.folder + "/out"))
  }

  @Test func `status tells a run that is complete, and as JSON`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let result = try await bench.run("status", "out", "--json")
    #expect(result.status == 0)
    let status = try JSONParser.parse(result.output)
    #expect(status["complete"]?.bool == true)
    #expect(status["running"]?.isNull == true)
    #expect(status["sequences"]?.array?.first?["waiting"]?.integer == 0)
  }

  @Test func `a directory in which a run is at work is refused, and its holder named`() async throws {
    let bench = try await CommandBench()
    try LocalFiles.createDirectory(bench.folder + "/out")
    let lock = try RunLock(bench.folder + "/out")
    defer { lock.release() }
    for arguments in [[], ["--fresh"]] {
      try bench.write()
      let result = try await bench.run(["run", "config.json"] + arguments)
      #expect(result.status == 1)
      #expect(result.errors.contains("process \(getpid()) on "), "\(result.errors)")
    }
  }

  @Test func `a run is not continued with other scenes or chunks`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let summary = try LocalFiles.readAll(bench.folder + "/out/summary.json")
    bench.download["limit"] = 2
    let limited = try await bench.runPipeline()
    #expect(limited.status == 64)
    #expect(limited.errors.contains("$.sequences.landsat.limit"), "\(limited.errors)")
    bench.download["limit"] = nil
    bench.config["dates"] = ["start": "2021-01-01", "end": "2021-06-30"]
    let shorter = try await bench.runPipeline()
    #expect(shorter.status == 64 && shorter.errors.contains("$.dates.end"), "\(shorter.errors)")
    bench.config["dates"] = ["start": "2021-01-01", "end": "2021-12-31"]
    // It is left as it was.
    #expect(try LocalFiles.readAll(bench.folder + "/out/summary.json") == summary)
    bench.config["resources"] = ["threads": 1, "chunk": [64, 64]]
    #expect(try await bench.runPipeline().errors.contains("\"chunk\""))
    bench.config["resources"] = ["threads": 1, "memory": "300MiB", "chunk": [32, 32]]
    #expect(try await bench.runPipeline().status == 0)
  }

  @Test func `an output that is no directory is an error with the way out`() async throws {
    let bench = try await CommandBench()
    try LocalFiles.writeAtomically(bench.folder + "/file", text: "")
    for output in ["file/below", "/dev/null/x", "/proc/x"] {
      let result = try await bench.runPipeline("--output", output)
      #expect(result.status == 1)
      #expect(result.errors.contains("apus: cannot create the folder \"\(output)\": "), "\(result.errors)")
    }
  }

  @Test func `starting over touches nothing where no run was`() async throws {
    let bench = try await CommandBench()
    try LocalFiles.createDirectory(bench.folder + "/out/landsat")
    try LocalFiles.writeAtomically(bench.folder + "/out/landsat/mine.txt", text: "mine")
    let result = try await bench.runPipeline("--fresh")
    #expect(result.status == 64)
    #expect(result.errors.contains("out/landsat"))
    #expect(try LocalFiles.list(bench.folder + "/out/landsat") == ["mine.txt"])
  }

  @Test(arguments: ["{\"a\": 1}", "{\"a\":"])
  func `a directory with a foreign or cut run.json is not written to`(text: String) async throws {
    let bench = try await CommandBench()
    try LocalFiles.createDirectory(bench.folder + "/out")
    try LocalFiles.writeAtomically(bench.folder + "/out/run.json", text: text)
    let result = try await bench.runPipeline()
    #expect(result.status == 64)
    #expect(result.errors.contains("out/run.json"))
    #expect(try LocalFiles.list(bench.folder + "/out") == ["run.json"])
  }

  // MARK: run-module

  @Test func `run-module says what came in and what came out`() async throws {
    let bench = try await CommandBench()
    try bench.write()
    let result = try await bench.run(
      "run-module", "config.json", "ndvi", "--date", "2021-03-02", "--chunk", "1,2")
    #expect(result.status == 0, "\(result.errors)")
    for text in [
      "32 × 32 pixels (columns 64 to 95, rows 32 to 63)", "red 2021-03-02", "nir08 2021-03-02",
      "ndvi 2021-03-02",
    ] {
      #expect(result.output.contains(text), "\(result.output)")
    }
    #expect(!LocalFiles.exists(bench.folder + "/out"))
  }

  @Test func `run-module writes where it is asked to, and never into a run`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let reference = try await bench.data()
    let refused = try await bench.run(
      "run-module", "config.json", "ndvi", "--date", "2021-03-02", "--chunk", "0,0", "--output", "out")
    #expect(refused.status == 64)
    #expect(refused.errors.contains("out holds a run"))
    #expect(try await bench.data() == reference)
    let result = try await bench.run(
      "run-module", "config.json", "ndvi", "--date", "2021-03-02", "--output", "look")
    #expect(result.status == 0)
    #expect(
      try await bench.floats("ndvi/2021-03-02.nc", "look").map(\.bitPattern)
        == reference["ndvi/2021-03-02.nc"])
  }

  @Test(arguments: [
    (["nvdi"], "did you mean \"ndvi\"?"), (["ndvi", "--sequence", "landsta"], "did you mean \"landsat\"?"),
    (["ndvi", "--date", "2021-03-03"], "2021-03-02"), (["ndvi", "--chunk", "9,9"], "4 rows of 5"),
  ])
  func `run-module names what is there instead`(arguments: [String], message: String) async throws {
    let bench = try await CommandBench()
    try bench.write()
    let result = try await bench.run(["run-module", "config.json"] + arguments)
    #expect(result.status == 64)
    #expect(result.errors.contains(message), "\(result.errors)")
  }
}
