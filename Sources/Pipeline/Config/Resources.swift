/// What a run may use of the machine.
public struct Resources: Hashable, Sendable {
  /// How many threads compute; 0 for as many as there are cores.
  public var threads: Int
  /// The limit of resident memory in bytes, from `leastMemory` up.
  public var memory: Int
  public var chunk: ChunkSize
  /// Requests to servers that may be on their way at once; 0 for the usual number.
  public var connections: Int

  /// 256 MiB: what the libraries and a few chunks need.
  public static let leastMemory = 256 << 20
  /// 512 MiB.
  public static let defaultMemory = 512 << 20
  /// Requests on their way at once where the config does not say.
  public static let usualConnections = 64
  /// How many threads a run may have.
  public static let threadCounts = 0...1024
  /// The sides a chunk may have, in pixels.
  public static let chunkSides = 16...16384

  public init(
    threads: Int = 0, memory: Int = Resources.defaultMemory, chunk: ChunkSize = .auto, connections: Int = 0
  ) {
    self.threads = threads
    self.memory = memory
    self.chunk = chunk
    self.connections = connections
  }
}

/// The size of the pieces that a grid is worked on in.
public enum ChunkSize: Hashable, Sendable {
  /// Chosen from the sources' blocks and the memory limit.
  case auto
  /// Pixels.
  case size(width: Int, height: Int)
}

/// Reads and writes amounts of memory.
public enum MemorySize {
  /// The number of bytes that a text stands for: a number, then B, kB, MB, GB, TB (powers of 1000) or KiB,
  /// MiB, GiB, TiB (powers of 1024), in any case of letters, with or without a space; a lone K, M, G, T means
  /// KiB, MiB, ….
  ///
  /// - Returns: nil for anything else and for amounts that do not fit into an `Int`.
  public static func bytes(_ text: some StringProtocol) -> Int? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(String(digits)), digits.first != "." else { return nil }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
    let factor: Double? =
      switch unit {
      case "", "b": 1
      case "kb": 1e3
      case "mb": 1e6
      case "gb": 1e9
      case "tb": 1e12
      case "k", "kib": 1024
      case "m", "mib": 1_048_576
      case "g", "gib": 1_073_741_824
      case "t", "tib": 1_099_511_627_776
      default: nil
      }
    return factor.flatMap { Int(exactly: (number * $0).rounded()) }
  }

  /// The amount in the largest binary unit, with one decimal unless it is whole: "512 MiB", "1.5 GiB".
  public static func text(_ bytes: Int) -> String {
    for (shift, unit) in [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")] where bytes >= 1 << shift {
      let whole = bytes >> shift
      let tenths = ((bytes & ((1 << shift) - 1)) * 10) >> shift
      return tenths == 0 ? "\(whole) \(unit)" : "\(whole).\(tenths) \(unit)"
    }
    return "\(bytes) bytes"
  }
}
