extension TreeModel {
  /// The scores of one pixel, tree by tree: the plain way, which knows every kind of question.
  ///
  /// - Parameters:
  ///   - features: after scaling; NaN is missing.
  ///   - scores: gets as many as the model has.
  func score(_ features: UnsafeBufferPointer<Float>, into scores: inout [Double]) {
    for score in 0..<scoreCount { scores[score] = addsInDouble ? base[score] : Double(Float(base[score])) }
    for tree in trees {
      let leaf = leaf(of: tree, features)
      if votesPerLeaf == 1 {
        add(votes[leaf], to: &scores[tree.score])
      } else {
        for score in 0..<scoreCount { add(votes[leaf * scoreCount + score], to: &scores[score]) }
      }
    }
  }

  @inline(__always)
  private func add(_ vote: Double, to score: inout Double) {
    // The sum of two Floats is exact enough in Double to be rounded once.
    score = addsInDouble ? score + vote : Double(Float(score) + Float(vote))
  }

  private func leaf(of tree: Tree, _ features: UnsafeBufferPointer<Float>) -> Int {
    var place = tree.root
    while place >= 0 {
      let node = nodes[Int(place)]
      let value = features[Int(node.feature)]
      let isYes: Bool
      if value.isNaN || node.exception == .zeroIsMissing && abs(value) <= TreeModel.zeroLimit {
        isYes = node.isYesForMissing
      } else {
        isYes = node.exception == .equality ? value == node.threshold : value <= node.threshold
      }
      place = isYes ? node.yes : node.no
    }
    return Int(~place)
  }
}
