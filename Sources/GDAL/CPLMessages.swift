internal import CGDAL

/// What GDAL said while a call ran.
final class CPLMessages {
  /// Messages of class CE_Failure, in order.
  fileprivate(set) var failures: [String] = []
  /// Messages of class CE_Warning, in order.
  fileprivate(set) var warnings: [String] = []

  /// The failures as one line; nil when there were none.
  var failure: String? {
    guard let first = failures.first else { return nil }
    // libtiff's and GDAL's layers each report the same cause: say the first, and the last if it adds to it.
    guard let last = failures.last, last != first else { return first }
    return "\(first); \(last)"
  }
}

/// Runs a body that calls GDAL and collects what GDAL reports meanwhile, instead of printing it.
///
/// The handler stack belongs to the thread: the body is synchronous, so nothing can move it to another.
func collectingMessages<Result>(
  _ body: () -> Result
) -> (result: Result, messages: CPLMessages) {
  let messages = CPLMessages()
  CPLPushErrorHandlerEx(
    { errorClass, _, text in
      guard let data = CPLGetErrorHandlerUserData(), let text else { return }
      let messages = Unmanaged<CPLMessages>.fromOpaque(data).takeUnretainedValue()
      let line = String(cString: text)
      switch errorClass {
      case CE_Failure, CE_Fatal: messages.failures.append(line)
      case CE_Warning: messages.warnings.append(line)
      default: break  // CE_Debug, CE_None
      }
    },
    Unmanaged.passUnretained(messages).toOpaque()
  )
  let result = body()
  CPLPopErrorHandler()
  // The handler holds no reference of its own: the collector must outlive the pop.
  return withExtendedLifetime(messages) { (result, messages) }
}
