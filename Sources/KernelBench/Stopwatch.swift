import Glibc

/// Measures the processor time of short pieces of work.
struct Stopwatch {
  /// What is measured at once: about a chunk's row of blocks, in many rounds, of which the best counts.
  private static let rounds = 15
  private static let secondsOfRound = 0.01

  /// Prints the nanoseconds that `body` takes for each of `pixels` pixels.
  func measure(_ name: String, pixels: Int, _ body: () -> Void) {
    var repeats = 1
    while time(repeats, body) < Stopwatch.secondsOfRound { repeats *= 2 }
    var best = Double.infinity
    for _ in 0..<Stopwatch.rounds { best = min(best, time(repeats, body)) }
    let nanoseconds = best / Double(repeats) / Double(pixels) * 1e9
    let rounded = Int((nanoseconds * 1000).rounded())
    let fraction = String(rounded % 1000)
    let padding = String(repeating: " ", count: max(1, 56 - name.count))
    print(
      "\(name)\(padding)\(rounded / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction) ns/pixel"
    )
  }

  private func time(_ repeats: Int, _ body: () -> Void) -> Double {
    let start = now()
    for _ in 0..<repeats { body() }
    return now() - start
  }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
