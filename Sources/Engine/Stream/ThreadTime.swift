internal import Glibc

/// The time that the calling thread has spent on a processor: what others do at the same moment does not count.
public enum ThreadTime {
  /// Seconds since the thread began.
  public static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Seconds that `body` takes of the calling thread.
  public static func of(_ body: () throws -> Void) rethrows -> Double {
    let start = seconds()
    try body()
    return seconds() - start
  }
}
