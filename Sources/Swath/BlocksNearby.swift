/// The blocks of a swath that come near the cells of a window, with the tiles each comes near.
struct BlocksNearby {
  private let survey: SwathSurvey
  private let tiles: [CellTile]
  private let reach: Double
  /// Whether the distance to a cell's corners counts, rather than to its centre.
  private let isToCorners: Bool

  /// - Parameter reach: radians that may lie between a pixel's centre and a cell's.
  init(_ survey: SwathSurvey, cells: TargetCells, reach: Double, isToCorners: Bool = false) {
    (self.survey, tiles, self.reach, self.isToCorners) = (survey, cells.tiles, reach, isToCorners)
  }

  /// The blocks of a row that come near, in order, with the numbers of the tiles.
  func blocks(inRow row: Int) -> [(block: Int, tiles: [Int])] {
    var found: [(Int, [Int])] = []
    for block in 0..<survey.blockColumns {
      guard let cap = survey.caps[row * survey.blockColumns + block] else { continue }
      let near = tiles.indices.filter { tile in
        cap.meets(tiles[tile].cap, reach: reach + (isToCorners ? tiles[tile].halfDiagonal : 0))
      }
      if !near.isEmpty { found.append((block, near)) }
    }
    return found
  }
}
