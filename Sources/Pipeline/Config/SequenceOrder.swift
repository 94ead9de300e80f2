import JSON

/// Puts sequences in the order of their dependencies.
struct SequenceOrder {
  let mistakes: Mistakes

  /// The sequences, each after those it depends on, otherwise as they were.
  ///
  /// Reports names that come twice, dependencies on unknown sequences, and loops.
  func ordered(_ drafts: [SequenceDraft]) -> [SequenceDraft] {
    var places: [String: Int] = [:]
    for (place, draft) in drafts.enumerated() {
      guard let name = draft.name else { continue }
      if let first = places[name] {
        mistakes.report(
          "another sequence is named \"\(name)\" (line \(drafts[first].namePosition.line))",
          at: draft.namePosition, draft.namePath)
      } else {
        places[name] = place
      }
    }
    let needs = drafts.map { self.needs(of: $0, places: places) }
    var done: Set<Int> = []
    var order: [Int] = []
    while order.count < drafts.count {
      let waiting = drafts.indices.filter { !done.contains($0) }
      if let next = waiting.first(where: { needs[$0].allSatisfy { done.contains($0.place) } }) {
        order.append(next)
        done.insert(next)
      } else {
        // Going on as if the loop were not there finds other loops.
        let loop = self.loop(from: waiting[0], needs: needs.map { $0.filter { !done.contains($0.place) } })
        report(loop, needs: needs, drafts: drafts)
        order += loop
        done.formUnion(loop)
      }
    }
    return order.map { drafts[$0] }
  }

  private struct Need {
    var place: Int
    var position: SourcePosition
    var path: JSONPath
  }

  private func needs(of draft: SequenceDraft, places: [String: Int]) -> [Need] {
    draft.dependencies.enumerated().compactMap { index, node in
      guard let name = node.string else { return nil }
      let path = draft.dependenciesPath.appending(index)
      guard let place = places[name] else {
        let names = places.sorted { $0.value < $1.value }.map(\.key).filter { $0 != draft.name }
        mistakes.report(
          Diagnostic(
            path: path, position: node.position, message: "unknown sequence \"\(name)\"", name: name,
            among: names))
        return nil
      }
      return Need(place: place, position: node.position, path: path)
    }
  }

  /// Follows needs, of which every sequence in reach has one, until one comes again.
  private func loop(from start: Int, needs: [[Need]]) -> [Int] {
    var way = [start]
    while let next = needs[way[way.count - 1]].first?.place {
      if let begin = way.firstIndex(of: next) {
        let loop = way[begin...]
        // The same loop reads the same from wherever it was entered: it begins with the earliest in the file.
        let first = loop.indices.min { loop[$0] < loop[$1] } ?? begin
        return Array(loop[first...] + loop[..<first])
      }
      way.append(next)
    }
    return way
  }

  private func report(_ loop: [Int], needs: [[Need]], drafts: [SequenceDraft]) {
    let next = loop.count > 1 ? loop[1] : loop[0]
    guard let need = needs[loop[0]].first(where: { $0.place == next }) else { return }
    let names = (loop + [loop[0]]).map { drafts[$0].name ?? "?" }
    mistakes.report(
      loop.count == 1
        ? "\"\(names[0])\" depends on itself"
        : "sequences depend on each other in a loop: \(names.joined(separator: " → "))",
      at: need.position, need.path)
  }
}
