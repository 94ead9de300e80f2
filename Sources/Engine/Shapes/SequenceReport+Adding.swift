internal import Geo

extension SequenceReport {
  /// Takes in the report of further dates of the same sequence, which were computed by themselves.
  ///
  /// - Parameter other: of the same products in the same order.
  public mutating func add(_ other: SequenceReport) {
    inputs += other.inputs
    cells.done += other.cells.done
    cells.empty += other.cells.empty
    cells.failed += other.cells.failed
    losses += other.losses
    lostPixels.add(other.lostPixels)
    for (place, picture) in other.pictures.enumerated() where products.contains(where: { $0.period == .date })
    {
      pictures[place].layers += picture.layers
      pictures[place].layerCount += picture.layerCount
    }
    // What belongs to no date is in each of them.
    for (place, product) in other.products.enumerated() where product.period == .date {
      products[place].layers += product.layers
    }
  }
}
