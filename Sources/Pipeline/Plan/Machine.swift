internal import CMemory
import Glibc

/// What the machine offers.
enum Machine {
  /// The processors that are on.
  static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

extension Machine {
  /// Gives memory that was freed back to the system, which the allocator would keep for what comes next.
  static func giveBackFreedMemory() { apus_give_back_freed_memory() }

  /// The largest resident memory this process has had, in bytes.
  static var peakMemory: Int {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return usage.ru_maxrss * 1024
  }
}
