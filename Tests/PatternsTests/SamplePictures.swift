import Patterns
import TestSupport

/// Pictures that other programs have seen, too: results of theirs stand in the tests.
enum SamplePictures {
  /// Bands and blocks of different brightness with some noise, in whole numbers only.
  static func landscape(_ width: Int, _ height: Int) -> GreyImage {
    let samples = (0..<(width * height)).map { place -> UInt8 in
      let (x, y) = (place % width, place / width)
      let bands = (x * 5 + y * 3) % 97 * 40 / 97
      let blocks = (x / 7 + y / 5) % 4 * 9
      let noise = (x * x * 31 + y * y * 17 + x * y * 7) % 13
      return UInt8(100 + bands + blocks + noise)
    }
    return GreyImage(width: width, height: height, samples: samples)
  }

  /// White where the generator says so.
  static func noise(_ width: Int, _ height: Int, share: Double, seed: UInt64) -> GreyImage {
    var generator = SeededGenerator(seed: seed)
    let samples = (0..<(width * height)).map { _ -> UInt8 in
      Double.random(in: 0..<1, using: &generator) < share ? 255 : 0
    }
    return GreyImage(width: width, height: height, samples: samples)
  }

  static func white(_ width: Int, _ height: Int) -> GreyImage {
    GreyImage(width: width, height: height, samples: [UInt8](repeating: 255, count: width * height))
  }

  /// White for each "#" in rows of text.
  static func drawn(_ rows: String...) -> GreyImage {
    GreyImage(
      width: rows[0].count, height: rows.count, samples: rows.joined().map { $0 == "#" ? 255 : 0 })
  }
}
