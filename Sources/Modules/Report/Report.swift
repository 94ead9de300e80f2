public import Engine
import JSON

/// The run as one page to look at, `report.html` (`report`).
public struct Report: WholeRunModule {
  /// The file below the run directory.
  public static let path = "report.html"
  public static let tellsOfTheRun = true

  public static let descriptor = ModuleDescriptor(
    name: "report", shape: .wholeRun,
    summary:
      "Writes report.html: maps, time series, what was lost, how the run went, in one file to look at.",
    method: "Shows what the ledger, the statistics and the quicklooks of the run hold; nothing is computed.",
    discussion: """
      The page has a map of each layer with its legend, and the coordinates and the value under the pointer; the mean of \
      each variable over time, between its percentiles 25 and 75, with the cloud cover that catalogues tell, and the same \
      of the columns of tables; the area on a \
      map of the world and the outlines of its scenes; every loss with its reason; when what was done, memory and \
      throughput, and what was planned of them; the modules as a graph; the resolved config; and the scenes behind \
      each date.

      It is a single file of at most 2 MB that needs no network and no other file. Where there are more layers than fit, \
      `maps` of each variable are shown, from the first to the last at equal distances, and the others are among the \
      quicklooks. Maps are made from the quicklooks: a value under the pointer is as exact as its colour.
      """,
    parameters: [
      ModuleParameter(
        "maps", .integer(0...1000), default: 24, "How many layers of each variable are shown as maps at most."
      )
    ],
    trial: ModuleTrial(
      before: [
        #"{ "module": "ndvi", "save": true }"#
      ]),
    examples: [#"{ "module": "report" }"#, #"{ "module": "report", "maps": 6 }"#])

  /// Layers of each variable at most.
  private let maps: Int

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Report? {
    Report(maps: arguments.integer("maps") ?? 24)
  }

  public init(maps: Int = 24) {
    self.maps = maps
  }

  public func files(for report: RunReport) -> [RunFile] {
    [RunFile(path: Report.path, bytes: Array(ReportPage(report: report, maps: maps).text.utf8))]
  }
}
