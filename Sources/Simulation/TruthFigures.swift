internal import Geo
internal import JSON

/// Figures of a set of pixels: how many, how many of them valid, and the mean of a quantity over those.
struct TruthFigures {
  var valid = 0
  var sum = 0.0

  mutating func add(_ value: Double) {
    valid += 1
    sum += value
  }

  mutating func add(_ other: TruthFigures) {
    valid += other.valid
    sum += other.sum
  }

  /// nil without valid pixels.
  var mean: JSONValue { valid == 0 ? .null : .number(sum / Double(valid)) }
}

/// Figures of a part of the area.
struct TruthPart {
  /// One a day: valid pixels and their NDVI.
  var days: [TruthFigures]
  /// One a season: pixels with a mean, and their seasonal mean NDVI.
  var seasons = [TruthFigures](repeating: TruthFigures(), count: Season.allCases.count)
  /// One a season: valid observations.
  var observations = [Int](repeating: 0, count: Season.allCases.count)

  init(days: Int) {
    self.days = [TruthFigures](repeating: TruthFigures(), count: days)
  }

  mutating func add(_ other: TruthPart) {
    for day in days.indices { days[day].add(other.days[day]) }
    for season in seasons.indices {
      seasons[season].add(other.seasons[season])
      observations[season] += other.observations[season]
    }
  }
}
