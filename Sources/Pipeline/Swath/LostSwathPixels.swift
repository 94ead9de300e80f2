internal import Engine

/// Counts pixels of granules that are missing for a reason, until they are asked for.
struct LostSwathPixels {
  /// Pixels beyond their valid range since they were last asked for, by band, and by how it is masked.
  private var beyondRange: [String: [Int: Int]] = [:]
  /// Those that masks reject, by mask, and by what is read: all of that finds the same.
  private var rejected: [String: [String: Int]] = [:]

  /// What was counted since this was asked for last.
  mutating func take() -> LostPixels {
    defer { self = LostSwathPixels() }
    var lost = LostPixels()
    lost.beyondRange = beyondRange.compactMapValues { $0.values.max() }
    lost.rejected = rejected.compactMapValues { $0.values.max() }
    return lost
  }

  mutating func add(_ pixels: Int, of file: BandFile) {
    guard pixels > 0 else { return }
    beyondRange[file.band, default: [:]][file.swath?.masks.count ?? 0, default: 0] += pixels
  }

  mutating func add(_ pixels: Int, rejectedBy mask: SwathMask, of file: BandFile) {
    guard pixels > 0 else { return }
    let key = "\(file.band) \(file.swath?.masks.count ?? 0)"
    rejected[mask.name, default: [:]][key, default: 0] += pixels
  }
}
