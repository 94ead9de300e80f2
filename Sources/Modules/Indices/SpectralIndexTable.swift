internal import Engine
internal import JSON

/// The spectral indices there are: those of the list awesome-spectral-indices that need nothing but optical bands and
/// constants (235), the wavelengths of bands (6) or the light of a place (1). Thermal, radar and kernel indices are not.
///
/// Names, formulas, constants and references are those of the list's version 0.12.0
/// (<https://github.com/awesome-spectral-indices/awesome-spectral-indices>), which is under the MIT licence, copyright
/// (c) 2021 David Montero Loaiza. What a formula's letters stand for is in `IndexBand`.
public enum SpectralIndexTable {
  /// Every index, by domain and name. The tasselled caps, whose formulas depend on the sensor, are in `TasselledCap`.
  public static let all: [SpectralIndex] = texts.flatMap { domain, text in
    text.split(separator: "\n").compactMap { index(String($0), domain) }
  }

  /// How many there are, without reading the formulas: every command asks the modules for their summaries.
  static let count = texts.reduce(0) { $0 + $1.text.utf8.split(separator: UInt8(ascii: "\n")).count }

  private static let texts: [(domain: SpectralIndex.Domain, text: String)] = [
    (.vegetation, vegetation), (.water, water), (.burn, burn), (.soil, soil), (.urban, urban), (.snow, snow),
    (.clouds, clouds),
  ]

  /// The index of a name: in the same letters, or, where only one index is meant, whatever the case.
  public static func index(named name: String) -> SpectralIndex? {
    if let index = all.first(where: { $0.name == name }) { return index }
    let found = all.filter { $0.name.lowercased() == name.lowercased() }
    return found.count == 1 ? found[0] : nil
  }

  /// The names that `index` takes: those of the list, and in another case of letters those that are then still one.
  static let form: TextForm = {
    let names = all.map(\.name) + TasselledCap.names
    let counts = Dictionary(names.map { ($0.lowercased(), 1) }, uniquingKeysWith: +)
    return TextForm(
      words: names, pattern: TextForm.anyCase(names.filter { counts[$0.lowercased()] == 1 }).pattern)
  }()

  /// The most similar name.
  static func nearest(to name: String) -> String? {
    NearestName.best(for: name, among: all.map(\.name) + TasselledCap.names)
  }

  /// The index that comes nearest to one which cannot be had.
  ///
  /// First one whose formula is the same with the missing bands replaced by those nearest in wavelength; else, among
  /// those of the domain, the one whose bands differ least; of equals the one with the most similar name.
  ///
  /// - Parameters:
  ///   - wanted: the index whose bands are not all there.
  ///   - roles: the bands there are.
  public static func nearest(to wanted: SpectralIndex, with roles: Set<BandRole>) -> SpectralIndex? {
    func substitute(_ band: IndexBand) -> IndexBand {
      guard !roles.contains(band.role), let role = band.role.neighbour, roles.contains(role) else {
        return band
      }
      return IndexBand.allCases.first { $0.role == role } ?? band
    }
    let available = all.filter { index in
      index.name != wanted.name && index.bands.allSatisfy { roles.contains($0.role) }
        && index.openConstants.allSatisfy(wanted.openConstants.contains)
    }
    let formula = wanted.skeleton(substitute)
    if let same = available.first(where: { $0.skeleton { $0 } == formula }) { return same }
    let bands = Set(wanted.bands.map(substitute))
    let ranked = available.filter { $0.domain == wanted.domain }.map { index in
      (
        index: index, difference: bands.symmetricDifference(index.bands).count,
        letters: NearestName.distance(between: wanted.name, and: index.name)
      )
    }
    return ranked.min { ($0.difference, $0.letters) < ($1.difference, $1.letters) }?.index
  }

  private static func index(_ line: String, _ domain: SpectralIndex.Domain) -> SpectralIndex? {
    let parts = line.split(separator: "|").map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
    guard parts.count == 5 else { return nil }
    let ends = parts[3].split(separator: " ").compactMap { Double($0) }
    guard ends.count == 2, ends[0] < ends[1] else { return nil }
    return try? SpectralIndex(
      name: parts[0], longName: parts[1], domain: domain, formula: parts[2], range: ends[0]...ends[1],
      reference: parts[4])
  }
}

extension SpectralIndex {
  /// The formula without spaces, with other bands in it.
  fileprivate func skeleton(_ substitute: (IndexBand) -> IndexBand) -> String {
    var result = ""
    var word = ""
    func flush() {
      result += IndexBand(rawValue: word).map { substitute($0).rawValue } ?? word
      word = ""
    }
    for character in formula where character != " " {
      if character.isLetter || (character.isNumber && !word.isEmpty) {
        word.append(character)
      } else {
        flush()
        result.append(character)
      }
    }
    flush()
    return result
  }
}
