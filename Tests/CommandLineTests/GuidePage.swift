import Storage
import TestSupport

/// A page of the guides: its fenced blocks, in their order.
struct GuidePage {
  enum Block {
    /// A file that is written before the next commands.
    case file(name: String, text: String)
    /// Lines of a shell.
    case commands(String)
    /// What the commands before it print.
    case output([String])
    /// A file of the project, or a part of it.
    case source(path: String, text: String)
  }

  static let folder = "\(Project.folder)/Documentation/Guides"

  /// The pages of the folder but its README, which has rules and no task.
  static var names: [String] {
    get throws { try LocalFiles.list(folder).filter { $0.hasSuffix(".md") && $0 != "README.md" }.sorted() }
  }

  let name: String
  let text: String
  let blocks: [Block]

  /// - Throws: `ProgramFailure` for a block that nothing would test, or that has no end.
  init(_ name: String) throws {
    try self.init(name, text: try Self.text(of: "\(Self.folder)/\(name)"))
  }

  init(_ name: String, text: String) throws {
    (self.name, self.text) = (name, text)
    var blocks: [Block] = []
    var open: (words: [String], line: Int, lines: [String])?
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard line.hasPrefix("```") else {
        open?.lines.append(String(line))
        continue
      }
      if let block = open {
        blocks.append(try Self.block(block.words, block.lines, at: "\(name):\(block.line)"))
        open = nil
      } else {
        open = (line.dropFirst(3).split(separator: " ").map(String.init), number + 1, [])
      }
    }
    if let open { throw ProgramFailure("\(name):\(open.line): the block has no end") }
    self.blocks = blocks
  }

  private static func block(_ words: [String], _ lines: [String], at place: String) throws -> Block {
    let text = lines.joined(separator: "\n") + "\n"
    switch (words.first, words.count) {
    case ("json", 2), ("geojson", 2), ("csv", 2): return .file(name: words[1], text: text)
    case ("sh", 1): return .commands(text)
    case ("text", 1): return .output(lines)
    case ("swift", 2): return .source(path: words[1], text: text)
    default:
      throw ProgramFailure(
        "\(place): a block \"\(words.joined(separator: " "))\" is not tested; see Documentation/Guides/README.md"
      )
    }
  }

  static func text(of path: String) throws -> String {
    String(decoding: try LocalFiles.readAll(path), as: UTF8.self)
  }

  /// What is wrong with the page when it is run in a folder; empty where all is as it says.
  func faults(in folder: String, apus: String) async throws -> [String] {
    var printed = ""
    var faults: [String] = []
    for block in blocks {
      switch block {
      case .file(let name, let text):
        try LocalFiles.createDirectory(LocalFiles.parent(of: "\(folder)/\(name)"))
        try LocalFiles.writeAtomically("\(folder)/\(name)", text: text)
      case .commands(let text):
        let result = try await Program(
          ["sh", "-e", "-c", Self.script(text)], in: folder,
          environment: [
            "PATH": "\(LocalFiles.parent(of: apus)):/usr/bin:/bin", "HOME": folder, "USER": "guide",
            "HDF5_USE_FILE_LOCKING": "FALSE",
          ]
        ).run()
        printed = result.output + result.errors
        if result.status != 0 { faults.append("\(name): \(text) ended with \(result.status): \(printed)") }
      case .output(let lines):
        faults += Self.missing(lines, in: printed).map { "\(name): no line \"\($0)\" in \(printed)" }
      case .source(let path, let text):
        let source = try Self.text(of: "\(Project.folder)/\(path)")
        if !source.contains(text) { faults.append("\(name): \(path) has another text than the page") }
      }
    }
    return faults
  }

  /// The commands, where `# exits with N` behind one makes its status the expected one.
  static func script(_ text: String) -> String {
    text.split(separator: "\n").map { line in
      guard let match = line.firstMatch(of: /^(.*?)\s+# exits with (\d+)$/) else { return String(line) }
      return "{ s=0; \(match.1) || s=$?; [ $s = \(match.2) ]; }"
    }.joined(separator: "\n")
  }

  /// The lines that do not occur in a text in their order; "…" stands for anything.
  static func missing(_ lines: [String], in text: String) -> [String] {
    var rest = text.split(separator: "\n")[...]
    return lines.filter { line in
      guard !line.allSatisfy({ $0 == " " || $0 == "…" }) else { return false }
      guard let index = rest.firstIndex(where: { matches($0, line) }) else { return true }
      rest = rest[(index + 1)...]
      return false
    }
  }

  private static func matches(_ line: Substring, _ pattern: String) -> Bool {
    let parts = pattern.split(separator: "…", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return line == pattern }
    guard let first = parts.first, let last = parts.last, line.hasPrefix(first) else { return false }
    var rest = line.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}
