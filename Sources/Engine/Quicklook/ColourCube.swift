public import Storage

/// The colours of pictures that may have no more than 256 in all, such as an animation's: six steps of red, seven of
/// green and six of blue, and one that is transparent.
///
/// What lies between two steps becomes a pattern of both that depends on the place of the pixel alone, so that places
/// which stay the same do not flicker from one picture to the next (ordered dithering; Bayer 1973).
public enum ColourCube {
  private static let steps = [6, 7, 6]

  /// The transparent colour first.
  public static let palette: [PNGImage.Colour] =
    [PNGImage.Colour(0, 0, 0, alpha: 0)]
    + (0..<(steps[0] * steps[1] * steps[2])).map { place in
      let levels = [place / (steps[1] * steps[2]), place / steps[2] % steps[1], place % steps[2]]
      let parts = zip(levels, steps).map { UInt8((Double(255 * $0) / Double($1 - 1)).rounded()) }
      return PNGImage.Colour(parts[0], parts[1], parts[2])
    }

  /// The thresholds of eight by eight pixels, each once, from 0 to 63: Bayer's matrix.
  private static let thresholds: [Int] = (0..<64).map { place in
    let (row, column) = (place / 8, place % 8)
    return (0..<3).reduce(0) { sum, bit in
      let (r, c) = (row >> bit & 1, column >> bit & 1)
      return sum + ((r ^ c) << 1 | r) << (2 * (2 - bit))
    }
  }

  /// Places in the palette of the pixels of a picture, row by row.
  public static func indices(_ picture: ColourPicture) -> [UInt8] {
    var indices = [UInt8](repeating: 0, count: picture.width * picture.height)
    for row in 0..<picture.height {
      for column in 0..<picture.width {
        let pixel = row * picture.width + column
        guard picture.samples[4 * pixel + 3] > 127 else { continue }
        let threshold = (2 * thresholds[row % 8 * 8 + column % 8] + 1) * 255
        var place = 0
        for (part, count) in steps.enumerated() {
          // In 128ths of a step, so that a colour of the palette stays what it is.
          let level = (Int(picture.samples[4 * pixel + part]) * (count - 1) * 128 + threshold) / (255 * 128)
          place = place * count + min(level, count - 1)
        }
        indices[pixel] = UInt8(place + 1)
      }
    }
    return indices
  }
}
