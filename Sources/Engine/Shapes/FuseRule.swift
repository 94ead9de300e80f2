/// How the scenes of one date that overlap become one layer.
public enum FuseRule: String, CaseIterable, Hashable, Sendable {
  /// Band by band the first valid pixel, in order of time; masks look at the fused quality layer.
  case first
  /// Of granules the pixel whose centre is nearest, valid or not, as if they were one swath.
  case nearest
  /// Band by band the last valid pixel.
  case last
  /// All bands of a pixel from one scene: of those whose pixel the sequence's masks keep the one with most bands
  /// valid, of those the first in time.
  case best
  /// Band by band the mean of the valid values of those scenes whose pixel the sequence's masks keep.
  case mean

  /// Whether each scene is masked by itself before scenes are fused.
  var masksScenes: Bool { self == .best || self == .mean }
}
