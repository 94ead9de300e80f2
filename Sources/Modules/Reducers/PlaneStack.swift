internal import Glibc
internal import Raster

/// Planes of one size, one after the other, in memory that exists only as far as planes were put there.
///
/// The memory is asked of the system and given back to it at once: large blocks that come and go in different
/// threads stay with `malloc` after they are freed, and a memory limit has to count them as used. To use a stack again
/// is quicker: memory that comes fresh from the system has to be found and cleared, page by page.
final class PlaneStack {
  /// Pixels of a plane.
  private(set) var pixels: Int
  /// How many planes fit.
  let capacity: Int
  /// How many are there.
  private(set) var count = 0
  private let memory: UnsafeMutableBufferPointer<Float>

  init(pixels: Int, capacity: Int) {
    self.pixels = pixels
    self.capacity = capacity
    let bytes = max(pixels * capacity, 1) * MemoryLayout<Float>.stride
    let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    // As with every other allocation, there is nothing to be done without.
    guard let address, address != MAP_FAILED else { preconditionFailure("out of memory") }
    memory = UnsafeMutableRawBufferPointer(start: address, count: bytes).bindMemory(to: Float.self)
  }

  deinit {
    munmap(memory.baseAddress, memory.count * MemoryLayout<Float>.stride)
  }

  /// Takes all planes away, for others; the memory stays.
  ///
  /// - Returns: false when there is no memory for as many planes of that size.
  func restart(pixels: Int) -> Bool {
    guard pixels * capacity <= memory.count else { return false }
    self.pixels = pixels
    count = 0
    return true
  }

  /// All planes' values.
  var values: UnsafeBufferPointer<Float> { UnsafeBufferPointer(rebasing: memory[..<(count * pixels)]) }

  /// Puts further planes, one or several, on top.
  func append(_ values: UnsafeBufferPointer<Float>) {
    guard pixels > 0 else { return }
    let planes = values.count / pixels
    precondition(values.count == planes * pixels)
    _ = top(planes: planes).update(fromContentsOf: values)
    count += planes
  }

  /// Puts the planes of a date's observations on top, as far as those need them.
  func append(observations bands: [UnsafeBufferPointer<Float>]) {
    Observations.copy(bands, into: top(planes: bands.count))
    count += bands.count
  }

  /// The memory of the planes that come next.
  private func top(planes: Int) -> UnsafeMutableBufferPointer<Float> {
    precondition(count + planes <= capacity)
    return UnsafeMutableBufferPointer(rebasing: memory[(count * pixels)..<((count + planes) * pixels)])
  }
}
