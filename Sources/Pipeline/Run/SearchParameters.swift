import Catalog
import JSON

/// What of a config decides which scenes a run works on, and on which grid: as long as it stays, so do they.
enum SearchParameters {
  private static let ofSource = [
    "source", "collection", "ids", "query", "filter", "limit", "sort", "group_by",
  ]

  /// The area, the dates, and by sequence the parameters of its search.
  static func of(_ resolved: JSONValue) -> JSONValue {
    var searches = JSONObject()
    for sequence in resolved["sequences"]?.array ?? [] {
      guard let name = sequence["name"]?.string,
        let source = sequence["modules"]?.array?.first(where: { $0["source"] != nil })
      else { continue }
      searches[name] = .object(
        JSONObject(ofSource.compactMap { key in source[key].map { (key: key, value: $0) } }))
    }
    return [
      "area": resolved["area"] ?? .null, "dates": resolved["dates"] ?? .null,
      "sequences": .object(searches),
    ]
  }

  /// The paths at which two configs search differently; a sequence that only one of them has searches for itself.
  static func differences(_ old: JSONValue, _ new: JSONValue) -> [String] {
    var (old, new) = (of(old), of(new))
    let shared = (old["sequences"]?.object?.keys ?? []).filter { new["sequences"]?[$0] != nil }
    old["sequences"] = only(shared, of: old["sequences"])
    new["sequences"] = only(shared, of: new["sequences"])
    return differences(old, new, at: "$")
  }

  private static func only(_ names: [String], of searches: JSONValue?) -> JSONValue {
    .object(JSONObject(names.compactMap { name in searches?[name].map { (key: name, value: $0) } }))
  }

  private static func differences(_ old: JSONValue, _ new: JSONValue, at path: String) -> [String] {
    if old == new { return [] }
    if let left = old.object, let right = new.object {
      let keys = left.keys + right.keys.filter { left[$0] == nil }
      return keys.flatMap { differences(left[$0] ?? .null, right[$0] ?? .null, at: "\(path).\($0)") }
    }
    if let left = old.array, let right = new.array, left.count == right.count {
      return zip(left, right).enumerated().flatMap { differences($1.0, $1.1, at: "\(path)[\($0)]") }
    }
    return [path]
  }
}
