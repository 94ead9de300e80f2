internal import Geo
internal import Glibc

/// What is on the ice, pixel by pixel: its height and slope, and on each date its surface and the clouds over it.
struct IceWorld: Sendable {
  /// What one row of pixels is on one date.
  struct Row {
    var surface: [IceSpectra.Surface?]
    var entry: [IceSpectra.Entry?]
    /// Percent.
    var cloud: [UInt8]
    var isIce: [Bool]
    /// Whether the satellite saw it.
    var isSeen: [Bool]
  }

  /// Metres.
  static let pixel = 20.0
  let width: Int
  let height: Int
  private let seed: UInt64
  private let ice: ValueNoise
  private let density: ValueNoise
  private let rock: Int16
  /// By surface, in the order of rising values of the cover field: where each ends.
  private let ends: [(surface: IceSpectra.Surface, below: Int16)]

  init(seed: UInt64, width: Int, height: Int) {
    (self.seed, self.width, self.height) = (seed, width, height)
    let scale = max(4, min(10, Int(log2(Double(max(width, height)))) - 1))
    let ice = ValueNoise(key: PixelHash.key(seed: seed, .lake), coarsest: scale, octaves: 2)
    self.ice = ice
    density = ValueNoise(key: PixelHash.key(seed: seed, .texture), coarsest: scale - 1, octaves: 2)
    rock = FieldQuantiles(width: width, height: height) {
      ice.row($0, firstColumn: 0, count: width, into: $1)
    }.value(0.1)
    let cover = IceWorld.cover(seed, 0, scale)
    let covers = FieldQuantiles(width: width, height: height) {
      cover.row($0, firstColumn: 0, count: width, into: $1)
    }
    let shares: [(IceSpectra.Surface, Double)] = [
      (.snow, 0.15), (.cleanIce, 0.45), (.lightAlgae, 0.70), (.heavyAlgae, 0.85), (.cryoconite, 0.92),
      (.water, 1),
    ]
    ends = shares.map { ($0, covers.value($1)) }
  }

  private static func cover(_ seed: UInt64, _ date: Int, _ scale: Int) -> ValueNoise {
    ValueNoise(key: PixelHash.key(seed: seed, .cover, date), coarsest: scale, octaves: 4)
  }

  /// The fields that a date has of its own.
  struct Day {
    fileprivate let cover: ValueNoise
    fileprivate let cloud: ValueNoise
    fileprivate let key: UInt32
  }

  func day(_ date: Int) -> Day {
    let scale = max(4, min(10, Int(log2(Double(max(width, height)))) - 1))
    return Day(
      cover: IceWorld.cover(seed, date, scale),
      cloud: ValueNoise(key: PixelHash.key(seed: seed, .cloud, date), coarsest: scale, octaves: 3),
      key: PixelHash.key(seed: seed, .grain, date))
  }

  /// Metres above the sea, and slope (degrees) and aspect (degrees of a compass, downwards): a plane that rises to the
  /// east with waves on it, so that slope and aspect are exact.
  func ground(row: Int, column: Int) -> (elevation: Double, slope: Double, aspect: Double) {
    let (x, y) = (Double(column) * IceWorld.pixel, -Double(row) * IceWorld.pixel)
    let (kx, ky) = (2 * Double.pi / 1_900, 2 * Double.pi / 2_600)
    let elevation = 700 + 0.008 * x + 25 * sin(kx * x) * cos(ky * y)
    let east = 0.008 + 25 * kx * cos(kx * x) * cos(ky * y)
    let north = -25 * ky * sin(kx * x) * sin(ky * y)
    let aspect = atan2(-east, -north) * 180 / .pi
    return (elevation, atan(hypot(east, north)) * 180 / .pi, aspect < 0 ? aspect + 360 : aspect)
  }

  func row(_ row: Int, of day: Day) -> Row {
    func field(_ noise: ValueNoise) -> [Int16] {
      [Int16](unsafeUninitializedCapacity: width) { values, count in
        if let start = values.baseAddress { noise.row(row, firstColumn: 0, count: width, into: start) }
        count = width
      }
    }
    let (covers, clouds, ices, densities) = (
      field(day.cover), field(day.cloud), field(ice), field(density)
    )
    var result = Row(surface: [], entry: [], cloud: [], isIce: [], isSeen: [])
    let corner = min(width, height) / 8
    for column in 0..<width {
      let surface = ends.first { covers[column] < $0.below }?.surface ?? .water
      var entry: IceSpectra.Entry?
      let chance = PixelHash.mix(PixelHash.mix(day.key, UInt32(row)), UInt32(column))
      switch surface {
      case .cleanIce: entry = IceSpectra.Entry()
      case .lightAlgae: entry = IceSpectra.Entry(algae: 1 + Int(chance >> 8 & 1))
      case .heavyAlgae: entry = IceSpectra.Entry(algae: 3 + Int(chance >> 8 & 1))
      case .snow, .water, .cryoconite: break
      }
      entry?.density = Int(densities[column]) * 3 / 32_768
      entry?.dust = Int(chance >> 9 & 1)
      result.surface.append(surface)
      result.entry.append(entry)
      // Most of the sky is clear; 20 % and more is called cloud.
      result.cloud.append(UInt8(max(0, min(100, (Int(clouds[column]) - 20_000) / 120))))
      result.isIce.append(ices[column] >= rock)
      result.isSeen.append(row + column >= corner)
    }
    return result
  }

  /// The stored number of a band at a pixel: 10,000 times the reflectance, with a grain of 1 % where it is no entry of
  /// the table.
  func stored(_ row: Row, column: Int, line: Int, band: Int, of day: Day, offset: Int) -> UInt16 {
    guard row.isSeen[column], let surface = row.surface[column] else { return 0 }
    var reflectance = row.entry[column].map { IceSpectra.reflectance($0, band: band) } ?? 0
    if let plain = IceSpectra.reflectance(surface, band: band) {
      let chance = PixelHash.mix(PixelHash.mix(day.key &+ UInt32(band), UInt32(line)), UInt32(column))
      reflectance = plain * (1 + 0.02 * (Double(chance >> 16) / 65_536 - 0.5))
    }
    return UInt16(max(1, (reflectance * 10_000).rounded() - Double(offset)))
  }
}
