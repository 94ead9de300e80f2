import Glibc
internal import Network

/// Catalogue files on the local disk.
public struct LocalCatalogFiles: CatalogFiles {
  public let limits: CatalogLimits
  /// How long is waited for what comes out of a pipe, in milliseconds.
  private let pipePatience: Int

  /// - Parameters:
  ///   - limits: what documents may take.
  ///   - pipePatience: how long is waited for what comes out of a pipe, in milliseconds.
  public init(limits: CatalogLimits = CatalogLimits(), pipePatience: Int = 30_000) {
    self.limits = limits
    self.pipePatience = pipePatience
  }

  public func read(_ location: String, most: Int) async throws(CatalogError) -> [UInt8] {
    try checkIsLocal(location)
    // A pipe that nobody writes to is not waited for without end.
    let descriptor = open(location, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure("cannot open the file", location, errno) }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&state, 1, Int32(pipePatience)) != 0 else {
        throw CatalogError(
          location: location, message: "nothing came out of it within \(pipePatience / 1000) seconds",
          advice: "it is no regular file: name one")
      }
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count == 0 { return content }
      guard count > 0 else {
        let code = errno
        if code == EINTR || code == EAGAIN { continue }
        throw failure("cannot read the file", location, code)
      }
      content.append(contentsOf: buffer[..<count])
      guard content.count <= most else {
        throw limits.refusal(ofBytes: content.count, location: location)
      }
    }
  }

  public func list(_ location: String) async throws(CatalogError) -> [String]? {
    try checkIsLocal(location)
    guard let folder = opendir(location) else {
      let code = errno
      if code == ENOTDIR { return nil }
      throw failure("cannot open it", location, code)
    }
    defer { closedir(folder) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(folder) else {
        let code = errno
        guard code == 0 else { throw failure("cannot list the folder", location, code) }
        return names
      }
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
  }

  private func checkIsLocal(_ location: String) throws(CatalogError) {
    if let reference = RemoteReference.refusedReference(in: location) {
      throw CatalogError(
        location: reference, message: RemoteReference.refusalReason, advice: RemoteReference.refusalAdvice)
    }
    guard Href.scheme(of: location) == nil else {
      throw CatalogError(
        location: location,
        message: "this is no file on the local disk, and nothing here reads remote catalogues",
        advice: "download the catalogue and name its path"
      )
    }
  }

  private func failure(_ what: String, _ location: String, _ code: Int32) -> CatalogError {
    let advice: String? =
      switch code {
      case ENOENT: "check the path"
      case EACCES, EPERM: "check its permissions"
      case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
      default: nil
      }
    return CatalogError(
      location: location,
      message: "\(what): \(String(cString: strerror(code)))",
      advice: advice
    )
  }
}
