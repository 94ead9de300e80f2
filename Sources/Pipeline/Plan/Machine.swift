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

  /// Runs work that makes and frees large buffers on ever new threads, without the allocator keeping them.
  ///
  /// Each thread has a heap of its own, and what is freed in one is not used by the others: GDAL's threads and blocks
  /// would add up file by file. Meanwhile buffers from 256 KiB up come from the system and go back to it one by one.
  /// One such work at a time.
  static func givingBackBuffers<Result>(_ body: () async throws -> Result) async rethrows -> Result {
    giveBackFreedMemory()
    apus_map_buffers_from(256 << 10)
    // Where the allocator arrives by itself in a process that frees large buffers: taking those of cells from the
    // system each time costs more than to keep them.
    defer { apus_map_buffers_from(32 << 20) }
    return try await body()
  }

  /// The resident memory of this process now, in bytes; 0 where nobody tells.
  static var residentMemory: Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let words = line.prefix { $0 != 0 }.split(separator: CChar(UInt8(ascii: " ")))
    guard words.count > 1 else { return 0 }
    let pages = words[1].reduce(0) { $0 * 10 + Int($1) - 48 }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }

  /// The largest resident memory this process has had, in bytes.
  static var peakMemory: Int {
    // What `getrusage` tells counts the process that started this one, too.
    if let file = fopen("/proc/self/status", "r") {
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 512)
      while fgets(&line, Int32(line.count), file) != nil {
        let words = line.prefix { $0 != 0 }.map { Character(UnicodeScalar(UInt8(bitPattern: $0))) }
          .split { $0 == " " || $0 == "\t" }
        if words.count > 1, String(words[0]) == "VmHWM:", let size = Int(String(words[1])) {
          return size * 1024
        }
      }
    }
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return usage.ru_maxrss * 1024
  }
}
