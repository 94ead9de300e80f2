internal import ArgumentParser
internal import Glibc
internal import Pipeline

/// The limit on the process's address space, which `ulimit -v` and many batch systems set.
///
/// Address space is not memory: libraries, stacks of threads and the allocator's arenas reserve far more than is ever
/// used. Where a reservation fails, libraries end the process with a signal; so too small a limit is refused before
/// any of them is set up.
enum AddressSpace {
  /// What a process reserves whatever it does: code and libraries, threads with their stacks and arenas.
  static let fixedNeed = 640 << 20
  /// What the allocator reserves besides when several threads work: sixteen heaps of 64 MiB at most, of which little is
  /// used.
  static let heaps = 1 << 30
  /// A thread's stack with its guard, and what libraries keep for each.
  static let perThread = 9 << 20

  /// The limit in bytes; nil for none.
  static var limit: Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return nil }
    return Int(exactly: limit.rlim_cur)
  }

  /// The most threads that a run computes with: those that wait for servers are up to sixteen.
  static func threads(_ resources: Resources) -> Int {
    max(resources.threads > 0 ? resources.threads : Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 16)
  }

  /// Why a limit is too small; nil when it is large enough.
  ///
  /// - Parameters:
  ///   - limit: in bytes; nil for none.
  ///   - memory: what a run may take besides, in bytes; 0 for other commands.
  ///   - threads: that compute in a run.
  static func mistake(limit: Int?, memory: Int = 0, threads: Int = 0) -> String? {
    let need = memory > 0 ? heaps + min(memory, 1 << 50) + min(threads, 1 << 20) * perThread : fixedNeed
    guard let limit, limit < need else { return nil }
    let besides = memory > 0 ? ", \(MemorySize.text(memory)) of it for the run's \"memory\"" : ""
    return
      "the address space of this process is limited to \(limit >> 10) KiB (ulimit -v, or a batch system's limit), "
      + "and \((need + 1023) >> 10) KiB are needed\(besides): allow that with \"ulimit -v \((need + 1023) >> 10)\", or "
      + "set no such limit and have \"memory\" bound what is used"
  }

  /// Refuses to go on under a limit that is too small.
  ///
  /// - Throws: `ExitStatus.usage`, after a message.
  static func check(memory: Int = 0, threads: Int = 0) throws {
    guard let mistake = mistake(limit: limit, memory: memory, threads: threads) else { return }
    Console.message("apus: \(mistake)")
    throw ExitStatus.usage
  }
}

extension Apus {
  /// Ends the process with a message and status 64 when its address space is too small for any command.
  ///
  /// Call it first in `main`, before libraries are set up and threads are started.
  public static func checkAddressSpace() {
    do { try AddressSpace.check() } catch { exit(withError: error) }
  }
}
