/// Finds the name that was probably meant.
public enum NearestName {
  /// The most similar of the valid names; nil when none is similar enough to suggest.
  ///
  /// Similar is a Damerau-Levenshtein distance (insertions, deletions, substitutions, swapped neighbours) of at
  /// most a third of the longer name, or a valid name that begins with the given one (three letters or more).
  /// Case, hyphens, underscores and spaces do not count. Of equally near names the first is taken.
  public static func best(for name: String, among names: [String]) -> String? {
    let wanted = simplified(name)
    var best: (name: String, distance: Int)?
    for candidate in names {
      let other = simplified(candidate)
      let distance = distance(wanted, other)
      let isBeginning = wanted.count >= 3 && other.starts(with: wanted)
      guard distance <= max(wanted.count, other.count) / 3 || isBeginning else { continue }
      if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
    }
    return best?.name
  }

  private static func simplified(_ name: String) -> [Character] {
    name.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }.map { $0 }
  }

  /// The optimal string alignment distance.
  static func distance(_ left: [Character], _ right: [Character]) -> Int {
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
