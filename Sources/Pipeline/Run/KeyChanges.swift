import Engine
import JSON

/// Why products of a sequence have other keys than when the run was planned last.
struct KeyChanges {
  /// In words, for whoever runs it.
  private(set) var notes: [String] = []
  /// Arrays of the store that no product has any more, with their keys.
  private(set) var obsolete: [String: String] = [:]
  private(set) var isEmpty = true

  private let plan: SequencePlan
  private let keys: ProductKeys
  /// What `run.json` has of the sequence.
  private let before: JSONValue
  private let inputs: [InputIdentities.Change]

  /// - Parameter before: the sequence in `run.json`; nil when it is new.
  init(_ plan: SequencePlan, _ keys: ProductKeys, before: JSONValue?, inputs: InputIdentities) {
    self.plan = plan
    self.keys = keys
    self.before = before ?? .null
    self.inputs = inputs.changes[plan.name] ?? []
    guard let before else {
      isEmpty = false
      notes.append("\(plan.name) is new in this run")
      return
    }
    var reasons: [String: [String]] = [:]
    var order: [String] = []
    var added: [String] = []
    let published = plan.products.filter(\.isPublished)
    let old = before["keys"]?["arrays"]?.object
    func compare(_ name: String, _ key: String, with known: String?, _ reason: () -> String) {
      guard let known else {
        added.append(name)
        return
      }
      guard known != key else { return }
      let reason = reason()
      if reasons[reason] == nil { order.append(reason) }
      reasons[reason, default: []].append(name)
    }
    for product in published {
      compare(product.variable.name, product.key, with: old?[product.arrayName]?["key"]?.string) {
        self.reason(keys.ancestry(of: product, in: plan), encodingOf: product)
      }
    }
    let tables = before["keys"]?["tables"]?.object
    for (name, key) in plan.tableKeys.sorted(by: { $0.key < $1.key }) {
      compare(name, key, with: tables?[name]?.string) { self.reason(keys.ancestry(ofTable: name)) }
    }
    isEmpty = reasons.isEmpty && added.isEmpty
    if old == nil {
      // Written before results had keys.
      notes.append(
        "\(plan.name): an earlier version of Apus computed what is there, and did not record of what: it is computed "
          + "again")
    } else {
      for reason in order {
        let names = reasons[reason] ?? []
        notes.append(
          "\(plan.name): \(KeyChanges.list(names)) \(names.count == 1 ? "is" : "are") computed again: \(reason)"
        )
      }
      if !added.isEmpty {
        notes.append(
          "\(plan.name): \(KeyChanges.list(added)) \(added.count == 1 ? "is" : "are") new and "
            + "\(added.count == 1 ? "is" : "are") computed")
      }
    }
    let names = Set(plan.products.map(\.arrayName))
    for (name, value) in old?.members ?? [] where !names.contains(name) {
      obsolete[name] = value["key"]?.string ?? ""
    }
    let gone =
      obsolete.keys.filter { !$0.hasPrefix(".") }.sorted()
      + (tables?.keys ?? []).filter { plan.tableKeys[$0] == nil }.sorted()
    if !gone.isEmpty {
      isEmpty = false
      notes.append(
        "\(plan.name): the config no longer asks for \(KeyChanges.list(gone)): files of "
          + "\(gone.count == 1 ? "it" : "them") stay, and are not listed any more")
    }
  }

  /// "a, b and c".
  private static func list(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }

  private func reason(
    _ ancestry: (steps: [ProductKeys.Step], bands: [Int]), encodingOf product: Product? = nil
  ) -> String {
    var reasons: [String] = []
    for part in keys.cube where before["keys"]?["cube"]?[part.name]?.string != part.key {
      switch part.name {
      case "engine": reasons.append("this version reads or stores values in another way")
      case "grid": reasons.append("the grid is another")
      case "dates": reasons.append(KeyChanges.otherDates)
      case "sensors": reasons.append("\"sensors\" has changed")
      default: reasons.append("overlapping scenes of a date are fused in another way")
      }
    }
    for step in ancestry.steps { reasons += differences(of: step) }
    // With the dates the scenes of every band are others.
    let isOfOtherDates = reasons.contains(KeyChanges.otherDates)
    for band in ancestry.bands { reasons += difference(ofBand: band, isOfOtherDates) }
    if let product {
      let old = before["keys"]?["arrays"]?[product.arrayName]?["encoding"]?.string
      let new = keys.encodings[product.index]
      if old != new { reasons.append("its encoding was \(old ?? "another") and is \(new)") }
    }
    if reasons.isEmpty { reasons.append("it is made of other variables") }
    return reasons.prefix(3).joined(separator: "; ") + (reasons.count > 3 ? "; …" : "")
  }

  private func differences(of step: ProductKeys.Step) -> [String] {
    let all = before["keys"]?["steps"]?.array ?? []
    guard let old = all.first(where: { $0["name"]?.string == step.name }) else {
      return ["\"\(step.name)\" (\(step.module)) is new before it"]
    }
    guard old["module"]?.string == step.module else {
      return ["\"\(step.name)\" is made by \(step.module) now"]
    }
    var found: [String] = []
    let revision = old["revision"]?.integer ?? 0
    if revision != step.revision {
      found.append("\(step.module) computes other numbers (revision \(revision) → \(step.revision))")
    }
    let (left, right) = (old["parameters"]?.object ?? [:], step.parameters.object ?? [:])
    for name in left.keys + right.keys.filter({ left[$0] == nil }) where left[name] != right[name] {
      found.append(
        "\"\(name)\" of \(step.module) was \(KeyChanges.shown(left[name])) and is \(KeyChanges.shown(right[name]))"
      )
    }
    if found.isEmpty, step.sources.isEmpty, step.bands.isEmpty, old["key"]?.string != step.key {
      found.append("what \(step.module) reads (\"\(step.name)\") has changed")
    }
    return found
  }

  private static func shown(_ value: JSONValue?) -> String {
    guard let text = value?.text() else { return "not given" }
    return text.count > 60 ? text.prefix(60) + "…" : text
  }

  private static let otherDates = "the dates are others"

  private func difference(ofBand band: Int, _ isOfOtherDates: Bool) -> [String] {
    let (name, key) = keys.bands[band]
    let old = before["keys"]?["bands"]?[name]?.string
    guard old != key else { return [] }
    if old == nil { return ["\"\(name)\" was not read before"] }
    let changes = inputs.filter { $0.band == name }
    let files = changes.compactMap(\.file)
    if let first = files.first {
      return [
        files.count == 1 ? "\(first) has changed" : "\(files.count) files have changed, the first \(first)"
      ]
    }
    if isOfOtherDates { return [] }
    return ["\"\(name)\" is read in another way (scale, offset, nodata, resampling, or another file)"]
  }
}
