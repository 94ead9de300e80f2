import Engine
import Storage

/// Draws a picture of made-up values, to tell how fast this machine draws.
enum PictureTrial {
  /// Seconds of a picture of the largest size.
  static func seconds() -> Double {
    let side = QuicklookSamples.side / 2
    var state: UInt64 = 1
    let values = (0..<(side * side)).map { place -> Float in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let noise = Float(state >> 40) / Float(1 << 24)
      // Fields and gaps, with noise in them.
      let field = place / side / 24 &* 7 &+ place % side / 24
      return field % 9 == 0 ? .nan : Float(field % 8) / 8 + 0.15 * noise
    }
    let spent = ThreadTime.of {
      let picture = LegendPicture(
        width: side, height: side, values: values, scale: .ramp(.viridis, 0...1.2), title: "", units: "",
        metresPerPixel: nil
      ).picture
      _ = try? picture.encoded()
    }
    return 4 * spent
  }
}
