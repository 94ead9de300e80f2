import Catalog
import Engine
import Glibc
import JSON

/// What decides about a run's numbers: when any of it changes, an earlier run's chunks are of no use.
enum Fingerprint {
  /// FNV-1a, 64 bits, as hexadecimal text: tells versions of a text apart, nothing more.
  static func of(_ text: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The config without what does not change results: threads, memory, where the output goes.
  static func config(_ understood: JSONValue) -> JSONValue {
    guard var object = understood.object else { return understood }
    object["output"] = nil
    object["resources"] = nil
    object["run_mode"] = nil
    if let sequences = object["sequences"]?.array {
      object["sequences"] = .array(sequences.map(withoutResources))
    }
    return .object(object)
  }

  private static func withoutResources(_ sequence: JSONValue) -> JSONValue {
    var sequence = sequence
    sequence["modules"] = sequence["modules"]?.array.map { modules in
      .array(
        modules.map { module in
          var module = module
          module["resources"] = nil
          module["run_mode"] = nil
          // Credentials let the same bytes through.
          module["sign"] = nil
          return module
        })
    }
    return sequence
  }

  /// The revision of every module that a config uses, by the module's name.
  static func revisions(_ config: PipelineConfig) -> [String: Int] {
    var revisions: [String: Int] = [:]
    for module in config.sequences.flatMap(\.modules) {
      revisions[module.name] = type(of: module.module).descriptor.revision
    }
    return revisions
  }

  /// The digests of the files that modules' parameters name, by path: a model that was copied again is the same model.
  static func files(_ config: PipelineConfig) -> [String: String] {
    Dictionary(config.sequences.flatMap(\.modules).flatMap(\.files).map { ($0.path, "sha256 \($0.digest)") })
    {
      first, _ in
      first
    }
  }

  /// Size and time of change of every local file a plan reads, and the digests of its modules' files, by path.
  static func inputs(_ plan: PipelinePlan) -> [String: String] {
    var files = files(plan.config)
    for sequence in plan.sequences {
      for slice in sequence.plan?.stages.flatMap(\.slices) ?? [] {
        for scene in slice.scenes {
          for case .file(let file) in scene.bands where files[file.path] == nil {
            var status = stat()
            guard stat(file.path, &status) == 0 else { continue }
            files[file.path] = "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
          }
        }
      }
    }
    return files
  }
}
