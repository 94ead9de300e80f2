internal import Geo

/// What stays in place on the ground: land cover, elevation, lakes and the fine texture of the surface.
struct Landscape: Sendable {
  let cover: ValueNoise
  let lake: ValueNoise
  let texture: ValueNoise
  private let relief: ValueNoise
  /// The only cover there is, where a dryland is asked for: shrubs in patterns on flat bare ground.
  private let pattern: PatternCover?
  /// The rise of the land from west to east, towards the Andes: half of the elevation.
  private let slope: [Int16]

  /// Land cover below each value: forest, crops, grass; bare above the last.
  let forestBelow: Int16
  let cropsBelow: Int16
  let grassBelow: Int16
  /// Rock above this elevation.
  let treeLine: Int16
  /// Lakes where the lake field exceeds this.
  let shore: Int16
  /// Snow above this elevation, in deep winter and at its ends.
  let winterSnowLine: Int16
  let edgeSnowLine: Int16

  init(seed: UInt64, width: Int, height: Int, pattern kind: DrylandPattern.Kind? = nil) {
    pattern = kind.map { PatternCover($0, seed: seed) }
    let scale = Landscape.scale(width: width, height: height)
    let cover = ValueNoise(key: PixelHash.key(seed: seed, .cover), coarsest: scale - 1, octaves: 3)
    let lake = ValueNoise(key: PixelHash.key(seed: seed, .lake), coarsest: scale - 1, octaves: 2)
    let relief = ValueNoise(key: PixelHash.key(seed: seed, .elevation), coarsest: scale, octaves: 3)
    let slope = (0..<width).map { Int16($0 * 16_383 / width) }
    self.cover = cover
    self.lake = lake
    self.relief = relief
    self.slope = slope
    texture = ValueNoise(key: PixelHash.key(seed: seed, .texture), coarsest: 4, octaves: 2)

    let covers = FieldQuantiles(width: width, height: height) {
      cover.row($0, firstColumn: 0, count: width, into: $1)
    }
    forestBelow = covers.value(0.35)
    cropsBelow = covers.value(0.65)
    grassBelow = covers.value(0.88)
    guard kind == nil else {
      // No lakes, no rock, no snow.
      (shore, treeLine, winterSnowLine, edgeSnowLine) = (.max, .max, .max, .max)
      return
    }
    shore = FieldQuantiles(width: width, height: height) {
      lake.row($0, firstColumn: 0, count: width, into: $1)
    }.value(0.96)
    let elevations = FieldQuantiles(width: width, height: height) {
      Landscape.elevation(relief, slope, row: $0, firstColumn: 0, count: width, into: $1)
    }
    treeLine = elevations.value(0.92)
    winterSnowLine = elevations.value(0.80)
    edgeSnowLine = elevations.value(0.93)
  }

  /// Land cover over part of a row, to be compared with the limits of covers.
  func cover(row: Int, firstColumn: Int, count: Int, into output: UnsafeMutablePointer<Int16>) {
    guard let pattern else {
      return cover.row(row, firstColumn: firstColumn, count: count, into: output)
    }
    pattern.row(
      row, firstColumn: firstColumn, count: count, plants: .min, bare: .max, into: output)
  }

  /// Elevation over part of a row, 0..<32768.
  func elevation(row: Int, firstColumn: Int, count: Int, into output: UnsafeMutablePointer<Int16>) {
    Landscape.elevation(
      relief,
      slope,
      row: row,
      firstColumn: firstColumn,
      count: count,
      into: output
    )
  }

  private static func elevation(
    _ relief: ValueNoise,
    _ slope: [Int16],
    row: Int,
    firstColumn: Int,
    count: Int,
    into output: UnsafeMutablePointer<Int16>
  ) {
    relief.row(row, firstColumn: firstColumn, count: count, into: output)
    slope.withUnsafeBufferPointer { slope in
      for place in 0..<count { output[place] = (output[place] >> 1) &+ slope[firstColumn + place] }
    }
  }

  /// The elevation above which snow lies in a month of the southern year; nothing exceeds it in summer.
  func snowLine(month: Int) -> Int16 {
    switch month {
    case 6, 7, 8: winterSnowLine
    case 5, 9: edgeSnowLine
    default: Int16.max
    }
  }

  /// Base-2 logarithm of the widest features: an eighth of the area's shorter side, 15 km at most.
  static func scale(width: Int, height: Int) -> Int {
    let side = min(width, height)
    return min(9, max(3, Int.bitWidth - 1 - side.leadingZeroBitCount - 3))
  }
}
