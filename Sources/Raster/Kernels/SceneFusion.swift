/// Kernels that fuse the scenes of a date one after the other: `best` and `mean`.
///
/// A scene's score at a pixel is 0 where it does not lie, else one more than the number of masks that keep it. Only
/// scenes of the highest score take part. What a scene does at a pixel is its action.
public enum SceneFusion {
  /// The scene takes no part.
  public static let none: UInt8 = 0
  /// The scene joins those of the same score.
  public static let joins: UInt8 = 1
  /// What was there before counts no more.
  public static let replaces: UInt8 = 2

  /// Finds the actions where every scene of the highest score takes part.
  public static func join(_ scene: Span<UInt8>, scores: Span<UInt8>, into actions: inout MutableSpan<UInt8>) {
    let count = actions.count
    precondition(scene.count == count && scores.count == count)
    for index in 0..<count {
      let (own, present) = (scene[index], scores[index])
      let same = own == present ? joins : none
      let action = own > present ? replaces : same
      actions[index] = own == 0 ? none : action
    }
  }

  /// Finds the actions where one scene is chosen: of the highest score the one with most valid bands, of those the
  /// first.
  public static func choose(
    _ scene: Span<UInt8>, valid: Span<UInt8>, scores: Span<UInt8>, most: inout MutableSpan<UInt8>,
    into actions: inout MutableSpan<UInt8>
  ) {
    let count = actions.count
    precondition(scene.count == count && scores.count == count && valid.count == count && most.count == count)
    for index in 0..<count {
      let (own, present, new, old) = (scene[index], scores[index], valid[index], most[index])
      let isBetter = own > present || (own == present && own != 0 && new > old)
      actions[index] = isBetter ? replaces : none
      most[index] = isBetter ? new : old
    }
  }

  /// Counts a band's valid samples where the scene's score is above what the band needs.
  public static func countValid(
    _ samples: Span<Float>, scene: Span<UInt8>, above needed: UInt8, into counts: inout MutableSpan<UInt8>
  ) {
    let count = counts.count
    precondition(scene.count == count && samples.count == count)
    for index in 0..<count {
      let (sample, own, present) = (samples[index], scene[index], counts[index])
      counts[index] = present &+ (sample == sample && own > needed ? 1 : 0)
    }
  }

  /// Puts a scene's samples where it replaces what was there.
  public static func replace(
    _ samples: Span<Float>, scene: Span<UInt8>, above needed: UInt8, actions: Span<UInt8>,
    in target: inout MutableSpan<Float>
  ) {
    let count = target.count
    precondition(scene.count == count && samples.count == count && actions.count == count)
    for index in 0..<count {
      let (sample, own, action, present) = (samples[index], scene[index], actions[index], target[index])
      let new = own > needed ? sample : .nan
      target[index] = action == replaces ? new : present
    }
  }

  /// Puts a scene's samples also where it joins and nothing is there yet.
  public static func fill(
    _ samples: Span<Float>, scene: Span<UInt8>, above needed: UInt8, actions: Span<UInt8>,
    in target: inout MutableSpan<Float>
  ) {
    let count = target.count
    precondition(scene.count == count && samples.count == count && actions.count == count)
    for index in 0..<count {
      let (sample, own, action, present) = (samples[index], scene[index], actions[index], target[index])
      let new = own > needed ? sample : .nan
      let joined = action == joins && present != present ? new : present
      target[index] = action == replaces ? new : joined
    }
  }

  /// Adds a scene's physical values to sums, which begin anew where it replaces what was there.
  public static func add(
    _ samples: LinearSamples, scene: Span<UInt8>, above needed: UInt8, actions: Span<UInt8>,
    to sums: inout MutableSpan<Double>, counts: inout MutableSpan<UInt16>
  ) {
    let values = samples.samples.span
    let (scale, offset) = (samples.scale, samples.offset)
    let count = sums.count
    precondition(
      scene.count == count && values.count == count && actions.count == count && counts.count == count)
    for index in 0..<count {
      let (sample, own, action, sum, number) = (
        values[index], scene[index], actions[index], sums[index], counts[index]
      )
      let isCounted = action != none && own > needed && sample == sample
      let value = isCounted ? Double(sample) * scale + offset : 0
      sums[index] = (action == replaces ? 0 : sum) + value
      counts[index] = (action == replaces ? 0 : number) &+ (isCounted ? 1 : 0)
    }
  }

  /// Writes the means of sums; NaN where nothing was added.
  public static func mean(_ sums: Span<Double>, counts: Span<UInt16>, into target: inout MutableSpan<Float>) {
    let count = target.count
    precondition(sums.count == count && counts.count == count)
    for index in 0..<count {
      let (sum, number) = (sums[index], counts[index])
      target[index] = number == 0 ? .nan : Float(sum / Double(number))
    }
  }

  /// Takes in what a scene's mask reports: the least of those that take part (kept 0, rejected 1, unknown 255).
  public static func report(
    _ reported: Span<UInt8>, actions: Span<UInt8>, in target: inout MutableSpan<UInt8>
  ) {
    let count = target.count
    precondition(reported.count == count && actions.count == count)
    for index in 0..<count {
      let (own, action, present) = (reported[index], actions[index], target[index])
      let joined = action == joins ? min(own, present) : present
      target[index] = action == replaces ? own : joined
    }
  }

  /// Raises scores to a scene's where it takes part.
  public static func raise(_ scene: Span<UInt8>, scores: inout MutableSpan<UInt8>) {
    let count = scores.count
    precondition(scene.count == count)
    for index in 0..<count {
      let (own, present) = (scene[index], scores[index])
      scores[index] = own > present ? own : present
    }
  }

  /// Raises a scene's score from `score` by one where a mask keeps it.
  public static func keep(_ rejected: Span<UInt8>, score: UInt8, scene: inout MutableSpan<UInt8>) {
    let count = scene.count
    precondition(rejected.count == count)
    for index in 0..<count {
      let own = scene[index]
      let raised: UInt8 = own == score && rejected[index] == 0 ? 1 : 0
      scene[index] = own &+ raised
    }
  }

  /// Marks where nobody looks at a scene's band: 1 where its score is not above `needed`, or below the highest.
  /// - Returns: whether anything is looked at.
  public static func markUnwanted(
    scene: Span<UInt8>, scores: Span<UInt8>, above needed: UInt8, into unwanted: inout MutableSpan<UInt8>
  ) -> Bool {
    let count = unwanted.count
    precondition(scene.count == count && scores.count == count)
    var all: UInt8 = 1
    for index in 0..<count {
      let (own, present) = (scene[index], scores[index])
      let mark: UInt8 = own > needed && own >= present ? 0 : 1
      unwanted[index] = mark
      all &= mark
    }
    return all == 0
  }

  /// What the masks below a score reject: 1 where the score is at most `score`.
  /// - Returns: whether anything is kept.
  public static func reject(_ scores: Span<UInt8>, upTo score: UInt8, into rejected: inout MutableSpan<UInt8>)
    -> Bool
  {
    let count = rejected.count
    precondition(scores.count == count)
    var all: UInt8 = 1
    for index in 0..<count {
      let mark: UInt8 = scores[index] > score ? 0 : 1
      rejected[index] = mark
      all &= mark
    }
    return all == 0
  }
}
