internal import CHDF5
import Synchronization

/// What HDF5 says about failures, instead of printing it.
///
/// HDF5 calls a handler at the end of every call that fails, with a stack of messages. netCDF-C clears that stack
/// while it tidies up, so the messages are taken when they are made.
enum HDF5Messages {
  // A mutex only because a C callback is on no actor; all of this happens on the thread of NetCDF.
  private static let collected = Mutex<[String]>([])

  /// At the end of the process HDF5 would try again to close what could not be closed (a full disk), and crash.
  ///
  /// Every file is closed before, so it has nothing to do then. Must come before HDF5's first use.
  private static let withoutExitHandler: Void = { _ = H5dont_atexit() }()

  /// Starts to listen, with nothing heard so far; netCDF-C may have put its own handler in between.
  @NetCDFThread
  static func begin() {
    withoutExitHandler
    collected.withLock { $0.removeAll() }
    _ = apus_H5Eset_auto(handler, nil)
  }

  /// What was heard since `begin()`, each message once.
  @NetCDFThread
  static func take() -> [String] {
    collected.withLock { messages in
      defer { messages.removeAll() }
      return messages
    }
  }

  private static func add(_ message: String) {
    collected.withLock { messages in
      if messages.count < 8, !messages.contains(message) { messages.append(message) }
    }
  }

  /// "file write failed, errno = 28" of HDF5's long message with time, names and addresses.
  private static func shortened(_ message: String) -> String {
    guard let end = message.firstRange(of: ": time = "), let code = message.firstRange(of: "errno = ") else {
      return message
    }
    return message[..<end.lowerBound] + ", " + message[code.lowerBound...].prefix { $0 != "," }
  }

  private static let handler: @convention(c) (hid_t, UnsafeMutableRawPointer?) -> herr_t = { stack, _ in
    H5Ewalk2(
      stack,
      H5E_WALK_UPWARD,
      { depth, entry, _ in
        // Entry 0 is the place where things went wrong; the others only pass it on.
        if depth == 0, let text = entry?.pointee.desc { HDF5Messages.add(shortened(String(cString: text))) }
        return 0
      },
      nil
    )
  }
}
