internal import Geo
internal import JSON
internal import Raster

/// What became of all cells of one chunk: one line of the ledger.
///
/// A chunk is recorded as a whole, once its last date is folded, because a reduction is finished only then.
struct ChunkRecord: Sendable {
  /// A cell's end, as the ledger writes it.
  enum State: UInt8, Sendable {
    case waiting, done, empty, failed
  }

  let chunk: Int
  /// The stage, by position in the sequence.
  let stage: Int
  /// The products it tells about, all of the stage.
  var products: [Int] = []
  /// Products of the plan whose name it has with another key: what it tells of them is of no use.
  var outdated: [Int] = []
  /// One a time step of the stage.
  var states: [State]
  /// The time steps that failed, with the reason.
  var failures: [(step: Int, failure: CellFailure)] = []
  /// Whether cells of what a later stage read had failed: it is computed again together with those.
  var lacksInputs = false
  /// Whether nothing of it is worth another try.
  var isFinal: Bool { !lacksInputs && !states.contains(.failed) }
  /// The chunks that were stored: product, layer, what was written.
  var objects: [(product: Int, layer: Int, object: ChunkStore.Object)] = []
  /// Statistics of this chunk: product, layer.
  var statistics: [(product: Int, layer: Int, statistics: SampleStatistics)] = []
  /// Values that the integers of a packed product cannot hold: product, layer, how many; never 0.
  var outOfRange: [(product: Int, layer: Int, values: Int)] = []

  /// Numbers of whole layers that products were computed with: product, layer, the number.
  var layerNumbers: [(product: Int, layer: Int, value: Double)] = []
  /// Pixels of granules that are missing for a reason.
  var lostPixels = LostPixels()

  init(chunk: Int, stage: Int, steps: Int) {
    self.chunk = chunk
    self.stage = stage
    states = Array(repeating: .waiting, count: steps)
  }

  /// The record as far as it is about some of its products.
  func only(_ products: [Int]) -> ChunkRecord {
    var record = self
    record.products = products
    record.objects.removeAll { !products.contains($0.product) }
    record.statistics.removeAll { !products.contains($0.product) }
    record.outOfRange.removeAll { !products.contains($0.product) }
    record.layerNumbers.removeAll { !products.contains($0.product) }
    return record
  }

  /// Takes in what another record says of stored chunks.
  mutating func add(_ other: ChunkRecord) {
    objects += other.objects
    statistics += other.statistics
    outOfRange += other.outOfRange
    layerNumbers += other.layerNumbers
    lostPixels.add(other.lostPixels)
  }
}

extension ChunkRecord {
  private static let beyondRange = "beyond_valid_range"
  private static let rejected = "rejected_on_swath"
  private static let emptyCells = "empty_cells"

  /// The record as one line of JSON, without the line's end.
  ///
  /// - Parameters:
  ///   - plan: of the sequence.
  ///   - time: in seconds since 1970, of a record with failures: what is recorded later may have made them good.
  func line(plan: SequencePlan, at time: Int = 0) -> String {
    let index = plan.layout.index(chunk)
    var line: JSONObject = ["chunk": [.integer(index.row), .integer(index.column)]]
    if stage > 0 { line["stage"] = .integer(stage) }
    if lacksInputs { line["incomplete"] = true }
    if let part = plan.part { line["part"] = .string(part) }
    for (state, name) in [(State.done, "done"), (.empty, "empty")] {
      let runs = DateRuns.text(states.indices.filter { states[$0] == state })
      if !runs.isEmpty { line[name] = .string(runs) }
    }
    if !failures.isEmpty {
      line["failed"] = .array(
        failures.map { step, failure in
          var entry: JSONObject = [
            "cell": .integer(step), "date": .string(plan.stages[stage].steps[step].label),
            "reason": .string(failure.description),
          ]
          if let source = failure.source { entry["source"] = .string(source) }
          return .object(entry)
        })
      line["at"] = .integer(time)
    }
    let products = plan.products
    line["products"] = .array(
      self.products.map { [.string(products[$0].arrayName), .string(products[$0].key)] })
    line["objects"] = .array(
      objects.map {
        [
          .string(products[$0.product].arrayName), .integer($0.layer), .integer($0.object.bytes),
          .integer(Int($0.object.checksum)),
        ]
      })
    line["statistics"] = .array(
      statistics.map {
        [
          .string(products[$0.product].arrayName), .integer($0.layer), $0.statistics.json,
        ]
      })
    if !outOfRange.isEmpty {
      line["out_of_range"] = .array(
        outOfRange.map {
          [.string(products[$0.product].arrayName), .integer($0.layer), .integer($0.values)]
        })
    }
    if !layerNumbers.isEmpty {
      line["layer_numbers"] = .array(
        layerNumbers.map { [.string(products[$0.product].arrayName), .integer($0.layer), .number($0.value)] })
    }
    for (name, counts) in [
      (Self.beyondRange, lostPixels.beyondRange), (Self.rejected, lostPixels.rejected),
      (
        Self.emptyCells,
        Dictionary(uniqueKeysWithValues: lostPixels.cells.map { ($0.key.rawValue, $0.value) })
      ),
    ] where !counts.isEmpty {
      line[name] = .object(
        JSONObject(counts.sorted { $0.key < $1.key }.map { (key: $0.key, value: .integer($0.value)) }))
    }
    return JSONValue.object(line).text()
  }

  /// Reads a line back, as far as it is about products of this plan; nil when it is no whole record.
  ///
  /// What it says of other products, or of the plan's with other keys, is passed over.
  init?(line: [UInt8], plan: SequencePlan) {
    guard let node = try? JSONParser.parse(line), let chunk = node["chunk"]?.array, chunk.count == 2,
      let row = chunk[0].integer, let column = chunk[1].integer,
      (0..<plan.layout.rows).contains(row), (0..<plan.layout.columns).contains(column),
      let recorded = node["products"]?.array, node["part"]?.string == plan.part
    else { return nil }
    let names = plan.products.map(\.arrayName)
    var (own, outdated): ([Int], [Int]) = ([], [])
    var others: Set<String> = []
    for entry in recorded {
      guard let fields = entry.array, fields.count == 2, let name = fields[0].string,
        let key = fields[1].string
      else { return nil }
      if let product = names.firstIndex(of: name), plan.products[product].key == key {
        own.append(product)
      } else {
        others.insert(name)
        if let product = names.firstIndex(of: name) { outdated.append(product) }
      }
    }
    // The stage is that of the products: its number may be another in another config.
    let stage = own.first.map { plan.products[$0].stage } ?? 0
    guard own.allSatisfy({ plan.products[$0].stage == stage }) else { return nil }
    self.init(
      chunk: row * plan.layout.columns + column, stage: stage, steps: plan.stages[stage].steps.count)
    (products, self.outdated) = (own, outdated)
    lacksInputs = node["incomplete"]?.bool ?? false
    guard !own.isEmpty else { return }
    for (state, name) in [(State.done, "done"), (.empty, "empty")] {
      guard let text = node[name]?.string else { continue }
      guard let dates = DateRuns.dates(text, count: states.count) else { return nil }
      for date in dates { states[date] = state }
    }
    for failure in node["failed"]?.array ?? [] {
      guard let date = failure["cell"]?.integer, states.indices.contains(date),
        let reason = failure["reason"]?.string
      else { return nil }
      states[date] = .failed
      failures.append((date, CellFailure(reason, source: failure["source"]?.string)))
    }
    guard !states.contains(.waiting), let objects = node["objects"]?.array,
      let statistics = node["statistics"]?.array
    else { return nil }
    let layers = plan.products.map { plan.layers(of: $0).indices }
    func layer(_ node: JSONNode, of product: Int) -> Int? {
      node.integer.flatMap { layers[product].contains($0) ? $0 : nil }
    }
    func product(_ name: String) -> Int? {
      names.firstIndex(of: name).flatMap { own.contains($0) ? $0 : nil }
    }
    func isOther(_ entry: JSONNode) -> Bool { entry.array?.first?.string.map(others.contains) ?? false }
    // No layer of a chunk holds more values than pixels, and none is recorded twice: sums over all chunks stay whole.
    let pixels = plan.layout.window(plan.layout.index(self.chunk)).count
    var seen: Set<[Int]> = []
    for entry in objects where !isOther(entry) {
      guard let fields = entry.array, fields.count == 4, let name = fields[0].string,
        let product = product(name), let layer = layer(fields[1], of: product),
        let bytes = fields[2].integer, (0...Int(UInt32.max)).contains(bytes),
        let checksum = fields[3].integer.flatMap({ UInt32(exactly: $0) })
      else { return nil }
      self.objects.append((product, layer, ChunkStore.Object(bytes: bytes, checksum: checksum)))
    }
    for entry in statistics where !isOther(entry) {
      guard let fields = entry.array, fields.count == 3, let name = fields[0].string,
        let product = product(name), let layer = layer(fields[1], of: product),
        let value = SampleStatistics(
          json: fields[2], range: plan.products[product].variable.statisticsRange),
        value.count <= pixels, seen.insert([0, product, layer]).inserted
      else { return nil }
      self.statistics.append((product, layer, value))
    }
    for entry in node["out_of_range"]?.array ?? [] where !isOther(entry) {
      guard let fields = entry.array, fields.count == 3, let name = fields[0].string,
        let product = product(name), let layer = layer(fields[1], of: product),
        let values = fields[2].integer, (0...pixels).contains(values),
        seen.insert([1, product, layer]).inserted
      else { return nil }
      outOfRange.append((product, layer, values))
    }
    for entry in node["layer_numbers"]?.array ?? [] where !isOther(entry) {
      guard let fields = entry.array, fields.count == 3, let name = fields[0].string,
        let product = product(name), let layer = layer(fields[1], of: product),
        let value = fields[2].double, value.isFinite, seen.insert([2, product, layer]).inserted
      else { return nil }
      layerNumbers.append((product, layer, value))
    }
    func counts(_ name: String) -> [String: Int]? {
      var counts: [String: Int] = [:]
      for member in node[name]?.members ?? [] {
        guard let values = member.node.integer, (0...(1 << 40)).contains(values) else { return nil }
        counts[member.key] = values
      }
      return counts
    }
    guard let beyondRange = counts(Self.beyondRange), let rejected = counts(Self.rejected),
      let cells = counts(Self.emptyCells)
    else { return nil }
    (lostPixels.beyondRange, lostPixels.rejected) = (beyondRange, rejected)
    for cause in EmptyCause.allCases { lostPixels.cells[cause] = cells[cause.rawValue] }
  }
}

/// Lists of positions in ascending order as runs: "0-3,5".
enum DateRuns {
  static func text(_ dates: [Int]) -> String {
    var runs: [(first: Int, last: Int)] = []
    for date in dates {
      if let last = runs.last, last.last == date - 1 {
        runs[runs.count - 1].last = date
      } else {
        runs.append((date, date))
      }
    }
    return runs.map { $0.first == $0.last ? "\($0.first)" : "\($0.first)-\($0.last)" }.joined(separator: ",")
  }

  static func dates(_ text: String, count: Int) -> [Int]? {
    var dates: [Int] = []
    for run in text.split(separator: ",") {
      let ends = run.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last,
        first > (dates.last ?? -1), last < count
      else { return nil }
      dates += first...last
    }
    return dates
  }
}

extension SampleStatistics {
  var json: JSONValue {
    let parts = self.parts
    var fields: [JSONValue] = [
      .integer(parts.count), .number(parts.minimum), .number(parts.maximum), .string(parts.sum),
      .string(parts.sumOfSquares), .array(parts.bins.map { .integer($0) }),
    ]
    let inside = parts.inside ?? []
    if !parts.outside.isEmpty || !inside.isEmpty {
      fields.append(.array(parts.outside.map { .integer($0) }))
    }
    if !inside.isEmpty { fields.append(.array(inside.map { .integer($0) })) }
    return .array(fields)
  }

  init?(json: JSONNode, range: ClosedRange<Double>) {
    guard let fields = json.array, (6...8).contains(fields.count), let count = fields[0].integer,
      let sum = fields[3].string, let squares = fields[4].string, let bins = fields[5].array
    else { return nil }
    func numbers(_ place: Int) -> [Int]?? {
      guard place < fields.count else { return .some(nil) }
      let numbers = fields[place].array?.map(\.integer) ?? [nil]
      return numbers.contains(nil) ? nil : numbers.compactMap { $0 }
    }
    guard let outside = numbers(6), let inside = numbers(7) else { return nil }
    // A part without a value in the range has none in the finer bins: they are there, and empty. The infinities of an
    // empty part are written as null.
    self.init(
      range: range,
      parts: Parts(
        count: count, minimum: fields[1].double ?? .infinity, maximum: fields[2].double ?? -.infinity,
        sum: sum, sumOfSquares: squares, bins: bins.compactMap(\.integer), outside: outside ?? [],
        inside: inside ?? (bins.isEmpty ? [] : nil)))
  }
}
