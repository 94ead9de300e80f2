public import JSON
internal import Storage

/// A recorded search result: a STAC ItemCollection with the search's parameters as the foreign member "apus".
///
/// Asset references in it are absolute, so that the file can be read from anywhere; reading gives back exactly the
/// scenes that were written, except that passwords, signatures and tokens are left out, wherever in an item they
/// stand.
public struct SceneManifest: Hashable, Sendable {
  public var scenes: [Scene]
  /// How the scenes were found; whatever the writer wants to keep.
  public var parameters: JSONValue

  public init(scenes: [Scene], parameters: JSONValue) {
    self.scenes = scenes
    self.parameters = parameters
  }

  /// The member of a feature that keeps the file or URL it came from.
  static let originKey = "apus:origin"

  /// The manifest as UTF-8 JSON text, one scene a line.
  public func encoded() -> [UInt8] {
    var output = Array("{\"type\":\"FeatureCollection\",\n\"apus\":".utf8)
    parameters.append(to: &output)
    output += Array(",\n\"features\":[".utf8)
    for (number, scene) in scenes.enumerated() {
      output += Array((number == 0 ? "\n" : ",\n").utf8)
      var feature = scene.document.withoutSecrets
      feature[SceneManifest.originKey] = .string(Secrets.removed(from: scene.origin))
      feature.append(to: &output)
    }
    output += Array("\n]}\n".utf8)
    return output
  }

  /// Reads a manifest.
  ///
  /// - Parameters:
  ///   - bytes: what `encoded()` gave.
  ///   - location: the file's absolute path, for messages.
  /// - Throws: `CatalogError` for anything that is no manifest, a file cut short among them.
  public init(decoding bytes: [UInt8], location: String) throws(CatalogError) {
    let root = try StaticCatalog.parse(bytes, location: location)
    guard root["type"]?.string == "FeatureCollection", let features = root["features"]?.array,
      let parameters = root["apus"]
    else {
      throw CatalogError(
        location: location,
        message: "this is not the recorded search result of a run",
        advice: "let the run search again (--fresh)"
      )
    }
    self.parameters = parameters.plain
    scenes = []
    scenes.reserveCapacity(features.count)
    for feature in features {
      let origin = feature[SceneManifest.originKey]?.string
      scenes.append(try ItemReader.scene(feature, location: location, origin: origin))
    }
  }
}

extension JSONValue {
  /// A value without what is secret: in every address in any of its texts, and in members that are named so.
  fileprivate var withoutSecrets: JSONValue {
    switch self {
    case .string(let text): .string(Secrets.removed(from: text))
    case .array(let values): .array(values.map(\.withoutSecrets))
    case .object(let object):
      .object(
        JSONObject(
          object.members.lazy.filter { !$0.value.isSecretText(named: $0.key) }
            .map { ($0.key, $0.value.withoutSecrets) }))
    case .null, .bool, .integer, .number: self
    }
  }

  private func isSecretText(named name: String) -> Bool {
    guard Secrets.isSecret(member: name) else { return false }
    // Headers of links may be lists.
    return string != nil || array?.allSatisfy { $0.string != nil } == true
  }
}
