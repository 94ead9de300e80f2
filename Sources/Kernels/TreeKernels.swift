/// Decision trees as bit vectors, after QuickScorer (Lucchese et al. 2015): each tree has a bit a leaf, and each
/// question that a pixel answers with no clears the bits of the leaves that it rules out. The lowest bit that is left is
/// the leaf that the pixel reaches. The questions of all trees about one feature stand together, by their thresholds:
/// a pixel answers no to those below its value, and the walk ends there.
///
/// Sixteen pixels go together. What all of them answer with no is ruled out for all at once, of which the greater part is
/// looked up.
public enum TreeKernels {
  /// How many pixels go together.
  public static let lanes = 16

  /// The bits of leaves that sixteen pixels may still reach.
  ///
  /// - Parameters:
  ///   - features: by feature, the pixels' values; none is NaN.
  ///   - starts: by feature, where its questions begin; then where the last one's end.
  ///   - thresholds: of questions; no where a value is above it.
  ///   - words: of questions, the word whose bits it clears.
  ///   - masks: of questions, the bits of the word that are left.
  ///   - snapshots: by feature, all words after each `interval` questions, the first after none.
  ///   - firstSnapshots: by feature, where its snapshots begin, counted in snapshots.
  ///   - interval: how many questions lie between two snapshots, 1 or more.
  ///   - common: as many words as there are: room to work in.
  ///   - bits: gets the words.
  @inline(never)
  public static func findLeaves(
    features: Span<SIMD16<Float>>, starts: Span<Int32>, thresholds: Span<Float>, words: Span<UInt32>,
    masks: Span<UInt32>, snapshots: Span<UInt32>, firstSnapshots: Span<Int32>, interval: Int,
    common: inout MutableSpan<UInt32>, into bits: inout MutableSpan<SIMD16<UInt32>>
  ) {
    let count = bits.count
    precondition(common.count == count && starts.count == features.count &+ 1)
    precondition(words.count == thresholds.count && masks.count == thresholds.count && interval > 0)
    for word in 0..<count { common[word] = .max }
    for feature in 0..<features.count {
      let least = least(of: features[feature])
      let (start, end) = (Int(starts[feature]), Int(starts[feature &+ 1]))
      let below = firstNotBelow(least, in: thresholds, start, end)
      let passed = (below &- start) / interval
      let snapshot = (Int(firstSnapshots[feature]) &+ passed) &* count
      for word in 0..<count { common[word] = common[word] & snapshots[snapshot &+ word] }
      var question = start &+ passed &* interval
      while question < below {
        let word = Int(words[question])
        common[word] = common[word] & masks[question]
        question &+= 1
      }
    }
    for word in 0..<count { bits[word] = SIMD16(repeating: common[word]) }
    bits.withUnsafeMutableBufferPointer { bits in
      guard let first = UnsafeMutableRawPointer(bits.baseAddress)?.assumingMemoryBound(to: UInt32.self) else {
        return
      }
      for feature in 0..<features.count {
        let values = features[feature]
        let greatest = greatest(of: values)
        let end = Int(starts[feature &+ 1])
        var question = firstNotBelow(least(of: values), in: thresholds, Int(starts[feature]), end)
        while question < end {
          let threshold = thresholds[question]
          guard threshold < greatest else { break }
          let word = Int(words[question])
          precondition(word < count)
          let mask = masks[question]
          // A plain loop: comparisons of whole SIMD vectors are taken apart by the compiler.
          let row = first + word &* lanes
          for lane in 0..<16 { row[lane] &= values[lane] > threshold ? mask : .max }
          question &+= 1
        }
      }
    }
  }

  @inline(__always)
  private static func least(of values: SIMD16<Float>) -> Float {
    var least = values[0]
    for lane in 1..<16 { least = values[lane] < least ? values[lane] : least }
    return least
  }

  @inline(__always)
  private static func greatest(of values: SIMD16<Float>) -> Float {
    var greatest = values[0]
    for lane in 1..<16 { greatest = values[lane] > greatest ? values[lane] : greatest }
    return greatest
  }

  /// The first question whose threshold is not below a value: all before it are answered with no.
  @inline(__always)
  private static func firstNotBelow(
    _ value: Float, in thresholds: Span<Float>, _ start: Int, _ end: Int
  ) -> Int {
    var (low, high) = (start, end)
    while low < high {
      let middle = (low &+ high) / 2
      if thresholds[middle] < value { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  /// Adds the votes of pixels' leaves, eight scores each, in the order of the trees.
  ///
  /// - Parameters:
  ///   - bits: by word and pixel.
  ///   - trees: by tree, its first word, one more than the last one's, and its first leaf.
  ///   - votes: by leaf.
  ///   - scores: by pixel, of up to sixteen.
  @inline(never)
  public static func add(
    votes: Span<SIMD8<Float>>, trees: Span<SIMD4<Int32>>, bits: Span<UInt32>,
    to scores: inout MutableSpan<SIMD8<Float>>
  ) {
    // Each sum waits for the one before, so four pixels are added up beside each other.
    let whole = scores.count &- scores.count % 4
    for pixel in stride(from: 0, to: whole, by: 4) {
      var (first, second, third, fourth) = (
        scores[pixel], scores[pixel &+ 1], scores[pixel &+ 2], scores[pixel &+ 3]
      )
      for tree in 0..<trees.count {
        let place = trees[tree]
        first += votes[leaf(place, bits, pixel)]
        second += votes[leaf(place, bits, pixel &+ 1)]
        third += votes[leaf(place, bits, pixel &+ 2)]
        fourth += votes[leaf(place, bits, pixel &+ 3)]
      }
      (scores[pixel], scores[pixel &+ 1], scores[pixel &+ 2], scores[pixel &+ 3]) = (
        first, second, third, fourth
      )
    }
    for pixel in whole..<scores.count {
      var sums = scores[pixel]
      for tree in 0..<trees.count { sums += votes[leaf(trees[tree], bits, pixel)] }
      scores[pixel] = sums
    }
  }

  /// The same in Double.
  @inline(never)
  public static func add(
    votes: Span<SIMD8<Double>>, trees: Span<SIMD4<Int32>>, bits: Span<UInt32>,
    to scores: inout MutableSpan<SIMD8<Double>>
  ) {
    // Each sum waits for the one before, so four pixels are added up beside each other.
    let whole = scores.count &- scores.count % 4
    for pixel in stride(from: 0, to: whole, by: 4) {
      var (first, second, third, fourth) = (
        scores[pixel], scores[pixel &+ 1], scores[pixel &+ 2], scores[pixel &+ 3]
      )
      for tree in 0..<trees.count {
        let place = trees[tree]
        first += votes[leaf(place, bits, pixel)]
        second += votes[leaf(place, bits, pixel &+ 1)]
        third += votes[leaf(place, bits, pixel &+ 2)]
        fourth += votes[leaf(place, bits, pixel &+ 3)]
      }
      (scores[pixel], scores[pixel &+ 1], scores[pixel &+ 2], scores[pixel &+ 3]) = (
        first, second, third, fourth
      )
    }
    for pixel in whole..<scores.count {
      var sums = scores[pixel]
      for tree in 0..<trees.count { sums += votes[leaf(trees[tree], bits, pixel)] }
      scores[pixel] = sums
    }
  }

  /// Adds the votes of trees that vote for one score each; `trees` have it behind their first leaf.
  ///
  /// - Parameters:
  ///   - votes: by leaf.
  ///   - trees: by tree, its first word, one more than the last one's, its first leaf, and the score it votes for.
  ///   - bits: by word and pixel, as `findLeaves` leaves them.
  ///   - pixels: how many, up to `lanes`.
  ///   - count: how many scores a pixel has.
  ///   - scores: by pixel, `count` scores each.
  @inline(never)
  public static func add(
    votes: Span<Float>, trees: Span<SIMD4<Int32>>, bits: Span<UInt32>, pixels: Int, count: Int,
    to scores: inout MutableSpan<Float>
  ) {
    for pixel in 0..<pixels {
      for tree in 0..<trees.count {
        let place = trees[tree]
        let score = pixel &* count &+ Int(place[3])
        scores[score] = scores[score] + votes[leaf(place, bits, pixel)]
      }
    }
  }

  /// The same in Double.
  @inline(never)
  public static func add(
    votes: Span<Double>, trees: Span<SIMD4<Int32>>, bits: Span<UInt32>, pixels: Int, count: Int,
    to scores: inout MutableSpan<Double>
  ) {
    for pixel in 0..<pixels {
      for tree in 0..<trees.count {
        let place = trees[tree]
        let score = pixel &* count &+ Int(place[3])
        scores[score] = scores[score] + votes[leaf(place, bits, pixel)]
      }
    }
  }

  /// The leaf that a pixel reaches in a tree.
  @inline(__always)
  private static func leaf(_ tree: SIMD4<Int32>, _ bits: Span<UInt32>, _ pixel: Int) -> Int {
    var word = Int(tree[0])
    var leaf = Int(tree[2])
    var left = bits[word &* lanes &+ pixel]
    // A leaf is always left: no question clears those on its no's side and its yes' side both.
    while left == 0 && word &+ 1 < Int(tree[1]) {
      word &+= 1
      leaf &+= 32
      left = bits[word &* lanes &+ pixel]
    }
    return leaf &+ (left == 0 ? 0 : left.trailingZeroBitCount)
  }
}
