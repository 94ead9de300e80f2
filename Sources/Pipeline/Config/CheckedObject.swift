import Engine
import JSON

/// An object of the config after a comparison with the table of keys it may have.
struct CheckedObject {
  let node: JSONNode
  let path: JSONPath
  /// Whether every key is known, every required key there and every value of the right type.
  let isSound: Bool
  /// The object without what is wrong with it, misspelt keys spelt right: for finding more mistakes with.
  let repaired: JSONNode
  /// Whether the repair lacks a list, an object or a required value, which may have named things that others
  /// rely on.
  let lostNames: Bool
  /// The keys whose values are wrong, and missing in the repair.
  let refused: Set<String>
  /// Keys as the file has them, for those that are misspelt.
  private let spellings: [String: String]

  /// Compares, and reports all that is wrong.
  init(_ node: JSONNode, path: JSONPath, keys: [ModuleParameter], mistakes: Mistakes) {
    self.node = node
    self.path = path
    guard let members = node.members else {
      mistakes.report("expected an object, found \(node.found)", at: node.position, path)
      isSound = false
      repaired = JSONNode(value: .object([]), position: node.position)
      lostNames = true
      refused = []
      spellings = [:]
      return
    }
    var sound: [JSONNode.Member] = []
    var found: [Diagnostic] = []
    var lostNames = false
    var refused: Set<String> = []
    var spellings: [String: String] = [:]
    for member in members {
      var name = member.key
      if !keys.contains(where: { $0.name == name }) {
        found.append(Diagnostic(unknownKey: member, path: path, among: keys.map(\.name)))
        guard let nearest = NearestName.best(for: name, among: keys.map(\.name)), node[nearest] == nil,
          spellings[nearest] == nil
        else { continue }
        spellings[nearest] = name
        name = nearest
      }
      guard let key = keys.first(where: { $0.name == name }) else { continue }
      let wrong = key.type.mistakes(in: member.node, path: path.appending(member.key))
      if wrong.isEmpty {
        sound.append(JSONNode.Member(key: name, keyPosition: member.keyPosition, node: member.node))
      } else {
        found += wrong
        refused.insert(name)
        // Of a list or an object the rest may still be good.
        let isCompound = member.node.array != nil || member.node.members != nil
        lostNames = lostNames || isCompound || key.isRequired
        guard isCompound else { continue }
        let rest = member.node.without(wrong.map(\.path), below: path.appending(member.key))
        if key.type.mistakes(in: rest, path: path).isEmpty {
          sound.append(JSONNode.Member(key: name, keyPosition: member.keyPosition, node: rest))
        }
      }
    }
    for key in keys where key.isRequired && node[key.name] == nil && spellings[key.name] == nil {
      lostNames = true
      found.append(
        Diagnostic(
          path: path, position: node.position, message: "missing key \"\(key.name)\" (\(key.type.phrase))"))
    }
    found.forEach(mistakes.report)
    isSound = found.isEmpty
    repaired = JSONNode(value: .object(sound), position: node.position)
    self.lostNames = lostNames
    self.refused = refused
    self.spellings = spellings
  }

  /// The value of a key when it is of the right type, without elements and members that are not.
  subscript(key: String) -> JSONNode? { repaired[key] }

  /// The path of a key's value.
  func path(of key: String) -> JSONPath { path.appending(spellings[key] ?? key) }
}
