/// The pixels of one simulated granule: where they are, what they measured, and what is wrong with them.
struct SwathPixels {
  private(set) var longitudes: [Float] = []
  private(set) var latitudes: [Float] = []
  /// `SwathArchive.fill` on land and under clouds.
  private(set) var chlorophyll: [Float] = []
  private(set) var flags: [Int32] = []

  /// The names of the 32 bits; those called SPARE mean nothing.
  static let flagNames =
    ("ATMFAIL LAND PRODWARN HIGLINT HILT HISATZEN COASTZ SPARE STRAYLIGHT CLDICE COCCOLITH TURBIDW HISOLZEN SPARE LOWLW "
    + "CHLFAIL NAVWARN ABSAER SPARE MAXAERITER MODGLINT CHLWARN ATMWARN SPARE SEAICE NAVFAIL FILTER SPARE BOWTIEDEL "
    + "HIPOL PRODFAIL SPARE").split(separator: " ").map(String.init)

  private static func bit(_ name: String) -> Int32 {
    flagNames.firstIndex(of: name).map { Int32(bitPattern: 1 << UInt32($0)) } ?? 0
  }

  /// - Parameters:
  ///   - cloud, grain: keys of chance.
  init(_ orbit: SwathOrbit, day: Double, cloud: UInt32, grain: UInt32) {
    let (land, clouds, stray, glint) = (
      Self.bit("LAND"), Self.bit("CLDICE"), Self.bit("STRAYLIGHT"), Self.bit("HIGLINT")
    )
    let (zenith, doubtful) = (Self.bit("HISATZEN"), Self.bit("CHLWARN"))
    let noise = ValueNoise(key: cloud, coarsest: 6, octaves: 4)
    var cover = [Int16](repeating: 0, count: orbit.columns)
    for line in 0..<orbit.lines {
      let places = orbit.line(line)
      cover.withUnsafeMutableBufferPointer { cover in
        if let row = cover.baseAddress { noise.row(line, firstColumn: 0, count: cover.count, into: row) }
      }
      for column in 0..<orbit.columns {
        let (longitude, latitude) = (Float(places.longitudes[column]), Float(places.latitudes[column]))
        longitudes.append(longitude)
        latitudes.append(latitude)
        var own: Int32 = 0
        if SwathTruth.isLand(longitude: Double(longitude), latitude: Double(latitude)) { own |= land }
        if cover[column] > 18_500 { own |= clouds } else if cover[column] > 17_500 { own |= stray }
        let share = Double(column) / Double(orbit.columns)
        if abs(share - 0.55) < 0.05 { own |= glint }
        if share < 0.06 || share > 0.94 { own |= zenith }
        let chance = PixelHash.mix(grain, UInt32(truncatingIfNeeded: line * orbit.columns + column))
        if chance % 2000 == 0 { own |= doubtful }
        flags.append(own)
        chlorophyll.append(
          value(
            SwathTruth.chlorophyll(longitude: Double(longitude), latitude: Double(latitude), day: day),
            isHidden: own & (land | clouds) != 0, isStray: own & stray != 0, isGlint: own & glint != 0,
            isDoubtful: own & doubtful != 0))
      }
    }
  }

  private func value(
    _ truth: Double, isHidden: Bool, isStray: Bool, isGlint: Bool, isDoubtful: Bool
  ) -> Float {
    if isHidden { return SwathArchive.fill }
    // Beyond what the file calls valid.
    if isDoubtful { return 150 }
    return Float(truth * (isStray ? 1.5 : 1) * (isGlint ? 3 : 1))
  }
}
