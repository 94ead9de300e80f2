public import Storage

/// A named colour map: colours from the lowest value to the highest, linear between its stops.
public enum ColourMap: String, CaseIterable, Hashable, Sendable {
  /// Dark blue to yellow, even to the eye and in print: amounts and counts (matplotlib).
  case viridis
  /// Red over yellow to green: vegetation (ColorBrewer).
  case redYellowGreen = "RdYlGn"
  /// Red over white to blue: differences from zero (ColorBrewer).
  case redBlue = "RdBu"
  /// Dark blue to white: albedo, snow and ice (cmocean).
  case ice
  /// Black to white: reflectance.
  case greys

  /// Its stops, at equal distances.
  public var stops: [PNGImage.Colour] { hexadecimals.map { PNGImage.Colour($0) } }

  /// The colour of a share from 0 to 1; shares beyond take the ends.
  public func colour(_ share: Double) -> PNGImage.Colour {
    let stops = stops
    let place = min(max(share, 0), 1) * Double(stops.count - 1)
    let first = min(Int(place), stops.count - 2)
    let part = place - Double(first)
    func mix(_ from: UInt8, _ to: UInt8) -> UInt8 {
      UInt8((Double(from) + part * (Double(to) - Double(from))).rounded())
    }
    let (low, high) = (stops[first], stops[first + 1])
    return PNGImage.Colour(mix(low.red, high.red), mix(low.green, high.green), mix(low.blue, high.blue))
  }

  private var hexadecimals: [UInt32] {
    switch self {
    case .viridis:
      [
        0x440154, 0x482878, 0x3E4A89, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6DCD59, 0xB4DE2C, 0xFDE725,
      ]
    case .redYellowGreen:
      [
        0xA50026, 0xD73027, 0xF46D43, 0xFDAE61, 0xFEE08B, 0xFFFFBF, 0xD9EF8B, 0xA6D96A, 0x66BD63, 0x1A9850,
        0x006837,
      ]
    case .redBlue:
      [
        0x67001F, 0xB2182B, 0xD6604D, 0xF4A582, 0xFDDBC7, 0xF7F7F7, 0xD1E5F0, 0x92C5DE, 0x4393C3, 0x2166AC,
        0x053061,
      ]
    case .ice:
      [
        0x030512, 0x191933, 0x2C2A57, 0x3A3C7D, 0x3E53A0, 0x3E6DB2, 0x4886BB, 0x599FC4, 0x72B8CD, 0x95CFD8,
        0xC0E5E8, 0xEAFCFD,
      ]
    case .greys: [0x000000, 0xFFFFFF]
    }
  }
}

extension PNGImage.Colour {
  /// - Parameter rgb: 0xRRGGBB.
  public init(_ rgb: UInt32) {
    self.init(
      UInt8(truncatingIfNeeded: rgb >> 16), UInt8(truncatingIfNeeded: rgb >> 8),
      UInt8(truncatingIfNeeded: rgb))
  }

  /// "#rrggbb".
  public var hexadecimal: String {
    "#"
      + [red, green, blue].map { part in
        let digits = String(part, radix: 16)
        return digits.count < 2 ? "0" + digits : digits
      }.joined()
  }
}
