internal import ArgumentParser
internal import Pipeline

/// `apus indices`
struct IndicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "indices", abstract: "List the spectral indices Apus knows, or explain one.",
    discussion: """
      The indices are those of the awesome-spectral-indices list (MIT licence, David Montero Loaiza) that need optical \
      bands and constants alone, and the tasselled caps.

      Example: apus indices EVI
      """)

  @Argument(help: "The index to explain.", completion: .list(IndexCatalogue.names))
  var name: String?

  @Option(
    help: "Only indices whose bands this product has (see apus sensors).",
    completion: .list(SensorCatalogue().names))
  var sensor: String?

  func run() throws {
    var catalogue = IndexCatalogue()
    if let sensor {
      guard let own = IndexCatalogue(sensor: sensor) else {
        Console.message("apus: \(SensorCatalogue().unknown(sensor))")
        throw ExitStatus.usage
      }
      catalogue = own
    }
    guard let name else { return Console.document(catalogue.table) }
    guard let page = catalogue.page(name) else {
      Console.message("apus: \(IndexCatalogue.unknown(name))")
      throw ExitStatus.usage
    }
    Console.document(page)
  }
}
