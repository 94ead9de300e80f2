import JSON

extension JSONNode {
  /// The value without the members and elements at some paths, which begin with the value's own path.
  func without(_ paths: [JSONPath], below path: JSONPath) -> JSONNode {
    removing(paths.map { $0.steps.dropFirst(path.steps.count) }.filter { !$0.isEmpty })
  }

  private func removing(_ places: [ArraySlice<JSONPath.Step>]) -> JSONNode {
    func child(_ step: JSONPath.Step, _ node: JSONNode) -> JSONNode? {
      let inside = places.filter { $0.first == step }.map { $0.dropFirst() }
      return inside.contains(where: \.isEmpty) ? nil : inside.isEmpty ? node : node.removing(inside)
    }
    switch value {
    case .array(let elements):
      let kept = elements.enumerated().compactMap { child(.index($0.offset), $0.element) }
      return JSONNode(value: .array(kept), position: position)
    case .object(let members):
      let kept = members.compactMap { member in
        child(.key(member.key), member.node).map {
          JSONNode.Member(key: member.key, keyPosition: member.keyPosition, node: $0)
        }
      }
      return JSONNode(value: .object(kept), position: position)
    default: return self
    }
  }
}
