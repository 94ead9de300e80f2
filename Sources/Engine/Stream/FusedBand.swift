internal import Raster

/// A band that somebody reads while scenes are fused, and what is held of it.
final class FusedBand {
  /// Its index among the program's bands.
  let index: Int
  /// The score above which it is to be seen.
  let needed: UInt8
  let isQuality: Bool
  /// Whether the present scene has the same raster under the name of a band before, too.
  var isRepeated = false
  /// What the present scene gives: Float, NaN where it has nothing; anything at all where nobody looks.
  let scene = SamplePlane()
  /// How its numbers become physical values.
  var scale: (scale: Double, offset: Double) = (1, 0)
  let sums = SamplePlane()
  let counts = SamplePlane()

  init(index: Int, masks: Int, isQuality: Bool) {
    self.index = index
    // What is read after n masks is seen from the score n + 1 on.
    needed = UInt8(truncatingIfNeeded: masks)
    self.isQuality = isQuality
  }

  /// Brings the present scene's numbers and what was chosen so far into one scale.
  func agree(with target: LoadedBand, isPhysical: Bool) {
    if target.format.scale == 0 {
      target.format = BandFormat(
        type: .float32, nodata: .nan, scale: isPhysical ? 1 : scale.scale,
        offset: isPhysical ? 0 : scale.offset)
    }
    let present = (scale: target.format.scale, offset: target.format.offset)
    if present == scale { return }
    if present != (1, 0) {
      // Files of one date turn out to store their numbers differently, which nobody had said before.
      FusedBand.scale(target.plane, by: present)
      target.format = BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)
    }
    FusedBand.scale(scene, by: scale)
  }

  private static func scale(_ plane: SamplePlane, by scale: (scale: Double, offset: Double)) {
    let samples = plane.samples(as: Float.self)
    var values = samples.mutableSpan
    LoadSamples.scale(
      LinearSamples(UnsafeBufferPointer(samples), scale: scale.scale, offset: scale.offset), into: &values)
  }
}
