import JSON

/// A property by which scenes are put in order before a limit takes the first of them.
public struct SceneSort: Hashable, Sendable {
  /// "datetime", "id", or a property such as "eo:cloud_cover", without "properties.".
  public let field: String
  public let isDescending: Bool

  public init(field: String, isDescending: Bool = false) {
    self.field = field
    self.isDescending = isDescending
  }

  /// Reads "eo:cloud_cover", "+properties.eo:cloud_cover" or "-datetime"; nil for an empty name.
  public init?(_ text: String) {
    var name = text[...]
    isDescending = name.hasPrefix("-")
    if isDescending || name.hasPrefix("+") { name = name.dropFirst() }
    if name.hasPrefix("properties.") { name = name.dropFirst("properties.".count) }
    guard !name.isEmpty else { return nil }
    field = String(name)
  }

  /// The field's name in a STAC API's `sortby`.
  var apiField: String { ["id", "collection"].contains(field) ? field : "properties.\(field)" }

  /// Whether scenes come in the order of their properties; nil where those are equal. Scenes without the property come
  /// last.
  func isEarlier(_ left: Scene, than right: Scene) -> Bool? {
    switch field {
    case "datetime":
      guard left.datetime != right.datetime else { return nil }
      return (left.datetime < right.datetime) != isDescending
    case "id", "collection":
      let (one, two) = field == "id" ? (left.id, right.id) : (left.collection ?? "", right.collection ?? "")
      return one == two ? nil : (one < two) != isDescending
    default:
      let (one, two) = (left.properties[field] ?? .null, right.properties[field] ?? .null)
      if one.isNull || two.isNull { return one.isNull == two.isNull ? nil : two.isNull }
      if let one = one.double, let two = two.double { return one == two ? nil : (one < two) != isDescending }
      if let one = one.string, let two = two.string { return one == two ? nil : (one < two) != isDescending }
      return nil
    }
  }
}
