internal import Raster

/// One reason for rejecting a pixel.
enum QualityRule: Hashable, Sendable {
  /// Any of these bits is set.
  case anyOf(UInt16)
  /// One of these bits is not set.
  case notAllOf(UInt16)
  /// The bits under the mask have one of these values.
  case values(Set<UInt16>, mask: UInt16)

  func rejects(_ value: UInt16) -> Bool {
    switch self {
    case .anyOf(let bits): value & bits != 0
    case .notAllOf(let bits): value & bits != bits
    case .values(let values, let mask): values.contains(value & mask)
    }
  }

  /// The test that rejects what any of the rules rejects: one AND a pixel where that is enough, else a table.
  static func test(_ rules: [QualityRule]) -> QualityTest {
    var any: UInt16 = 0
    var all: UInt16 = 0
    var hasOthers = false
    for rule in rules {
      switch rule {
      case .anyOf(let bits): any |= bits
      case .notAllOf(let bits): all |= bits
      case .values: hasOthers = true
      }
    }
    if !hasOthers && all == 0 { return QualityTest(anyOf: any) }
    if !hasOthers && any == 0 { return QualityTest(notAllOf: all) }
    return QualityTest { value in rules.contains { $0.rejects(value) } }
  }
}
