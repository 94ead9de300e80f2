internal import Engine
internal import Geo
internal import Synchronization

/// The pixels of an area's window that count, in runs of equal shares, row by row.
struct CoverageRuns: Sendable {
  struct Run: Sendable {
    let start: Int32
    var count: Int32
    /// Above 0, at most 1.
    let share: Double
  }

  private(set) var runs: [Run] = []

  /// All pixels of a window without rings; else the shares of those that the rings cover.
  init(of area: TableArea) {
    let width = area.window.width
    guard !area.rings.isEmpty else {
      runs = (0..<area.window.height).map { Run(start: Int32($0 * width), count: Int32(width), share: 1) }
      return
    }
    for (place, share) in PolygonCoverage.shares(of: area.rings, in: area.window).enumerated() where share > 0
    {
      if let last = runs.last, last.share == share, Int(last.start + last.count) == place, place % width > 0 {
        runs[runs.count - 1].count += 1
      } else {
        runs.append(Run(start: Int32(place), count: 1, share: share))
      }
    }
  }
}

/// Coverages of areas, kept from layer to layer as long as there is room.
final class CoverageCache: Sendable {
  /// Bytes of all runs that are kept.
  static let limit = 16 << 20

  private struct State {
    var known: [Int: (area: TableArea, runs: CoverageRuns)] = [:]
    var bytes = 0
  }

  private let state = Mutex(State())

  /// - Parameter index: of the area in its table; areas of another grid take the places of earlier ones.
  func runs(of area: TableArea, at index: Int) -> CoverageRuns {
    let found = state.withLock { $0.known[index] }
    if let found, found.area.window == area.window, found.area.rings == area.rings { return found.runs }
    let runs = CoverageRuns(of: area)
    let bytes = runs.runs.count * MemoryLayout<CoverageRuns.Run>.stride + 128
    state.withLock { state in
      guard found == nil, state.bytes + bytes <= CoverageCache.limit else { return }
      state.known[index] = (area, runs)
      state.bytes += bytes
    }
    return runs
  }
}
