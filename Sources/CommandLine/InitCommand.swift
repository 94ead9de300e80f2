internal import ArgumentParser
internal import Geo
internal import Glibc
internal import Pipeline
internal import Storage

/// `apus init`
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a commented config to begin with, by flags or by questions.",
    discussion: """
      On a terminal, what no flag says is asked. The config is checked as `apus validate` does before it is written.

      Examples:
        apus init --archive landsat --bbox -71.6,-35.6,-71.3,-35.4 --start 2021-01-01 --end 2021-12-31 --product seasonal-ndvi maule.json
        apus init --archive earth-search --around 11.1,44.7 --radius 5000 --product ndvi --product monthly-mosaic po.json
      """)

  @Argument(help: "The config file to write.")
  var file = "apus.json"

  @Option(
    help: "Where scenes come from: landsat, sentinel2, earth-search or folder.",
    completion: .list(StarterConfig.Archive.allCases.map(\.rawValue)),
    transform: { try choice($0, \.rawValue) })
  var archive: StarterConfig.Archive?

  @Option(help: "The folder or the address of an archive of your own; implies --archive folder.")
  var source: String?

  @Option(help: "The collection of an archive of your own, by which its bands and flags are known.")
  var collection: String?

  @Option(parsing: .unconditional, help: "The area: west,south,east,north in degrees.")
  var bbox: String?

  @Option(parsing: .unconditional, help: "The area: longitude,latitude of a point in degrees, with --radius.")
  var around: String?

  @Option(parsing: .unconditional, help: "Metres to each side of the point.")
  var radius: Double?

  @Option(help: "The area: the bounds of a GeoJSON file.")
  var geometry: String?

  @Option(help: "The first day: 2021-01-01.")
  var start: String?

  @Option(help: "The last day.")
  var end: String?

  @Option(
    help: "What to make: ndvi, seasonal-ndvi, monthly-mosaic, albedo or water; may be repeated.",
    completion: .list(StarterConfig.Product.allCases.map(\.rawValue)),
    transform: { try choice($0, \.rawValue) })
  var product: [StarterConfig.Product] = []

  @Option(help: "The pipeline's name; the file's when absent.")
  var name: String?

  @Flag(help: "Write over an existing file.")
  var force = false

  @Flag(help: "Ask nothing: what no flag says has a default.")
  var yes = false

  func run() throws {
    do {
      try write()
    } catch is Question.Unanswered {
      Console.message("")
      throw refusal("the questions were not answered to the end: \(file) is not written")
    }
  }

  private func write() throws {
    guard force || !LocalFiles.isTaken(file) else {
      throw refusal("\(file) exists: give another name, or --force to write over it")
    }
    let asks = !yes && isatty(STDIN_FILENO) == 1 && Console.isTerminal
    let archive = try archive ?? (source != nil ? .folder : asks ? askArchive() : .landsat)
    var source = source
    if archive == .folder, source == nil {
      source = asks ? try askSource() : nil
      guard source != nil else { throw refusal("--archive folder needs --source with its folder or address") }
    }
    if archive != .folder, source != nil || collection != nil {
      throw refusal("--source and --collection are for --archive folder")
    }
    let place = try InitPlace(bbox: bbox, around: around, radius: radius, geometry: geometry)
      .read(isNativeAllowed: archive == .folder, asks: asks)
    let dates = try readDates(asks: asks, isNeeded: archive != .folder)
    var products = product
    if products.isEmpty { products = asks ? try askProducts() : [.seasonalNDVI] }
    if let path = source, !path.contains("://"), !path.hasPrefix("/"), file.contains("/") {
      // Paths in a config start at its own folder.
      source = InitCommand.workingFolder + "/" + path
    }
    var config = StarterConfig(
      name: name ?? InitCommand.stem(of: file), archive: archive, source: source, place: place, dates: dates,
      products: StarterConfig.Product.allCases.filter(products.contains))
    config.collection = collection
    let reading = ConfigReader.read(Array(config.text.utf8), file: file)
    guard reading.config != nil else {
      for line in reading.messages { Console.message(line) }
      throw refusal("the config would not be valid and was not written")
    }
    do throws(StorageError) {
      let folder = LocalFiles.parent(of: file)
      if !folder.isEmpty { try LocalFiles.createDirectory(folder) }
      try LocalFiles.writeAtomically(file, text: config.text)
    } catch {
      Console.message("apus: \(error)")
      throw ExitStatus.failure
    }
    Console.result(file)
    Console.message("next: apus plan \(file)   then: apus run \(file)")
  }

  // MARK: Answers

  private func askArchive() throws -> StarterConfig.Archive {
    let all = StarterConfig.Archive.allCases
    let chosen = try Question.choose(
      "Where do scenes come from?", all.map { "\($0.rawValue): \($0.title)" }, several: false)
    return all[chosen.first ?? 0]
  }

  private func askSource() throws -> String {
    try Question.untilAccepted {
      let answer = try Question.ask("Folder or address of the archive", default: "archive")
      guard answer.contains("://") || LocalFiles.exists(answer) else {
        throw refusal("there is no \"\(answer)\", looked for in \(InitCommand.workingFolder)")
      }
      return answer
    }
  }

  private func askProducts() throws -> [StarterConfig.Product] {
    let all = StarterConfig.Product.allCases
    let chosen = try Question.choose(
      "What is to be made?", all.map { "\($0.rawValue): \($0.title)" }, several: true)
    return chosen.map { all[$0] }
  }

  private func readDates(asks: Bool, isNeeded: Bool) throws -> ClosedRange<CalendarDate>? {
    var (first, last) = (start, end)
    if asks, first == nil, last == nil {
      let from = try Question.untilAccepted {
        let answer = try Question.ask("First day", default: isNeeded ? "2021-01-01" : "")
        return answer.isEmpty ? nil : try day(answer)
      }
      guard let from else { return nil }
      return try Question.untilAccepted {
        try range(from, try day(try Question.ask("Last day", default: "\(from.year)-12-31")))
      }
    } else if first == nil, last == nil, isNeeded {
      (first, last) = ("2021-01-01", "2021-12-31")
    }
    guard let first, let last, !first.isEmpty else {
      if first?.isEmpty ?? true, last == nil { return nil }
      throw refusal("--start and --end belong together")
    }
    return try range(try day(first), try day(last))
  }

  private func day(_ text: String) throws -> CalendarDate {
    guard let day = CalendarDate(text) else {
      throw refusal("expected a day like 2021-01-31, found \"\(text)\"")
    }
    return day
  }

  private func range(_ from: CalendarDate, _ to: CalendarDate) throws -> ClosedRange<CalendarDate> {
    guard from <= to else { throw refusal("the end, \(to), is before the start, \(from)") }
    return from...to
  }

  private static var workingFolder: String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(cString: path)
  }

  private static func stem(of path: String) -> String {
    let name = String(path.split(separator: "/").last ?? "apus")
    let stem = name.hasSuffix(".json") ? String(name.dropLast(5)) : name
    return stem.isEmpty ? "apus" : stem
  }
}

/// Refuses what a flag says: the command line is wrong.
func refusal(_ text: String) -> ExitCode {
  Console.message("apus: \(text)")
  return ExitStatus.usage
}

/// The case that a word names.
private func choice<Choice: CaseIterable>(_ word: String, _ name: (Choice) -> String) throws -> Choice {
  guard let choice = Choice.allCases.first(where: { name($0) == word }) else {
    throw ValidationError(
      "expected one of \(Choice.allCases.map(name).joined(separator: ", ")), found \"\(word)\"")
  }
  return choice
}
