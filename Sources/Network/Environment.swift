internal import Glibc

/// The variables of this process's environment.
public enum Environment {
  /// A variable that is set to something; nil when it is not set, or empty.
  public static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }
}
