import Geo

/// A stretch of time in microseconds, both ends included.
struct CQL2Period: Equatable {
  var start: Int
  var end: Int

  init(_ start: Int, _ end: Int) {
    self.start = start
    self.end = end
  }

  init(_ instant: Instant) {
    self.init(instant.microsecondsSince1970, instant.microsecondsSince1970)
  }

  init(_ date: CalendarDate) {
    let start = Instant(date).microsecondsSince1970
    self.init(start, start + 86_400_000_000 - 1)
  }

  /// The relations of CQL2's temporal functions.
  static let relations = [
    "t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals", "t_finishedBy", "t_finishes",
    "t_intersects", "t_meets", "t_metBy", "t_overlappedBy", "t_overlaps", "t_startedBy", "t_starts",
  ]

  /// Whether a relation holds between this stretch of time and another.
  func holds(_ relation: String, _ other: CQL2Period) -> Bool {
    switch relation {
    case "t_after": start > other.end
    case "t_before": end < other.start
    case "t_contains": start < other.start && end > other.end
    case "t_disjoint": start > other.end || end < other.start
    case "t_during": start > other.start && end < other.end
    case "t_equals": self == other
    case "t_finishedBy": start < other.start && end == other.end
    case "t_finishes": start > other.start && end == other.end
    case "t_intersects": start <= other.end && end >= other.start
    case "t_meets": end == other.start
    case "t_metBy": start == other.end
    case "t_overlappedBy": start > other.start && start < other.end && end > other.end
    case "t_overlaps": start < other.start && end > other.start && end < other.end
    case "t_startedBy": start == other.start && end > other.end
    case "t_starts": start == other.start && end < other.end
    default: false
    }
  }
}
