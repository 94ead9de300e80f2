/// What the ids of Landsat, Sentinel-2 and MODIS scenes say, where properties do not.
struct NameParts {
  private(set) var platform: String?
  private(set) var tile: String?
  /// Sentinel-2's processing baseline: 5.0 for "N0500", as a number that can be compared.
  private(set) var baseline: Double?
  /// The version of a MODIS collection.
  private(set) var version: Double?
  /// Landsat's collection category: "T1", "T2", "RT".
  private(set) var tier: String?
  /// The day (and time) of processing, as digits.
  private(set) var processingDay: Double?

  init(_ id: String) {
    let parts = id.split(separator: "_").map(String.init)
    if parts.count >= 6, parts[0].count == 4, parts[0].hasPrefix("L"), Self.isDigits(parts[2], 6) {
      readLandsat(parts)
    } else if parts.count >= 5, parts[0].count == 3, parts[0].hasPrefix("S2") {
      readSentinel2(parts)
    } else {
      readModis(id.split(separator: ".").map(String.init))
    }
  }

  /// LC08_L2SP_233085_20210103_20210310_02_T1, in catalogues also without the day of processing.
  private mutating func readLandsat(_ parts: [String]) {
    platform = parts[0]
    tile = parts[2]
    tier = parts.last { ["T1", "T2", "RT"].contains($0) }
    if Self.isDigits(parts[4], 8) { processingDay = Double(parts[4]) }
  }

  /// S2B_MSIL2A_20210103T143729_N0214_R096_T19HCC_20210103T182512, in catalogues also without the baseline.
  private mutating func readSentinel2(_ parts: [String]) {
    guard parts[1].hasPrefix("MSI") else { return }
    platform = parts[0]
    for part in parts.dropFirst(2) {
      if part.count == 5, part.hasPrefix("N"), let number = Double(part.dropFirst()) {
        baseline = (number / 100).rounded(.down) * 1e6 + number.truncatingRemainder(dividingBy: 100) * 1e3
      } else if part.count == 6, part.hasPrefix("T"), Self.isDigits(part.dropFirst().prefix(2), 2) {
        tile = String(part.dropFirst())
      }
    }
  }

  /// MOD09GA.A2021003.h12v12.061.2021005034512
  private mutating func readModis(_ parts: [String]) {
    guard parts.count >= 5, parts[1].hasPrefix("A"), parts[2].count == 6, parts[2].hasPrefix("h"),
      Self.isDigits(parts[3], 3)
    else { return }
    platform = String(parts[0].prefix(3))
    tile = parts[2]
    // 6 and 61 (6.1) are written 006 and 061.
    version = Double(parts[3]).map { $0 >= 10 ? $0 / 10 : $0 }
    processingDay = Double(parts[4].prefix { $0.isNumber })
  }

  private static func isDigits(_ text: some StringProtocol, _ count: Int) -> Bool {
    text.utf8.count == count && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
