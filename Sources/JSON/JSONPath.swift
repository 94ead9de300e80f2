/// The way from a document's root to one of its values: `$.sequences[0].modules[2].reject`.
public struct JSONPath: Hashable, Sendable {
  /// One step: into an object or into an array.
  public enum Step: Hashable, Sendable {
    case key(String)
    /// An element of an array, from 0.
    case index(Int)
  }

  public var steps: [Step]

  /// The path of the given steps; without steps, the root.
  public init(_ steps: [Step] = []) {
    self.steps = steps
  }

  /// The document itself.
  public static let root = JSONPath()

  /// The path of a member of this value.
  public func appending(_ key: String) -> JSONPath { JSONPath(steps + [.key(key)]) }

  /// The path of an element of this value, from 0.
  public func appending(_ index: Int) -> JSONPath { JSONPath(steps + [.index(index)]) }
}

extension JSONPath: CustomStringConvertible {
  /// RFC 9535's notation; a key that is no plain name stands in brackets: `$.query["eo:cloud_cover"]`.
  public var description: String {
    steps.reduce(into: "$") { text, step in
      switch step {
      case .index(let index): text += "[\(index)]"
      case .key(let key): text += JSONPath.isName(key) ? ".\(key)" : "[\(JSONValue.string(key).text())]"
      }
    }
  }

  private static func isName(_ key: String) -> Bool {
    guard let first = key.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
      return false
    }
    return key.utf8.allSatisfy { byte in
      byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
  }
}
