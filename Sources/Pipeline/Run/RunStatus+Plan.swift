internal import Engine
internal import JSON

/// What `run.json` says of a sequence's products, held against ledger and published files.
extension RunStatus {
  /// The keys that products have in a plan, by the names of their arrays.
  static func keys(of arrays: JSONNode?, _ plan: JSONNode) -> [String: String] {
    (arrays?.array ?? []).compactMap(\.string).reduce(into: [:]) { keys, array in
      keys[array] = plan["keys"]?["arrays"]?[array]?["key"]?.string
    }
  }

  /// Whether some of the arrays are results: those of others are hidden.
  static func hasResults(_ arrays: JSONNode?) -> Bool {
    (arrays?.array ?? []).contains { $0.string?.hasPrefix(".") == false }
  }

  /// Whether records tell of every cell of a sequence, and the summary says the same.
  static func isSummedUp(
    _ name: String, _ records: [Ledger.Summary], _ cells: Int, _ summary: JSONNode?
  ) -> Bool {
    let told = summary?["sequences"]?.array?.first { $0["name"]?.string == name }?["cells"]
    let counts = [
      ("done", records.map(\.done.count)), ("empty", records.map(\.empty.count)),
      ("failed", records.map(\.failed.count)),
    ].map { (name: $0, count: $1.reduce(0, +)) }
    return counts.map(\.count).reduce(0, +) == cells
      && counts.allSatisfy { told?[$0.name]?.integer == $0.count }
  }

  /// How far a stage after the cells of dates is; `isOver` where all files are there and the run is summed up.
  static func stage(
    _ stage: JSONNode, of plan: JSONNode, chunks sides: [Int], _ ledger: LedgerLines, isOver: Bool
  ) -> Stage? {
    guard let index = stage["stage"]?.integer, let layers = stage["layers"]?.integer, index > 0,
      (1...(1 << 20)).contains(layers)
    else { return nil }
    let records = ledger.summaries(
      isLater: true, dates: layers, keys: keys(of: stage["arrays"], plan),
      others: keys(of: stage["other_arrays"], plan))
    func number(_ record: Ledger.Summary) -> Int { record.chunk[0] * sides[1] + record.chunk[1] }
    let known = Set(records.map(number))
    return Stage(
      index: index, modules: stage["modules"]?.array?.compactMap(\.string) ?? [],
      missingChunks: isOver ? [] : (0..<sides[0] * sides[1]).filter { !known.contains($0) },
      failedChunks: records.filter { !$0.failed.isEmpty }.map(number).sorted())
  }

  /// The products of a sequence, with how many of their files are published.
  static func products(
    of plan: JSONNode, _ published: [String: [String]]
  ) -> [(module: String, variable: String, published: Int, files: Int)] {
    (plan["products"]?.array ?? []).map { product in
      let (present, all) = files(of: product, published)
      return (
        module: product["module"]?.string ?? "", variable: product["variable"]?.string ?? "",
        published: present, files: all
      )
    }
  }

  static func tables(
    of plan: JSONNode, _ published: [String: [String]]
  ) -> [(name: String, published: Int, files: Int)] {
    (plan["tables"]?.array ?? []).map { table in
      let (present, all) = files(of: table, published)
      return (name: table["name"]?.string ?? "", published: present, files: all)
    }
  }

  /// How many files of a product or table are published with its key, and how many it has.
  private static func files(
    of product: JSONNode, _ published: [String: [String]]
  ) -> (published: Int, all: Int) {
    let files = product["files"]?.array?.compactMap(\.string) ?? []
    let key = product["key"]?.string ?? ""
    return (files.count { published[$0]?.contains(key) ?? false }, files.count)
  }
}
