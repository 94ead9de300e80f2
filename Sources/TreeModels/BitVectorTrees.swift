internal import Kernels
internal import KernelsAVX2
internal import Raster

/// A model's trees as bit vectors (see `TreeKernels`): every question once, by feature and threshold.
struct BitVectorTrees: Sendable {
  private typealias Wide = KernelsAVX2.TreeKernels
  private typealias Plain = Kernels.TreeKernels

  /// How many pixels go together.
  static let lanes = 16
  /// The most words of bits, so that those of sixteen pixels stay in cache.
  private static let wordLimit = 2048
  /// The most that snapshots may take, in words.
  private static let snapshotLimit = 1 << 20

  private let starts: [Int32]
  private let thresholds: [Float]
  private let words: [UInt32]
  private let masks: [UInt32]
  private let snapshots: [UInt32]
  private let firstSnapshots: [Int32]
  private let interval: Int
  private let trees: [SIMD4<Int32>]
  let wordCount: Int
  private let votes: Votes

  private enum Votes: Sendable {
    /// Eight scores at a time.
    case floatRows([[SIMD8<Float>]])
    case doubleRows([[SIMD8<Double>]])
    case floats([Float])
    case doubles([Double])
  }

  /// Nil for models that have other questions than whether a value is above a threshold, or too many leaves.
  init?(_ model: TreeModel) {
    guard model.nodes.allSatisfy({ $0.exception == .none }) else { return nil }
    var places: [SIMD4<Int32>] = []
    var wordCount = 0
    for tree in model.trees {
      let own = (tree.leaves.count + 31) / 32
      guard wordCount + own <= BitVectorTrees.wordLimit else { return nil }
      places.append(
        SIMD4(Int32(wordCount), Int32(wordCount + own), Int32(tree.leaves.lowerBound), Int32(tree.score)))
      wordCount += own
    }
    self.wordCount = wordCount
    trees = places

    // A question clears its leaves in every word that they lie in.
    var questions: [[(threshold: Float, word: UInt32, mask: UInt32)]] = Array(
      repeating: [], count: model.featureCount)
    for (number, tree) in model.trees.enumerated() {
      for node in model.nodes[tree.nodes] {
        let first = Int(node.leaves.lowerBound) - tree.leaves.lowerBound
        let last = Int(node.leaves.upperBound) - tree.leaves.lowerBound - 1
        for word in (first / 32)...(last / 32) {
          let (low, high) = (max(first - word * 32, 0), min(last - word * 32, 31))
          let cleared = (UInt32.max >> UInt32(31 - (high - low))) << UInt32(low)
          questions[Int(node.feature)].append(
            (node.threshold, UInt32(Int(places[number][0]) + word), ~cleared))
        }
      }
    }
    for feature in questions.indices { questions[feature].sort { $0.threshold < $1.threshold } }
    let all = questions.joined()
    let count = questions.reduce(0) { $0 + $1.count }
    (thresholds, words, masks) = (all.map(\.threshold), all.map(\.word), all.map(\.mask))
    starts = questions.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) }

    interval = max(32, count * max(1, wordCount) / BitVectorTrees.snapshotLimit)
    var snapshots: [UInt32] = []
    var firstSnapshots: [Int32] = []
    for own in questions {
      firstSnapshots.append(Int32(snapshots.count / max(1, wordCount)))
      var bits = [UInt32](repeating: .max, count: wordCount)
      snapshots += bits
      for (number, question) in own.enumerated() {
        bits[Int(question.word)] &= question.mask
        if (number + 1) % interval == 0 { snapshots += bits }
      }
    }
    (self.snapshots, self.firstSnapshots) = (snapshots, firstSnapshots)
    votes = BitVectorTrees.votes(model)
  }

  private static func votes(_ model: TreeModel) -> Votes {
    guard model.votesPerLeaf > 1 else {
      return model.addsInDouble ? .doubles(model.votes) : .floats(model.votes.map { Float($0) })
    }
    let width = model.votesPerLeaf
    func row(_ leaf: Int, _ group: Int) -> SIMD8<Double> {
      var row = SIMD8<Double>(repeating: 0)
      for place in 0..<min(8, width - group * 8) {
        row[place] = model.votes[leaf * width + group * 8 + place]
      }
      return row
    }
    let (leaves, groups) = (0..<(model.votes.count / width), 0..<((width + 7) / 8))
    return model.addsInDouble
      ? .doubleRows(groups.map { group in leaves.map { row($0, group) } })
      : .floatRows(groups.map { group in leaves.map { SIMD8<Float>(row($0, group)) } })
  }

  /// Room that evaluation works in; one a thread.
  struct Scratch {
    fileprivate var common: [UInt32]
    fileprivate var bits: [SIMD16<UInt32>]
    fileprivate var floats: [Float]
    fileprivate var doubles: [Double]
    fileprivate var floatRows = [SIMD8<Float>](repeating: .zero, count: lanes)
    fileprivate var doubleRows = [SIMD8<Double>](repeating: .zero, count: lanes)

    init(_ trees: BitVectorTrees?, scoreCount: Int) {
      common = Array(repeating: 0, count: trees?.wordCount ?? 0)
      bits = Array(repeating: .zero, count: trees?.wordCount ?? 0)
      floats = Array(repeating: 0, count: scoreCount * lanes)
      doubles = floats.map(Double.init)
    }
  }

  /// The scores of up to sixteen pixels.
  ///
  /// - Parameters:
  ///   - features: by feature; lanes beyond the pixels hold any value.
  ///   - base: what scores begin with.
  ///   - scores: by pixel, as many as `base` has.
  func score(
    _ features: [SIMD16<Float>], pixels: Int, base: [Double], _ scratch: inout Scratch,
    into scores: inout [Double]
  ) {
    findLeaves(features, &scratch.common, &scratch.bits)
    let isWide = Processor.usesAVX2
    let count = base.count
    let bits = scratch.bits
    bits.withUnsafeBufferPointer { bits in
      let raw = UnsafeRawBufferPointer(bits).bindMemory(to: UInt32.self).span
      switch votes {
      case .floats(let votes):
        for place in 0..<(pixels * count) { scratch.floats[place] = Float(base[place % count]) }
        var sums = scratch.floats.mutableSpan
        isWide
          ? Wide.add(votes: votes.span, trees: trees.span, bits: raw, pixels: pixels, count: count, to: &sums)
          : Plain.add(
            votes: votes.span, trees: trees.span, bits: raw, pixels: pixels, count: count, to: &sums)
        for place in 0..<(pixels * count) { scores[place] = Double(scratch.floats[place]) }
      case .doubles(let votes):
        for place in 0..<(pixels * count) { scratch.doubles[place] = base[place % count] }
        var sums = scratch.doubles.mutableSpan
        isWide
          ? Wide.add(votes: votes.span, trees: trees.span, bits: raw, pixels: pixels, count: count, to: &sums)
          : Plain.add(
            votes: votes.span, trees: trees.span, bits: raw, pixels: pixels, count: count, to: &sums)
        for place in 0..<(pixels * count) { scores[place] = scratch.doubles[place] }
      case .floatRows(let groups):
        for (group, votes) in groups.enumerated() {
          var start = SIMD8<Float>.zero
          for place in 0..<min(8, count - group * 8) { start[place] = Float(base[group * 8 + place]) }
          for pixel in 0..<pixels { scratch.floatRows[pixel] = start }
          var sums = scratch.floatRows.mutableSpan
          isWide
            ? Wide.add(votes: votes.span, trees: trees.span, bits: raw, to: &sums)
            : Plain.add(votes: votes.span, trees: trees.span, bits: raw, to: &sums)
          for pixel in 0..<pixels {
            for place in 0..<min(8, count - group * 8) {
              scores[pixel * count + group * 8 + place] = Double(scratch.floatRows[pixel][place])
            }
          }
        }
      case .doubleRows(let groups):
        for (group, votes) in groups.enumerated() {
          var start = SIMD8<Double>.zero
          for place in 0..<min(8, count - group * 8) { start[place] = base[group * 8 + place] }
          for pixel in 0..<pixels { scratch.doubleRows[pixel] = start }
          var sums = scratch.doubleRows.mutableSpan
          isWide
            ? Wide.add(votes: votes.span, trees: trees.span, bits: raw, to: &sums)
            : Plain.add(votes: votes.span, trees: trees.span, bits: raw, to: &sums)
          for pixel in 0..<pixels {
            for place in 0..<min(8, count - group * 8) {
              scores[pixel * count + group * 8 + place] = scratch.doubleRows[pixel][place]
            }
          }
        }
      }
    }
  }

  private func findLeaves(
    _ features: [SIMD16<Float>], _ commonWords: inout [UInt32], _ words16: inout [SIMD16<UInt32>]
  ) {
    var common = commonWords.mutableSpan
    var bits = words16.mutableSpan
    if Processor.usesAVX2 {
      Wide.findLeaves(
        features: features.span, starts: starts.span, thresholds: thresholds.span, words: words.span,
        masks: masks.span, snapshots: snapshots.span, firstSnapshots: firstSnapshots.span,
        interval: interval, common: &common, into: &bits)
    } else {
      Plain.findLeaves(
        features: features.span, starts: starts.span, thresholds: thresholds.span, words: words.span,
        masks: masks.span, snapshots: snapshots.span, firstSnapshots: firstSnapshots.span,
        interval: interval, common: &common, into: &bits)
    }
  }
}
