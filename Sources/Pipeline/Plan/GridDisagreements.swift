import Geo

/// Files that do not lie where their catalogue says: counted by band, with one of each to show.
struct GridDisagreements {
  private var bands: [String: (count: Int, first: String)] = [:]

  mutating func add(scene: String, band: String, file: Grid, catalogue: Grid) {
    let first = "scene \"\(scene)\": the file is \(file.summary), its catalogue says \(catalogue.summary)"
    bands[band] = bands[band].map { ($0.count + 1, $0.first) } ?? (1, first)
  }

  /// A sentence for each band.
  var warnings: [String] {
    bands.sorted { $0.key < $1.key }.map { band, found in
      let files =
        found.count == 1 ? "one file of \"\(band)\" lies" : "\(found.count) files of \"\(band)\" lie"
      return
        "\(files) elsewhere than the catalogue says, and the file is taken to be right (\(found.first)); "
        + "\"trust\": \"catalogue\" in \"download\" has it the other way round"
    }
  }
}
