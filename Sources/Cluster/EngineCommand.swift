internal import Network
internal import Storage
internal import Subprocess
internal import SystemPackage

/// A program of a cluster's engine, run to its end.
enum EngineCommand {
  /// What it wrote, and how it ended.
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  /// - Throws: `ClusterError` when there is no such program on the PATH.
  static func run(_ name: String, _ arguments: [String], input: String = "") async throws -> Result {
    // A file, not a pipe: a program that ends without reading its input breaks a pipe.
    let path = LocalFiles.temporaryPath(for: "\(try LocalFiles.makeTemporaryDirectory())/input")
    defer { _ = try? LocalFiles.removeTree(LocalFiles.parent(of: path)) }
    try LocalFiles.writeAtomically(path, text: input)
    let file = try FileDescriptor.open(FilePath(path), .readOnly)
    do {
      let outcome = try await Subprocess.run(
        .name(name), arguments: Arguments(arguments),
        input: .fileDescriptor(file, closeAfterSpawningProcess: true),
        output: .string(limit: 64 << 20), error: .string(limit: 1 << 20))
      let status: Int32 =
        switch outcome.terminationStatus {
        case .exited(let code): code
        case .signaled(let signal): -signal
        }
      return Result(
        status: status, output: outcome.standardOutput, errors: outcome.standardError)
    } catch let error as SubprocessError {
      throw ClusterError(
        "\(name) cannot be run (\(error)): is this a machine of the cluster, with its commands on the PATH?",
        isConfigMistake: true)
    }
  }
}

/// Why jobs could not be submitted, asked about or cancelled.
public struct ClusterError: Error, CustomStringConvertible, Sendable {
  public let description: String
  /// Whether the config or the command has to change.
  public let isConfigMistake: Bool
  /// Whether it may be otherwise in a while.
  public let isTemporary: Bool
  /// The answer of a server; nil where there was none.
  let status: Int?

  /// What a server answered, or that it did not.
  ///
  /// - Parameters:
  ///   - server: what it is, for the message.
  ///   - mistakes: answers that mean that the config or the environment is wrong.
  ///   - advice: what to do, for the end of the message.
  init(_ server: String, _ error: NetworkError, mistakes: Set<Int>, advice: String = "") {
    let status = error.status
    let text = "\(server): \(error)\(advice)"
    guard let status else {
      self.init(text, isTemporary: true)
      return
    }
    let isMistake = mistakes.contains(status)
    let isPassing = status >= 500 || status == 408 || status == 429
    self.init(text, status: status, isConfigMistake: isMistake, isTemporary: isPassing && !isMistake)
  }

  init(_ description: String, status: Int? = nil, isConfigMistake: Bool = false, isTemporary: Bool = false) {
    (self.description, self.status) = (description, status)
    (self.isConfigMistake, self.isTemporary) = (isConfigMistake, isTemporary)
  }
}
