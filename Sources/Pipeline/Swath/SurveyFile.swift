internal import Engine
internal import Granules
internal import JSON
internal import Storage
internal import Swath

/// The survey of a granule beside its copy: a run that is continued need not bring the granule again to know where it
/// lies.
struct SurveyFile {
  private let path: String
  private let key: String

  /// - Parameter identity: what tells the content of the copy from others.
  init(_ granule: OpenGranules.Key, identity: String) {
    path = "\(granule.path).survey"
    var hash = KeyHash()
    for text in granule.bands { hash.add(text) }
    hash.add(granule.wishes.longitude ?? "")
    hash.add(granule.wishes.latitude ?? "")
    hash.add(identity)
    key = hash.key
  }

  /// The survey; nil where there is none, or one of something else.
  func read() -> SwathSurvey? {
    guard let bytes = try? LocalFiles.readAll(path), let node = try? JSONParser.parse(bytes),
      node["key"]?.string == key, let lines = node["lines"]?.integer, let columns = node["columns"]?.integer,
      let spacing = node["spacing"]?.double, let reaches = node["reaches"]?.array?.compactMap(\.double),
      let caps = node["caps"]?.array
    else { return nil }
    let survey = SwathSurvey(
      lines: lines, columns: columns, reaches: reaches,
      caps: caps.map { node in
        let numbers = node.array?.compactMap(\.double) ?? []
        return numbers.count == 4
          ? SphericalCap(x: numbers[0], y: numbers[1], z: numbers[2], angle: numbers[3]) : nil
      }, spacing: spacing)
    return reaches.count == columns && caps.count == survey.blockRows * survey.blockColumns ? survey : nil
  }

  func write(_ survey: SwathSurvey) {
    let document: JSONValue = [
      "key": .string(key), "lines": .integer(survey.lines), "columns": .integer(survey.columns),
      "spacing": .number(survey.spacing), "reaches": .array(survey.reaches.map { .number($0) }),
      "caps": .array(
        survey.caps.map { cap in
          cap.map { .array([.number($0.x), .number($0.y), .number($0.z), .number($0.angle)]) } ?? .null
        }),
    ]
    // Without it the granule is brought again.
    _ = try? LocalFiles.writeAtomically(path, text: document.text())
  }
}
