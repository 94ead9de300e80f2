import Glibc
import Storage

/// A NetCDF file that could not be written or read: what failed, where in the file, why, and what to do.
public struct NetCDFError: Error, Hashable, Sendable {
  /// What was being done, as it follows "cannot": "write chunk 0,2,1".
  public let action: String
  /// The file; empty when its definition was still being made.
  public let path: String
  public let variable: String?
  public let attribute: String?
  /// The netCDF status code, or 0 when the fault was found by HDF5 or by Apus.
  public let status: Int32
  /// The reason in words.
  public let reason: String
  /// What HDF5 says about it, the innermost cause first.
  public let causes: [String]
  /// What to do about it; empty when there is nothing to advise.
  public let advice: String

  /// The system's error number (`errno`), when it was the system that failed.
  public let systemCode: Int32?

  init(
    _ action: String,
    path: String,
    variable: String? = nil,
    attribute: String? = nil,
    status: Int32 = 0,
    reason: String,
    causes: [String] = [],
    systemCode: Int32? = nil,
    advice: String? = nil
  ) {
    self.action = action
    self.path = path
    self.variable = variable
    self.attribute = attribute
    self.status = status
    self.reason = reason
    self.causes = causes
    let code = systemCode ?? causes.lazy.compactMap(NetCDFError.systemCode).first
    self.systemCode = code
    // The same words as for any other file.
    self.advice = advice ?? code.map { StorageError(.write, path: path, errno: $0).advice } ?? ""
  }

  /// Whether there was no room for more data.
  public var isOutOfSpace: Bool { systemCode.map { [ENOSPC, EDQUOT, EFBIG].contains($0) } ?? false }

  /// HDF5 writes "errno = 28, error message = '…'" into its messages.
  private static func systemCode(_ cause: String) -> Int32? {
    let words = cause.split { " ,".contains($0) }
    guard let place = words.firstIndex(of: "errno"), words.count > place + 2, words[place + 1] == "=" else {
      return nil
    }
    return Int32(words[place + 2])
  }
}

extension NetCDFError: CustomStringConvertible {
  /// `"out/a.nc", variable "ndvi": cannot write chunk 0,2,1: No space left on device; … (make room there …)`.
  public var description: String {
    let places = [
      path.isEmpty ? nil : "\"\(path)\"", variable.map { "variable \"\($0)\"" },
      attribute.map { "attribute \"\($0)\"" },
    ]
    var text = places.compactMap { $0 }.joined(separator: ", ")
    text += (text.isEmpty ? "" : ": ") + "cannot \(action): "
    if let systemCode, let system = strerror(systemCode) { text += String(cString: system) + "; " }
    text += reason
    if !causes.isEmpty { text += " [" + causes.prefix(3).joined(separator: "; ") + "]" }
    return text + (advice.isEmpty ? "" : " (\(advice))")
  }
}
