/// One reason for rejecting a pixel of a quality layer.
public enum QualityRule: Hashable, Sendable {
  /// Any of these bits is set.
  case anyOf(UInt32)
  /// One of these bits is not set.
  case notAllOf(UInt32)
  /// The bits under the mask have one of these values.
  case values(Set<UInt32>, mask: UInt32)
  /// The bits under the mask have none of these values.
  case notValues(Set<UInt32>, mask: UInt32)

  /// Whether a pixel with this value is rejected.
  public func rejects(_ value: UInt32) -> Bool {
    switch self {
    case .anyOf(let bits): value & bits != 0
    case .notAllOf(let bits): value & bits != bits
    case .values(let values, let mask): values.contains(value & mask)
    case .notValues(let values, let mask): !values.contains(value & mask)
    }
  }
}
