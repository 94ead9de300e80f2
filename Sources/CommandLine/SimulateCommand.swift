internal import ArgumentParser
internal import Geo
internal import Simulation

/// `apus simulate`
struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Make a Landsat-like archive with a STAC items.json and known truth.",
    discussion: """
      The same sizes, seed and options give the same bytes. DIR/truth holds the expected results.

      Example: apus simulate out/archive --dates 24 --size 1024x1024
      """)

  @Argument(help: "A new or empty directory.")
  var directory: String

  @Option(help: "How many dates.")
  var dates: Int

  @Option(help: "Columns and rows of the area, such as 2048x2048.")
  var size: String

  @Option(help: "The seed of all random numbers.")
  var seed: Int = 1

  @Option(help: "Only these bands, such as red,nir08,qa_pixel.")
  var bands: String?

  @Option(help: "The first day.")
  var start: String = "2021-01-01"

  @Option(help: "The last day.")
  var end: String = "2021-12-31"

  @Option(help: "How scenes cover the area: mixed, whole or pairs (two overlapping scenes a date).")
  var coverage: String = "mixed"

  @Option(help: "Side of the files' tiles.")
  var tile: Int?

  @Option(help: "Effort of compression, 1 to 9.")
  var deflate: Int = 1

  @Option(help: "Truth to write: auto, figures or none.")
  var truth: String = "auto"

  @Option(help: "A dryland with shrubs in a pattern: spots, labyrinths or gaps.")
  var pattern: String?

  @Flag(
    help:
      "Ice as Sentinel-2 sees it, with elevation, weather, a model of classes and a table of spectra; run ice.json."
  )
  var ice = false

  @Flag(
    help:
      "Granules of ocean colour with their own longitude and latitude, one a day from 2021-01-01 or --start on; run swaths.json."
  )
  var swaths = false

  @Flag(help: "Write weather.nc, too: monthly rain and temperature.")
  var weather = false

  @Option(help: "Threads; 0 for one per processor.")
  var threads: Int = 0

  @Flag(help: "Print nothing but errors.")
  var quiet = false

  func run() async throws {
    let options = try options()
    let (width, height) = try sides()
    if ice {
      try await reporting { try makeIce(width, height) }
      return
    }
    if swaths {
      try await reporting { try makeSwaths(width, height, options.start) }
      return
    }
    try await reporting {
      let simulator: ArchiveSimulator
      do {
        simulator = try ArchiveSimulator(
          directory: directory, dates: dates, width: width, height: height,
          seed: UInt64(bitPattern: Int64(seed)),
          options: options)
      } catch {
        Console.message("apus: \(error)")
        throw ExitStatus.usage
      }
      let isLive = Console.isTerminal && !quiet
      let report: SimulationReport
      do {
        report = try simulator.write { progress in
          if isLive {
            Console.renew("\(progress.stage.rawValue): \(progress.done) of \(progress.total)")
          }
        }
      } catch SimulationError.unusable(let text) {
        Console.message("apus: \(text)")
        throw ExitStatus.usage
      }
      if isLive { Console.renew("") }
      Console.result(report.items)
      if !quiet {
        Console.message(
          "\(report.dates) dates, \(report.scenes) scenes, \(report.files) files, "
            + "\((Double(report.bytes) / 1e5).rounded() / 10) MB")
      }
    }
  }

  private func makeIce(_ width: Int, _ height: Int) throws {
    let items: String
    do {
      items = try IceArchive(
        directory: directory, dates: dates, width: width, height: height,
        seed: UInt64(bitPattern: Int64(seed))
      ).write()
    } catch {
      Console.message("apus: \(error)")
      throw ExitStatus.usage
    }
    Console.result(items)
    if !quiet { Console.message("its config: \(directory)/ice.json") }
  }

  private func makeSwaths(_ width: Int, _ height: Int, _ start: CalendarDate) throws {
    let config: String
    do {
      config = try SwathArchive(
        directory: directory, count: dates, width: width, height: height,
        seed: UInt64(bitPattern: Int64(seed)), start: start
      ).write()
    } catch {
      Console.message("apus: \(error)")
      throw ExitStatus.usage
    }
    Console.result(config)
  }

  private func sides() throws -> (Int, Int) {
    let parts = size.lowercased().split(separator: "x").map { Int($0) }
    guard parts.count == 2, let width = parts[0], let height = parts[1] else {
      throw refusal("--size \(size) is not WIDTHxHEIGHT, such as 2048x2048")
    }
    return (width, height)
  }

  private func options() throws -> SimulationOptions {
    var options = SimulationOptions()
    if let bands {
      options.bands = try bands.split(separator: ",").map { name in
        guard let band = SimulatedBand(rawValue: String(name)) else {
          let names = SimulatedBand.allCases.map(\.rawValue).joined(separator: ", ")
          throw refusal("--bands: there is no band \"\(name)\", there are \(names)")
        }
        return band
      }
    }
    guard let first = CalendarDate(start), let last = CalendarDate(end) else {
      throw refusal("--start and --end are dates such as 2021-01-31")
    }
    (options.start, options.end) = (first, last)
    options.coverage = try choice(coverage, "--coverage")
    options.truth = try choice(truth, "--truth")
    options.pattern = try pattern.map { try choice($0, "--pattern") }
    options.weather = weather
    options.tile = tile
    options.deflateLevel = deflate
    options.threads = threads
    return options
  }

  private func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ text: String, _ option: String
  ) throws -> Choice {
    if let value = Choice(rawValue: text) { return value }
    let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    throw refusal("\(option) \(text): there are \(names)")
  }
}
