internal import Engine

/// A whole config in which a module's example runs on an archive that `apus simulate archive` makes beside it.
struct TrialConfig {
  private let descriptor: ModuleDescriptor
  private let example: String

  init(_ descriptor: ModuleDescriptor, example: String) {
    (self.descriptor, self.example) = (descriptor, example)
  }

  var text: String {
    let trial = descriptor.trial
    let modules =
      switch descriptor.shape {
      case .source: [example] + trial.before + trial.after
      case .mask: [source] + trial.before + [example] + trial.after
      case .wholeRun: [source] + masks + trial.before
      default: [source] + masks + trial.before + [example] + trial.after
      }
    var sequences = [sequence("try", modules)]
    if descriptor.shape == .wholeRun {
      sequences.append(sequence("report", [example], after: "try"))
    }
    return """
      {
        "pipeline": "try-\(descriptor.name)",
        "area": "native",
        "output": { "location": "out/try-\(descriptor.name)" },
        "sequences": [
      \(sequences.joined(separator: ",\n"))
        ]
      }

      """
  }

  private func sequence(_ name: String, _ modules: [String], after other: String? = nil) -> String {
    """
        {
          "name": "\(name)",\(other.map { "\n      \"depends_on\": [\"\($0)\"]," } ?? "")
          "modules": [
    \(modules.map { "        " + $0 }.joined(separator: ",\n"))
          ]
        }
    """
  }

  private var source: String {
    switch descriptor.trial.archive {
    case .landsat, .years, .dryland:
      #"{ "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" }"#
    case .ice:
      #"{ "module": "download", "source": "archive/items.json", "collection": "sentinel-2-l2a" }"#
    }
  }

  private var masks: [String] {
    switch descriptor.trial.archive {
    case .landsat, .years: [#"{ "module": "cloud_mask", "reject": ["fill", "cloud", "cloud_shadow"] }"#]
    case .ice: [#"{ "module": "cloud_mask", "band": "cloud", "reject_at_least": 20 }"#]
    case .dryland: []
    }
  }
}
