/// Estimates how long the cells of a sequence still take, from when its cells ended so far.
///
/// The rate is that of the later half of the work done: the first cells open files and fill caches, and what slows a run
/// down stays.
struct TimeLeft: Sendable {
  private struct Moment {
    var done: Int
    var seconds: Double
  }

  /// Moments at most; beyond, every second one is dropped.
  private static let most = 512

  /// Cells that were there before, which took no time.
  private let kept: Int
  private var moments: [Moment] = [Moment(done: 0, seconds: 0)]
  private var last = Moment(done: 0, seconds: 0)

  /// - Parameter kept: cells that an earlier run computed.
  init(kept: Int = 0) { self.kept = kept }

  /// Takes note of how many cells have ended, kept ones included, so many seconds after the sequence began.
  mutating func note(ended: Int, seconds: Double) {
    let moment = Moment(done: ended - kept, seconds: seconds)
    // Threads report in any order.
    guard moment.done > last.done, seconds >= last.seconds else { return }
    last = moment
    moments.append(moment)
    guard moments.count > TimeLeft.most else { return }
    moments = moments.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
  }

  /// Seconds that a cell takes; nil until one has ended.
  var secondsPerCell: Double? {
    guard last.done > 0 else { return nil }
    // A rate of one or two cells is none.
    let half = moments.last { 2 * $0.done <= last.done && last.done - $0.done >= 3 } ?? moments[0]
    return (last.seconds - half.seconds) / Double(max(last.done - half.done, 1))
  }

  /// Seconds until the last cell ends.
  ///
  /// - Parameter cells: all of them, kept ones included.
  /// - Returns: nil until a cell has ended.
  func seconds(of cells: Int) -> Double? {
    secondsPerCell.map { $0 * Double(max(cells - kept - last.done, 0)) }
  }
}
