import Engine

/// Where the files of a run stand in an archive of pyveg's layout.
enum PyvegNames {
  /// The combined results; the first file of the archive.
  static let summary = "JSON/results_summary.json"

  /// The files of the archive with their names there, the combined results first.
  ///
  /// - Throws: `DownloadError` where the run has no combined results, or two pictures have one name.
  static func files(
    of listing: RunListing, location: String
  ) throws -> [(file: RunReport.ResultFile, name: String)] {
    guard let results = listing.files.first(where: { $0.path == "results_summary.json" }) else {
      throw DownloadError(
        "\(location) has no results_summary.json: add {\"module\": \"combine\"} to its config and run it again"
      )
    }
    var taken: Set<String> = []
    let pictures = try listing.files.compactMap { file -> (RunReport.ResultFile, String)? in
      // SEQUENCE/TABLE/DATE_LONGITUDE_LATITUDE_RGB.png; pictures of sub-images stand deeper.
      let parts = file.path.split(separator: "/")
      guard file.kind == "quicklook", parts.count == 3, parts[2].hasSuffix("_RGB.png") else { return nil }
      let name = "RGB/\(parts[2])"
      guard taken.insert(name).inserted else {
        throw DownloadError(
          "\(location) has two pictures for \"\(name)\": pyveg's layout has room for one area")
      }
      return (file, name)
    }
    return [(results, summary)] + pictures
  }
}
