import Engine
import JSON
import Storage

/// The keys of a run's products, and what has changed in them since the run was planned last.
struct RunKeys {
  /// The plan whose products bear their keys.
  private(set) var plan: PipelinePlan
  let inputs: InputIdentities
  /// By sequence: what keys are made of, for `run.json`.
  private(set) var details: [String: JSONValue] = [:]
  /// What is computed again, what is new and what is no longer wanted, in words.
  private(set) var notes: [String] = []
  /// By sequence: arrays of the store that no product has any more, with their keys.
  private(set) var obsolete: [String: [String: String]] = [:]
  /// Whether a result has come, changed or gone: what an earlier run summed up is no longer so.
  private(set) var hasChanged = false

  /// - Parameters:
  ///   - plan: a whole one.
  ///   - recorded: what an earlier call planned; nil for a new run.
  ///   - versions: of files on servers that the run has read; those that results are computed from may be read then.
  init(_ plan: PipelinePlan, recorded: RecordedPlan?, versions: InputVersions?) {
    let plans = plan.sequences.compactMap(\.plan)
    self.plan = plan
    inputs = InputIdentities(plans, before: recorded?.inputs, versions: versions)
    versions?.admit(inputs.replaced)
    let knowledge = plan.config.resolved["sensors"]?.text(sortedKeys: true) ?? ""
    for place in plan.sequences.indices {
      guard let sequence = plan.sequences[place].plan else { continue }
      let keys = ProductKeys(
        sequence, deflateLevel: plan.config.output.deflateLevel,
        inputs: ProductKeys.Inputs(
          knowledge: knowledge, layer: { [inputs] in inputs.part(of: sequence.name, layer: $0) },
          band: { [inputs] in inputs.part(of: sequence.name, step: $0, scene: $1, band: $2) }))
      let keyed = sequence.keyed(by: keys)
      self.plan.sequences[place].plan = keyed
      details[sequence.name] = RunKeys.details(keys, keyed)
      guard let recorded else { continue }
      let changes = KeyChanges(keyed, keys, before: recorded.sequences[sequence.name], inputs: inputs)
      notes += changes.notes
      obsolete[sequence.name] = changes.obsolete
      hasChanged = hasChanged || !changes.isEmpty
    }
    guard let recorded else { return }
    for name in recorded.sequences.keys.sorted() where !plans.contains(where: { $0.name == name }) {
      hasChanged = true
      notes.append(
        "\(name): the config no longer has this sequence: its files stay, and are not listed any more")
    }
  }

  /// What `run.json` keeps of what keys are made of, so that it can be said why one is another.
  private static func details(_ keys: ProductKeys, _ plan: SequencePlan) -> JSONValue {
    let arrays = plan.products.map { product -> JSONObject.Member in
      (
        key: product.arrayName,
        value: ["key": .string(product.key), "encoding": .string(keys.encodings[product.index])]
      )
    }
    return [
      "arrays": .object(JSONObject(arrays)),
      "tables": .object(
        JSONObject(keys.tables.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) })),
      "cube": .object(JSONObject(keys.cube.map { (key: $0.name, value: .string($0.key)) })),
      "bands": .object(JSONObject(keys.bands.map { (key: $0.name, value: .string($0.key)) })),
      "steps": .array(
        keys.steps.compactMap { $0 }.map { step in
          [
            "name": .string(step.name), "module": .string(step.module), "revision": .integer(step.revision),
            "parameters": step.parameters, "key": .string(step.key),
          ]
        }),
    ]
  }

  /// What to say of files that are gone; nil when none is.
  var goneWarning: String? {
    guard let first = inputs.gone.first else { return nil }
    let count = inputs.gone.count
    return
      "\(count == 1 ? "an input file is" : "\(count) input files are") no longer there (first: \(first)): what was "
      + "computed of \(count == 1 ? "it" : "them") stays, and what still needs \(count == 1 ? "it" : "them") fails"
  }
}
