/// Samples of several bands in memory, side by side: what a renderer writes to.
final class BandSamples {
  /// One a band.
  let bands: [UnsafeMutablePointer<UInt16>]
  /// Samples of each band.
  let capacity: Int

  init(bands: Int, capacity: Int) {
    self.capacity = capacity
    self.bands = (0..<bands).map { _ in
      let samples = UnsafeMutablePointer<UInt16>.allocate(capacity: capacity)
      samples.initialize(repeating: 0, count: capacity)
      return samples
    }
  }

  deinit {
    for samples in bands { samples.deallocate() }
  }

  /// Where each band's sample number `offset` is.
  func pointers(at offset: Int) -> [UnsafeMutablePointer<UInt16>] { bands.map { $0 + offset } }
}
