public import Engine
internal import JSON

/// Puts the tables of a run together for other programs (`combine`).
public struct Combine: WholeRunModule {
  private let name: String
  private let collections: [String: String]
  private let more: [(key: String, value: String)]

  public static let descriptor = ModuleDescriptor(
    name: "combine", shape: .wholeRun,
    summary: "Writes the tables of patterns and weather as pyveg's results_summary.json.",
    method: "Copies numbers of tables; nothing is computed.",
    discussion: """
      The file has one entry a collection: of vegetation a list of sub-images for each date, with the numbers of \
      `network_centrality` and `ndvi_statistics`, of weather the numbers of `weather`, and `metadata`. Dates are the middle \
      days of periods, as pyveg has them; a date without any sub-image, or without weather, is null. Coordinates have three \
      decimals. What has no number is null, where pyveg writes NaN.

      Collections are named as pyveg's analysis looks for them: `COPERNICUS/S2` for Sentinel-2, `LANDSAT/…`, and \
      `ECMWF/ERA5/MONTHLY` for weather. A weather table is there when its module says `"save": true`.
      """,
    references: [
      "Barlow et al. 2020, pyveg, Journal of Open Source Software, doi:10.21105/joss.02483"
    ],
    parameters: [
      ModuleParameter("format", .choice(["pyveg"]), default: "pyveg", "Whose format."),
      ModuleParameter(
        "collections", .map(to: .text),
        "Other names of collections, by sequence: {\"sentinel2\": \"COPERNICUS/S2\", \"sentinel2.weather\": \"ECMWF/ERA5/DAILY\"}."
      ),
      ModuleParameter(
        "metadata", .map(to: .text), "Further entries of the metadata, such as coords_id and pattern_type."),
    ],
    trial: ModuleTrial(.dryland, before: PatternTrial.tables),
    examples: [
      #"{ "module": "combine", "metadata": { "pattern_type": "labyrinths" } }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Combine? {
    func texts(_ parameter: String) -> [(key: String, value: String)] {
      (arguments.node(parameter)?.members ?? []).compactMap { member in
        member.node.string.map { (member.key, $0) }
      }
    }
    return Combine(
      name: "results_summary.json",
      collections: Dictionary(texts("collections").map { ($0.key, $0.value) }) { first, _ in first },
      more: texts("metadata"))
  }

  public func files(for report: RunReport) -> [RunFile] {
    let summary = PyvegSummary(report: report, collections: collections, more: more)
    return [RunFile(path: name, bytes: Array((summary.value.text(pretty: true) + "\n").utf8))]
  }
}
