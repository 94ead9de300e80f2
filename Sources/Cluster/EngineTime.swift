/// Time limits as configs have them, for engines that count in seconds.
enum EngineTime {
  /// "2:00:00", or seconds.
  ///
  /// - Throws: `ClusterError` for anything else.
  static func seconds(_ time: String) throws -> Int {
    let parts = time.split(separator: ":").map { Int($0) }
    guard (1...3).contains(parts.count),
      parts.allSatisfy({ $0.map { (0...1_000_000).contains($0) } ?? false })
    else {
      throw ClusterError("\"time\" is no time: write \"2:00:00\", or seconds", isConfigMistake: true)
    }
    return parts.reduce(0) { $0 * 60 + ($1 ?? 0) }
  }
}
