internal import Glibc

/// When a request is made again, and how long to wait before that.
public struct RetryPolicy: Hashable, Sendable {
  /// The most times a request is made, the first one counted.
  public var tries: Int
  /// Seconds before the second try; doubled before each further one.
  public var delay: Double
  /// The longest wait between tries, in seconds.
  public var longestDelay: Double
  /// The longest wait a server may ask for (`Retry-After`), in seconds; one that asks for more is not waited for.
  public var longestRetryAfter: Double

  public init(tries: Int, delay: Double, longestDelay: Double = 60, longestRetryAfter: Double = 300) {
    self.tries = max(1, tries)
    self.delay = max(0, delay)
    self.longestDelay = longestDelay
    self.longestRetryAfter = longestRetryAfter
  }

  /// For searches and catalogues: 4 further tries, the first after a second.
  public static let catalogues = RetryPolicy.set(RetryPolicy(tries: 5, delay: 1))

  /// For the many small reads of files: 7 further tries, the first after a fifth of a second; some 20 seconds of
  /// waiting in all.
  public static let files = RetryPolicy.set(
    RetryPolicy(tries: 8, delay: 0.2, longestDelay: 10, longestRetryAfter: 60))

  /// A policy with what GDAL's variables say: `GDAL_HTTP_MAX_RETRY` further tries, `GDAL_HTTP_RETRY_DELAY` seconds
  /// before the first of them.
  private static func set(_ usual: RetryPolicy) -> RetryPolicy {
    var policy = usual
    if let count = Environment.variable("GDAL_HTTP_MAX_RETRY").flatMap({ Int($0) }) {
      policy.tries = 1 + min(max(count, 0), 100)
    }
    if let delay = Environment.variable("GDAL_HTTP_RETRY_DELAY").flatMap({ Double($0) }), delay.isFinite {
      policy.delay = min(max(delay, 0), 60)
    }
    return policy
  }

  /// Seconds to wait before the next try; nil to give up.
  ///
  /// - Parameters:
  ///   - tried: how many tries there were.
  ///   - retryAfter: seconds the server asked for.
  ///   - random: 0..<1, which spreads the tries of many clients by half of the delay.
  public func wait(after tried: Int, retryAfter: Double?, random: Double = .random(in: 0..<1)) -> Double? {
    guard tried < tries else { return nil }
    if let retryAfter {
      guard retryAfter <= longestRetryAfter else { return nil }
      return max(0, retryAfter) + delay * random / 2
    }
    var seconds = delay
    for _ in 1..<max(tried, 1) where seconds < longestDelay { seconds *= 2 }
    return min(seconds, longestDelay) * (0.75 + random / 2)
  }

  /// Waits, in steps that let a cancellation through.
  static func sleep(_ seconds: Double, unless isCancelled: () -> Bool = { false }) {
    var rest = seconds
    while rest > 0, !isCancelled() {
      let part = min(rest, 0.1)
      usleep(UInt32(part * 1_000_000))
      rest -= part
    }
  }
}
