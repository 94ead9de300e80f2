/// What a pixel shows of the ground.
enum Surface: Int, CaseIterable {
  case forest, crops, grass, bare, rock, water, snow

  /// Surface reflectance in full growth and out of season, in the order of `SimulatedBand`.
  fileprivate var reflectance: (green: [Double], dry: [Double]) {
    switch self {
    case .forest:
      ([0.030, 0.045, 0.025, 0.31, 0.13, 0.06], [0.034, 0.045, 0.028, 0.27, 0.13, 0.06])
    case .crops:
      ([0.035, 0.060, 0.030, 0.42, 0.18, 0.08], [0.160, 0.120, 0.090, 0.22, 0.28, 0.22])
    case .grass:
      ([0.060, 0.080, 0.045, 0.32, 0.22, 0.12], [0.140, 0.110, 0.080, 0.22, 0.29, 0.22])
    case .bare: same([0.180, 0.140, 0.100, 0.24, 0.31, 0.26])
    case .rock: same([0.140, 0.120, 0.110, 0.17, 0.20, 0.18])
    case .water: same([0.025, 0.040, 0.045, 0.012, 0.008, 0.006])
    case .snow: same([0.780, 0.800, 0.800, 0.70, 0.08, 0.07])
    }
  }

  private func same(_ values: [Double]) -> (green: [Double], dry: [Double]) { (values, values) }

  /// The day of the year on which the plants of a surface are greenest, in the southern hemisphere.
  fileprivate var greenestDay: Int { self == .grass ? 280 : 5 }
}

/// What lies between a pixel and the sensor.
enum Sky: Int, CaseIterable {
  case clear, cirrus, dilated, shadow, cloud
}

/// What a pixel is: surface and sky in one small number, an index of tables.
enum PixelKind {
  static let count = 8 * Sky.allCases.count

  static func code(_ surface: Surface, _ sky: Sky) -> Int { surface.rawValue + 8 * sky.rawValue }

  /// Landsat Collection 2 `QA_PIXEL` as the archive has it for each kind.
  static let quality: [UInt16] = table(filler: 1) { surface, sky in
    switch (sky, surface) {
    case (.cloud, _): 22_280
    case (.shadow, .water): 23_952
    case (.shadow, _): 23_888
    case (.dilated, .water): 21_890
    case (.dilated, _): 21_826
    case (.cirrus, .water): 54_724
    case (.cirrus, _): 54_596
    case (.clear, .water): 21_952
    case (.clear, .snow): 30_048
    case (.clear, _): 21_824
    }
  }

  /// The mean digital number of each kind in a band on a day of the year.
  static func levels(band: Int, dayOfYear: Int) -> [Int32] {
    table(filler: 0) { surface, sky in
      digitalNumber(reflectance(surface, sky, band: band, dayOfYear: dayOfYear))
    }
  }

  /// By how much texture changes the digital number of each kind, from its lowest to its highest.
  static func contrasts(band: Int, dayOfYear: Int) -> [Int32] {
    table(filler: 0) { surface, sky in
      let part = sky == .cloud ? 0.5 : surface == .water ? 0.1 : 0.3
      return Int32(reflectance(surface, sky, band: band, dayOfYear: dayOfYear) * part / 2.75e-5)
    }
  }

  private static func reflectance(_ surface: Surface, _ sky: Sky, band: Int, dayOfYear: Int) -> Double {
    let values = surface.reflectance
    let growth = growth(dayOfYear: dayOfYear, greenest: surface.greenestDay)
    let ground = values.green[band] * growth + values.dry[band] * (1 - growth)
    return switch sky {
    case .clear: ground
    case .cirrus: ground * 0.93 + 0.04
    case .dilated: ground * 0.85 + 0.10
    case .shadow: ground * 0.45 + 0.004
    case .cloud: [0.57, 0.55, 0.55, 0.60, 0.45, 0.35][band]
    }
  }

  /// 1 on the greenest day, 0 half a year away from it. Polynomials only: no mathematics library that could
  /// round differently elsewhere.
  private static func growth(dayOfYear: Int, greenest: Int) -> Double {
    let apart = abs(dayOfYear - greenest) % 365
    let part = Double(min(apart, 365 - apart)) / 183
    let bump = 1 - part * part
    return bump * bump
  }

  private static func digitalNumber(_ reflectance: Double) -> Int32 {
    Int32(((reflectance + 0.2) / 2.75e-5).rounded())
  }

  private static func table<Value>(filler: Value, _ value: (Surface, Sky) -> Value) -> [Value] {
    var values = [Value](repeating: filler, count: count)
    for sky in Sky.allCases {
      for surface in Surface.allCases { values[code(surface, sky)] = value(surface, sky) }
    }
    return values
  }
}
