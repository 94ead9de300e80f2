/// Integer hashing: the only source of chance in the simulator, the same on every machine.
enum PixelHash {
  /// Mixes two words into one whose every bit depends on every bit of both.
  @inline(__always)
  static func mix(_ a: UInt32, _ b: UInt32) -> UInt32 {
    var x = a &+ b &* 0x9E37_79B1
    x ^= x >> 16
    x = x &* 0x7FEB_352D
    x ^= x >> 15
    x = x &* 0x846C_A68B
    return x ^ (x >> 16)
  }

  /// A key for one purpose, drawn from the seed.
  static func key(seed: UInt64, _ purpose: Purpose, _ number: Int = 0) -> UInt32 {
    let low = mix(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    return mix(mix(low, purpose.rawValue), UInt32(truncatingIfNeeded: number))
  }

  /// What a key is for: fields must not resemble each other.
  enum Purpose: UInt32 {
    case cover = 1
    case elevation, lake, texture, cloud, cirrus, grain, cloudiness, footprint, time
  }
}
