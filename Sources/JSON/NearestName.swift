/// Finds the name that was probably meant.
public enum NearestName {
  /// The longest name that is compared, in bytes: nobody mistypes a longer one, and comparing takes the product of two
  /// lengths.
  static let longest = 256

  /// The most similar of the valid names; nil when none is similar enough to suggest.
  ///
  /// Similar is a Damerau-Levenshtein distance (insertions, deletions, substitutions, swapped neighbours) of at
  /// most a third of the longer name, or a valid name that begins with the given one (three letters or more).
  /// Case, hyphens, underscores and spaces do not count. Of equally near names one of the same letters is taken, else
  /// the first. Where none is near, a word that says the same in other programs counts. Names of more than 256 bytes are
  /// like no other.
  public static func best(for name: String, among names: [String]) -> String? {
    guard let wanted = simplified(name) else { return nil }
    if let same = synonyms[name.lowercased()]?.first(where: names.contains) { return same }
    var best: (name: String, rank: Int)?
    for candidate in names {
      guard let other = simplified(candidate) else { continue }
      let isBeginning = wanted.count >= 3 && other.starts(with: wanted)
      let most = max(wanted.count, other.count) / 3
      // So many letters have to be inserted at least.
      guard abs(wanted.count - other.count) <= most || isBeginning else { continue }
      let distance = distance(wanted, other)
      guard distance <= most || isBeginning else { continue }
      // A name that was cut short is nearer than one with two wrong letters.
      let rank = min(2 * distance, isBeginning ? 3 : .max) - (wanted.sorted() == other.sorted() ? 1 : 0)
      if best.map({ rank < $0.rank }) ?? true { best = (candidate, rank) }
    }
    return best?.name
  }

  /// What words of other programs and of everyday speech are called here.
  private static let synonyms = [
    "average": ["mean"], "avg": ["mean"], "minimum": ["min"], "maximum": ["max"], "stddev": ["std"],
    "variance": ["var"], "majority": ["mode"], "less": ["lt"], "greater": ["gt"], "<": ["lt"], "<=": ["lte"],
    ">": ["gt"], ">=": ["gte"], "=": ["eq"], "==": ["eq"], "equals": ["eq"], "geotiff": ["cog"],
    "gtiff": ["cog"], "tiff": ["cog"], "tif": ["cog"], "nc": ["netcdf"], "hdf5": ["netcdf"],
    "annual": ["year"], "yearly": ["year"], "daily": ["date"],
  ]

  private static func simplified(_ name: String) -> [Unicode.Scalar]? {
    guard name.utf8.count <= longest else { return nil }
    return name.lowercased().unicodeScalars.filter { $0 != "-" && $0 != "_" && $0 != " " }
  }

  /// How many letters have to be changed to make one name of another, whatever the case.
  public static func distance(between name: String, and other: String) -> Int {
    guard let left = simplified(name), let right = simplified(other) else { return .max }
    return distance(left, right)
  }

  /// The optimal string alignment distance.
  static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        let change = left[row] == right[column] ? 0 : 1
        var cost = min(last[column] + change, last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          cost = min(cost, beforeLast[column - 1] + 1)
        }
        current.append(cost)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}
