public import Engine
import JSON
public import Modules

/// The modules' documentation as text for the terminal: what `apus modules` prints.
public struct ModuleCatalogue {
  private let descriptors: [ModuleDescriptor]
  private let width: Int

  /// - Parameters:
  ///   - modules: the modules there are.
  ///   - width: the length of lines, in characters; tables are as wide as they must be.
  public init(modules: [any Module.Type] = ModuleRegistry.all, width: Int = 80) {
    descriptors = modules.map { $0.descriptor }
    self.width = width
  }

  /// The modules' names, in the registry's order.
  public var names: [String] { descriptors.map(\.name) }

  /// A line for each module: name, shape, summary.
  public var table: String {
    let nameWidth = descriptors.map(\.name.count).max() ?? 0
    let shapeWidth = descriptors.map(\.shape.rawValue.count).max() ?? 0
    return descriptors.map { descriptor in
      let margin = nameWidth + shapeWidth + 4
      let summary = WrappedText.lines(descriptor.summary, width: max(width, margin + 30), indent: margin)
        .joined(separator: "\n")
      return descriptor.name.filled(nameWidth) + "  " + descriptor.shape.rawValue.filled(shapeWidth) + "  "
        + summary.dropFirst(margin)
    }.joined(separator: "\n") + "\n"
  }

  /// All about one module: summary, method, discussion, parameters, examples, how to try them, and references.
  ///
  /// - Returns: nil when there is no such module.
  public func page(_ name: String) -> String? {
    guard let descriptor = descriptors.first(where: { $0.name == name }) else { return nil }
    var lines = ["\(descriptor.name) (\(descriptor.shape.rawValue) module)", ""]
    lines += WrappedText.lines(descriptor.summary, width: width)
    if !descriptor.method.isEmpty {
      lines += ["", "METHOD"] + WrappedText.lines(descriptor.method, width: width, indent: 2)
    }
    if !descriptor.discussion.isEmpty {
      lines += [""] + WrappedText.lines(descriptor.discussion, width: width)
    }
    lines += ["", "PARAMETERS"]
    lines += descriptor.parameters.flatMap(parameter)
    if descriptor.parameters.isEmpty { lines.append("  none of its own") }
    lines += ["", "COMMON PARAMETERS"]
    lines += ConfigKeys.common(descriptor.shape).dropFirst().flatMap(parameter)
    let examples = descriptor.examples.isEmpty ? [example(descriptor)] : descriptor.examples
    lines += ["", examples.count == 1 ? "EXAMPLE" : "EXAMPLES"] + examples.map { "  " + $0 }
    if !descriptor.examples.isEmpty {
      lines += [
        "", "TRY IT",
        "  apus simulate archive \(descriptor.trial.archive.options.joined(separator: " "))",
        "  apus modules \(name) --config > try.json",
        "  apus run try.json",
      ]
    }
    if !descriptor.references.isEmpty {
      lines += ["", "REFERENCES"]
      for reference in descriptor.references {
        let text = WrappedText.lines(reference, width: width, indent: 4)
        lines += ["  " + text[0].drop { $0 == " " }] + text.dropFirst()
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A whole config in which a module's example runs on what the options of its trial make `apus simulate archive` write.
  ///
  /// - Parameters:
  ///   - name: the module's.
  ///   - example: the example's position among those of the module, from 0.
  /// - Returns: nil when there is no such module or example.
  public func config(_ name: String, example: Int = 0) -> String? {
    guard let descriptor = descriptors.first(where: { $0.name == name }),
      descriptor.examples.indices.contains(example)
    else { return nil }
    return TrialConfig(descriptor, example: descriptor.examples[example]).text
  }

  /// What to say when there is no module of this name.
  public func unknown(_ name: String) -> String {
    let nearest = NearestName.best(for: name, among: names).map { "did you mean \"\($0)\"?" }
    return "unknown module \"\(name)\"; " + (nearest ?? "there are \(names.joined(separator: ", "))")
  }

  private func parameter(_ parameter: ModuleParameter) -> [String] {
    var head = "\(parameter.name): \(parameter.type.phrase)"
    if parameter.isRequired { head += "; required" }
    if let value = parameter.defaultValue { head += "; default \(value)" }
    return WrappedText.lines(head, width: width, indent: 2)
      + WrappedText.lines(parameter.summary, width: width, indent: 6)
      + parameter.type.fields.flatMap { field in
        WrappedText.lines("\(field.name): \(field.type.phrase). \(field.summary)", width: width, indent: 10)
      }
  }

  /// What a module without examples of its own looks like: what it must be given.
  private func example(_ descriptor: ModuleDescriptor) -> String {
    var members = ["\"module\": \"\(descriptor.name)\""]
    for parameter in descriptor.parameters where parameter.isRequired {
      members.append("\"\(parameter.name)\": \(parameter.type.sample)")
    }
    if descriptor.shape == .pixelwise { members.append("\"save\": true") }
    return "{ " + members.joined(separator: ", ") + " }"
  }
}

extension ParameterType {
  /// The keys of objects somewhere in the type.
  fileprivate var fields: [Field] {
    switch self {
    case .object(let fields): fields
    case .map(let type), .list(let type, _): type.fields
    case .either(let types): types.flatMap(\.fields)
    default: []
    }
  }

  /// A value for an example.
  fileprivate var sample: String {
    switch self {
    case .text, .form, .variable, .file: "\"…\""
    case .boolean: "true"
    case .integer(let range): "\(range.contains(1) ? 1 : range.lowerBound)"
    case .number(let range): "\(range.contains(1) ? 1 : range.lowerBound)"
    case .choice(let words): "\"\(words.first ?? "")\""
    case .list(let element, let least):
      "[" + Array(repeating: element.sample, count: max(1, least)).joined(separator: ", ") + "]"
    case .map(let type): "{ \"…\": \(type.sample) }"
    case .object(let fields): fields.first.map { "{ \"\($0.name)\": \($0.type.sample) }" } ?? "{}"
    case .either(let types): types.first?.sample ?? "null"
    case .any: "…"
    }
  }
}

extension String {
  fileprivate func filled(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
