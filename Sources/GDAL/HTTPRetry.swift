internal import CGDAL

/// When a request is made again, and how long to wait before that.
public struct HTTPRetry: Hashable, Sendable {
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

  /// As all of GDAL's requests: `GDAL_HTTP_MAX_RETRY` (4) further tries, `GDAL_HTTP_RETRY_DELAY` (1 s) before the
  /// first of them.
  public static var fromEnvironment: HTTPRetry {
    GDALLibrary.prepare()
    return HTTPRetry(
      tries: 1 + min(max(Int(option("GDAL_HTTP_MAX_RETRY") ?? "") ?? 4, 0), 100),
      delay: min(max(Double(option("GDAL_HTTP_RETRY_DELAY") ?? "") ?? 1, 0), 600))
  }

  /// Statuses that say "not now": a time-out, too many requests, and the server's own troubles.
  public static func isPassing(_ status: Int) -> Bool {
    [408, 425, 429].contains(status) || status >= 500 && status != 501 && status != 505
  }

  /// Seconds to wait before the next try; nil to give up.
  ///
  /// - Parameters:
  ///   - tried: how many tries there were.
  ///   - retryAfter: seconds the server asked for.
  ///   - random: 0..<1, which spreads the tries of many clients by half of the delay.
  func wait(after tried: Int, retryAfter: Double?, random: Double) -> Double? {
    guard tried < tries else { return nil }
    if let retryAfter {
      guard retryAfter <= longestRetryAfter else { return nil }
      return max(0, retryAfter) + delay * random / 2
    }
    var seconds = delay
    for _ in 1..<max(tried, 1) where seconds < longestDelay { seconds *= 2 }
    return min(seconds, longestDelay) * (0.75 + random / 2)
  }

  private static func option(_ name: String) -> String? {
    CPLGetConfigOption(name, nil).map { String(cString: $0) }
  }
}
