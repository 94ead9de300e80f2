/// The names of a table's columns: those of its numbers, of what tells rows apart, and of the features' attributes.
struct SampleColumns {
  /// What files call their own columns, coordinates and dimensions.
  private static let own: Set = ["id", "date", "period", "longitude", "latitude", "feature", "feature_id"]

  private let numbers: [String]

  init(_ numbers: [String]) { self.numbers = numbers }

  /// The first name that two columns would have; nil where each has a name of its own.
  var clash: String? {
    var seen = Self.own.union(ResultName.reserved)
    return numbers.first { !seen.insert($0).inserted }
  }

  /// The name of an attribute's column: its own, or one that no other column has. A slash separates groups in files.
  func attribute(_ name: String) -> String {
    let isTaken =
      Self.own.contains(name) || ResultName.reserved.contains(name) || numbers.contains(name)
      || name.hasSuffix("_strlen")
    return (isTaken ? "attribute_\(name)" : name).replacing("/", with: "_")
  }
}
