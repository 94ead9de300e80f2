import Raster
import TestSupport
import Testing

@Suite struct SelectionNetworkTests {
  /// What stands in the middle after the network has run, one number at a time.
  private func middle(_ network: SelectionNetwork, _ numbers: [Int]) -> [Int] {
    var numbers = numbers
    for comparison in network.comparisons {
      let (a, b) = (numbers[comparison.low], numbers[comparison.high])
      // What nobody is to look at is spoilt.
      numbers[comparison.low] = comparison.isLowUsed ? min(a, b) : Int.min
      numbers[comparison.high] = comparison.isHighUsed ? max(a, b) : Int.max
    }
    return [numbers[network.lowerMiddle], numbers[network.upperMiddle]]
  }

  @Test(arguments: 1...14)
  func `every input of zeros and ones is selected from`(count: Int) {
    // A network that is right for all zeros and ones is right for all numbers (Knuth's zero-one principle).
    let network = SelectionNetwork(count: count)
    for bits in 0..<(1 << count) {
      let numbers = (0..<count).map { bits >> $0 & 1 }
      let sorted = numbers.sorted()
      let wanted = [sorted[(count - 1) / 2], sorted[min((count + 1) / 2, count - 1)]]
      #expect(middle(network, numbers) == wanted, "\(numbers)")
    }
  }

  @Test(arguments: [33, 64, 100, 257])
  func `large networks select from any order`(count: Int) {
    let network = SelectionNetwork(count: count)
    var generator = SeededGenerator(seed: UInt64(count))
    for _ in 0..<200 {
      let numbers = (0..<count).shuffled(using: &generator)
      #expect(middle(network, numbers) == [(count - 1) / 2, min((count + 1) / 2, count - 1)])
    }
  }

  @Test func `only what the middle depends on is compared`() {
    // Batcher's whole sort takes 19 and 63 comparisons.
    #expect(SelectionNetwork(count: 1).comparisons.isEmpty)
    #expect(SelectionNetwork(count: 8).comparisons.count < 19)
    #expect(SelectionNetwork(count: 16).comparisons.count < 63)
  }
}
