extension TreeModel {
  /// Takes in the votes of leaves, one for each score; where each tree votes for one score only they take less room.
  mutating func setVotes(_ votes: [Double]) {
    let width = scoreCount
    var scores: [Int] = []
    for tree in trees {
      var score: Int?
      for leaf in tree.leaves {
        for place in 0..<width where votes[leaf * width + place] != 0 {
          guard (score ?? place) == place else {
            (self.votes, votesPerLeaf) = (votes, width)
            return
          }
          score = place
        }
      }
      scores.append(score ?? 0)
    }
    for (tree, score) in scores.enumerated() { trees[tree].score = score }
    self.votes = zip(trees, scores).flatMap { tree, score in tree.leaves.map { votes[$0 * width + score] } }
    votesPerLeaf = 1
  }
}
