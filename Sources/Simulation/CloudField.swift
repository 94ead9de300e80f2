internal import Geo

/// The sky of one day: clouds, their dilated rims, their shadows and cirrus.
struct CloudField: Sendable {
  let clouds: ValueNoise
  let cirrus: ValueNoise
  /// Cloud where the field exceeds this.
  let cloudAbove: Int16
  /// Cloud or its rim where the field exceeds this.
  let rimAbove: Int16
  let cirrusAbove: Int16
  /// From a place on the ground to the place whose cloud shades it: the sun stands in the north-east.
  let shadowColumns: Int
  let shadowRows: Int

  /// - Parameters:
  ///   - fraction: the part of the area under cloud, 0...1.
  ///   - day: counted from the first of the archive.
  init(seed: UInt64, day: Int, fraction: Double, width: Int, height: Int) {
    let scale = Landscape.scale(width: width, height: height)
    let clouds = ValueNoise(key: PixelHash.key(seed: seed, .cloud, day), coarsest: scale, octaves: 4)
    let cirrus = ValueNoise(key: PixelHash.key(seed: seed, .cirrus, day), coarsest: scale, octaves: 2)
    self.clouds = clouds
    self.cirrus = cirrus
    let field = FieldQuantiles(width: width, height: height) {
      clouds.row($0, firstColumn: 0, count: width, into: $1)
    }
    cloudAbove = field.value(1 - fraction)
    rimAbove = fraction > 0 ? field.value(1 - fraction - 0.04) : Int16.max
    let isHazy = PixelHash.key(seed: seed, .cloudiness, -1 - day) % 3 == 0
    cirrusAbove =
      isHazy
      ? FieldQuantiles(width: width, height: height) {
        cirrus.row($0, firstColumn: 0, count: width, into: $1)
      }.value(0.85) : Int16.max
    let length = max(2, (1 << scale) / 8)
    shadowColumns = length / 2 + Int(PixelHash.key(seed: seed, .cloud, -1 - day) % UInt32(length))
    shadowRows = -(length / 2)
  }
}
