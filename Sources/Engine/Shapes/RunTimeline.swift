/// How a run went over time: what was done when, how far it was, and the memory it took.
public struct RunTimeline: Hashable, Sendable {
  /// Something that took time: planning, or computing or publishing a sequence.
  public struct Span: Hashable, Sendable {
    public var name: String
    /// Seconds since the run's start.
    public var start: Double
    public var end: Double

    public init(name: String, start: Double, end: Double) {
      (self.name, self.start, self.end) = (name, start, end)
    }
  }

  /// One moment of a run.
  public struct Sample: Hashable, Sendable {
    /// Since the run's start.
    public var seconds: Double
    /// Cells that ended so far, of all sequences.
    public var cells: Int
    /// Resident, in bytes.
    public var memory: Int

    public init(seconds: Double, cells: Int, memory: Int) {
      (self.seconds, self.cells, self.memory) = (seconds, cells, memory)
    }
  }

  /// What was planned of a quantity, and what came.
  public struct Forecast: Hashable, Sendable {
    public var name: String
    public var unit: Unit
    /// The lower and the upper end of what was expected.
    public var planned: ClosedRange<Double>
    public var found: Double

    public enum Unit: Hashable, Sendable {
      case bytes, seconds, count
    }

    public init(name: String, unit: Unit, planned: ClosedRange<Double>, found: Double) {
      (self.name, self.unit, self.planned, self.found) = (name, unit, planned, found)
    }
  }

  public var seconds = 0.0
  public var spans: [Span] = []
  public var samples: [Sample] = []
  public var memoryLimit = 0
  public var peakMemory = 0
  /// Pixels of the cells that were computed.
  public var pixels = 0
  public var forecasts: [Forecast] = []
  /// Seconds of all workers together, by what they did.
  public var workerSeconds: [(name: String, seconds: Double)] {
    zip(RunTimeline.workNames, workTimes).map { ($0, $1) }
  }
  /// In the order of `workNames`.
  public var workTimes: [Double] = []
  public static let workNames = ["read", "compute", "compress", "write", "publish"]

  public init() {}
}
