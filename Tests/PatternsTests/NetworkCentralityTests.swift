import Patterns
import Testing

/// Centralities against the exponential of the adjacency matrix, vectors against a plain program.
@Suite struct NetworkCentralityTests {
  /// The diagonal of exp(A), summed term by term.
  private func exponential(_ image: GreyImage, _ neighbours: SubgraphCentrality.Neighbours) -> [Double] {
    let pixels = image.samples.indices.filter { image.samples[$0] == 255 }
    func touch(_ one: Int, _ other: Int) -> Bool {
      let (dx, dy) = (
        abs(one % image.width - other % image.width), abs(one / image.width - other / image.width)
      )
      return neighbours == .four ? dx + dy == 1 : max(dx, dy) == 1
    }
    let lists = pixels.map { one in pixels.indices.filter { touch(one, pixels[$0]) } }
    return pixels.indices.map { start in
      var term = [Double](repeating: 0, count: pixels.count)
      term[start] = 1
      var sum = 1.0
      for step in 1...70 {
        term = pixels.indices.map { place in lists[place].reduce(0) { $0 + term[$1] } / Double(step) }
        sum += term[start]
      }
      return sum
    }
  }

  @Test(arguments: SubgraphCentrality.Neighbours.allCases)
  func `centralities are the diagonal of the matrix exponential`(neighbours: SubgraphCentrality.Neighbours) {
    for (width, height, share) in [(1, 1, 1.0), (9, 7, 0.6), (4, 17, 0.8), (30, 1, 0.9), (12, 12, 1)] {
      let picture = SamplePictures.noise(width, height, share: share, seed: UInt64(width))
      let expected = exponential(picture, neighbours)
      let values = SubgraphCentrality(picture, neighbours: neighbours).values
      #expect(values.count == expected.count)
      for (value, other) in zip(values, expected) { #expect(abs(value / other - 1) < 1e-13) }
    }
  }

  @Test func `a lonely pixel has 1, one deep in a white area what a Bessel function says`() {
    let lonely = SubgraphCentrality(SamplePictures.drawn("#..", "...", "..#"))
    #expect(lonely.values == [1, 1])
    let values = SubgraphCentrality(SamplePictures.white(40, 40)).values
    #expect(abs(values[20 * 40 + 20] - 5.196_509_150_626_619) < 1e-14)
  }

  @Test(arguments: SubgraphCentrality.Neighbours.allCases)
  func `pixels in the same situation have the same value, to the last bit`(
    neighbours: SubgraphCentrality.Neighbours
  ) {
    let values = SubgraphCentrality(SamplePictures.white(20, 20), neighbours: neighbours).values
    for y in 0..<20 {
      for x in 0..<20 {
        let value = values[y * 20 + x]
        #expect(value == values[x * 20 + y] && value == values[(19 - y) * 20 + 19 - x])
      }
    }
  }

  @Test func `a picture gives a plain program's vector and figures`() {
    let whole = VegetationSeparation.blackAndWhite(SamplePictures.landscape(64, 50))
    let picture = whole.part(column: 0, row: 0, width: 50, height: 50)
    let centrality = SubgraphCentrality(picture)
    #expect(abs(centrality.values.reduce(0, +) / 4898.616011855665 - 1) < 1e-14)
    let vector = FeatureVector(centrality)
    #expect(
      vector.elements == [
        0, -10, -41, -60, -75, -120, -160, -194, -225, -279, -315, -353, -421, -473, -526, -574, -601, -661,
        -720, -766,
      ])
    #expect(vector.slope == -38.3 && vector.offset == -766 && vector.offset50 == -451)
    #expect(vector.mean == -328.7 && vector.standardDeviation == 243.97419945559815)
    #expect(
      FeatureVector(centrality, count: 10).elements == [
        0, -41, -75, -160, -225, -315, -421, -526, -601, -720,
      ])
    let eight = FeatureVector(SubgraphCentrality(picture, neighbours: .eight))
    #expect(
      eight.elements == [
        0, -64, -185, -274, -398, -510, -637, -737, -889, -1035, -1166, -1326, -1479, -1637, -1809, -1974,
        -2120,
        -2284, -2396, -2503,
      ])
  }

  @Test func `without white pixels all is 0, with one the second half is 1`() {
    let black = FeatureVector(SubgraphCentrality(SamplePictures.drawn("...", "...")))
    #expect(black.elements == [Double](repeating: 0, count: 20))
    #expect(black.standardDeviation == 0)
    let one = FeatureVector(SubgraphCentrality(SamplePictures.drawn("...", ".#.")))
    // 50 % of one pixel is none: halves go to the even number.
    #expect(one.elements == (0..<20).map { $0 > 10 ? 1 : 0 })
    #expect(one.offset50 == 1)
  }

  @Test func `of equals the first in the picture is taken first`() {
    let centrality = SubgraphCentrality(SamplePictures.drawn("#.#.#", ".....", "##..#"))
    #expect(centrality.order == [3, 4, 0, 1, 2, 5])
  }
}
