internal import Engine
internal import JSON
internal import Raster

/// Where a module computes at all: pixels at which variables have certain values, the parameter `where`.
///
/// Several variables must all have one of theirs. A pixel at which any is missing meets nothing.
struct PixelCondition: Sendable {
  /// A variable and the values that meet the condition.
  private struct Clause: Sendable {
    let name: String
    let values: Set<Float>
  }

  private let clauses: [Clause]

  /// The variables that are looked at.
  var inputs: [String] { clauses.map(\.name) }

  static let parameter = ModuleParameter(
    "where", .map(to: .list(of: .either([.number(-1e6...1e6), .text]), atLeast: 1)),
    "Where to compute: {\"surface_class\": [4, 5, 6]}, values of earlier results, or the names of their classes."
  )

  /// Reads the parameter; no condition without it, and nil when a mistake was reported.
  static func read(_ arguments: ModuleArguments, in scope: ModuleScope) -> (
    PixelCondition, [ModuleScope.Entry]
  )? {
    var clauses: [Clause] = []
    var entries: [ModuleScope.Entry] = []
    let before = scope.diagnostics.count
    let path = arguments.path.appending("where")
    for member in arguments.node("where")?.members ?? [] {
      let place = path.appending(member.key)
      guard let entry = scope.variable(member.key, node: member.node, path: place) else { continue }
      var values: Set<Float> = []
      for (index, node) in (member.node.array ?? []).enumerated() {
        if let number = node.double {
          values.insert(Float(number))
        } else if let name = node.string {
          guard case .flags(let flags) = entry.variable.storage,
            let flag = flags.first(where: { $0.meaning == name })
          else {
            let names: [String] =
              if case .flags(let flags) = entry.variable.storage { flags.map(\.meaning) } else { [] }
            scope.report(
              Diagnostic(
                path: place.appending(index), position: node.position,
                message: "\"\(member.key)\" has no class \"\(name)\""
                  + (names.isEmpty
                    ? ": its values are numbers" : " (it has \(names.joined(separator: ", ")))"),
                name: name, among: names))
            continue
          }
          values.insert(Float(flag.value))
        }
      }
      entries.append(entry)
      clauses.append(Clause(name: member.key, values: values))
    }
    return scope.diagnostics.count == before ? (PixelCondition(clauses: clauses), entries) : nil
  }

  /// What becomes of a pixel.
  enum Answer {
    case met, unmet, unknown
  }

  /// The answer for each pixel of a strip.
  ///
  /// - Parameter first: the place of the condition's first variable among the strip's inputs.
  func answers(_ strip: Strip, first: Int) -> [Answer] {
    var answers = [Answer](repeating: .met, count: strip.count)
    for (place, clause) in clauses.enumerated() {
      let input = strip.input(first + place)
      for pixel in answers.indices {
        let value = Float(Double(input.samples[pixel]) * input.scale + input.offset)
        if value.isNaN {
          answers[pixel] = .unknown
        } else if answers[pixel] == .met, !clause.values.contains(value) {
          answers[pixel] = .unmet
        }
      }
    }
    return answers
  }
}
