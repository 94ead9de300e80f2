internal import Engine
internal import Geo

/// The stages that a run goes through, and how long those that are left still take.
///
/// The cells of a sequence take the pace that `TimeLeft` finds, and cells of sequences that follow that of those before,
/// in proportion to what they read and store. Layers of layers, files, pictures and the report take what the plan and
/// trials let expect, until some have ended: then what those took. What nobody has tried takes as many times longer
/// than usual as what has ended.
public struct RunStages: Sendable {
  /// What a sequence takes, as planned.
  struct Sequence: Sendable {
    let name: String
    /// Of those that are still to be computed.
    let cells: Int
    /// Bytes that a cell reads and stores.
    let bytesPerCell: Double
    /// Seconds of each stage of layers that are computed from layers.
    var layers: [Double] = []
    /// Files and pictures.
    var work: [RunWork: Double] = [:]
    var workers = 1
    /// A picture's share of one of the largest size.
    var pictureSize = 1.0
  }

  private enum Stage {
    case cells
    case layers(LayersLeft)
    case files
    case pictures
    case ending
  }

  private let sequences: [Sequence]
  /// Of all kinds.
  private var paces: [RunWork: WorkPace]
  private var current: Int?
  private var stage = Stage.cells
  private var cells = TimeLeft()
  /// Of the sequence that is at work.
  private var ownCells = 0
  private var began = 0.0
  /// When a cell, a file, a picture and a map last ended, or the first of them began.
  private var lastCell = 0.0
  private var lastFile = 0.0
  private var lastPicture = 0.0
  private var lastMap = 0.0
  /// Files and pictures of the present sequence that are left, and the number of the files.
  private var left: [RunWork: Double] = [:]
  private var filesLeft = 0
  /// Maps of the report that are left, in those of the largest size, and all of them.
  private var maps: Double
  private let allMaps: Double
  /// Seconds of what else follows all sequences.
  private let ending: Double
  /// Seconds a byte of the last cells, of sequences that have ended.
  private var pace: Double?
  /// Dates that are published one by one; 1 where all are published together.
  private var rounds = 1
  /// Whether no cell of the sequence has ended.
  private var isFirst = true

  /// - Parameters:
  ///   - maps: of the report, in those of the largest size.
  ///   - ending: seconds of what follows all sequences besides.
  init(_ sequences: [Sequence], maps: Double = 0, ending: Double = 0) {
    (self.sequences, self.maps, allMaps, self.ending) = (sequences, maps, maps, ending)
    paces = RunWork.allCases.reduce(into: [:]) { $0[$1] = WorkPace(usual: $1.usualSeconds) }
  }

  /// Takes note of what a unit of a kind of work took in a trial.
  ///
  /// Of files a trial tries one small part: what is usual on a machine that draws as fast weighs as much.
  mutating func expect(_ kind: RunWork, _ secondsPerUnit: Double) {
    guard kind.isFile, let picture = paces[.pictures]?.tried else {
      paces[kind]?.expect(secondsPerUnit)
      return
    }
    let usual = kind.usualSeconds * picture / RunWork.pictures.usualSeconds
    paces[kind]?.expect((max(secondsPerUnit, 0) * usual).squareRoot())
  }

  /// Cells of all sequences.
  var cellCount: Int { sequences.reduce(0) { $0 + $1.cells } }

  /// Takes note of an event, so many seconds after the run began.
  mutating func note(_ event: PipelineRunner.Event, seconds: Double) {
    switch event {
    case .sequenceBegan(let name, let cells, _, _):
      current = sequences.firstIndex { $0.name == name }
      (ownCells, began, lastCell, stage, rounds) = (cells, seconds, seconds, .cells, 1)
      self.cells = TimeLeft()
      isFirst = true
      left = current.map { sequences[$0].work } ?? [:]
    case .watching(let watch): if watch.isDatewise { rounds = max(watch.dates, 1) }
    case .tried(let kind, let secondsPerUnit): expect(kind, secondsPerUnit)
    case .progress(_, let ended, _, _):
      if isFirst {
        // The first event tells what was there before, and is the only one that took no time.
        self.cells = TimeLeft(kept: max(ended - 1, 0))
        isFirst = false
      }
      self.cells.note(ended: ended, seconds: seconds - began)
      if rounds > 1, let current { left = sequences[current].work.times(1 / Double(rounds)) }
      (lastCell, stage) = (seconds, .cells)
    case .layers(_, let ended, let count): noteLayers(ended, count, seconds)
    case .publishing(_, let files, let work):
      for kind in RunWork.allCases where kind.isFile { left[kind] = work[kind] ?? left[kind] }
      // Colours come before everything else.
      if !work.isEmpty, work[.colours] == nil { left[.colours] = nil }
      (filesLeft, lastFile, stage) = (files, seconds, .files)
    case .published(_, let ended, let files, let part):
      paces[part.kind]?.note(seconds - lastFile, of: part.amount)
      left[part.kind] = max(0, (left[part.kind] ?? 0) - part.amount)
      (filesLeft, lastFile) = (max(files - ended, 0), seconds)
    case .drawn(_, let ended, let pictures): noteDrawn(ended, of: pictures, seconds)
    case .drawing:
      left = left.filter { !$0.key.isFile }
      (filesLeft, stage) = (0, .pictures)
    case .sequenceEnded:
      if let current, let rate = cells.secondsPerCell {
        pace = rate / max(sequences[current].bytesPerCell, 1)
      }
      left = [:]
      if current == sequences.count - 1 { (stage, lastMap) = (.ending, seconds) }
    case .ending: (stage, lastMap) = (.ending, seconds)
    case .reporting(let ended, let count): noteMaps(ended, of: count, seconds)
    default: break
    }
  }

  private mutating func noteLayers(_ ended: Int, _ count: Int, _ seconds: Double) {
    guard let current else { return }
    var layers = LayersLeft(
      sequences[current].layers, workers: sequences[current].workers, began: lastCell)
    if case .layers(let present) = stage { layers = present }
    layers.note(ended: ended, of: count, seconds: seconds)
    stage = .layers(layers)
  }

  private mutating func noteMaps(_ ended: Int, of count: Int, _ seconds: Double) {
    let size = sequences.map(\.pictureSize).max() ?? 1
    // Those of three variables take longer: the plan knows them, unless it foresaw none.
    let all = allMaps > 0 ? allMaps : size * Double(count)
    let rest = all * Double(max(count - ended, 0)) / Double(max(count, 1))
    if ended > 0 { paces[.maps]?.note(seconds - lastMap, of: maps - rest) }
    (maps, lastMap) = (rest, seconds)
  }

  private mutating func noteDrawn(_ ended: Int, of pictures: Int, _ seconds: Double) {
    let size = current.map { sequences[$0].pictureSize } ?? 1
    let rest = size * Double(max(pictures - ended, 0))
    // The first event tells when the first picture was begun.
    if ended > 0 { paces[.pictures]?.note(seconds - lastPicture, of: (left[.pictures] ?? 0) - rest) }
    (left[.pictures], lastPicture) = (rest, seconds)
  }

  /// How many times longer than usual work takes here; what took less than a second together hardly tells.
  private var slowness: Double {
    let all = paces.values.reduce(into: (found: 0.0, usual: 0.0)) { sum, pace in
      sum.found += pace.comparison.found
      sum.usual += pace.comparison.usual
    }
    return min(max((all.found + 1) / (all.usual + 1), 0.25), 10)
  }

  /// Seconds of files and pictures, which are made side by side.
  func seconds(of work: [RunWork: Double]) -> (files: Double, pictures: Double) {
    let slowness = slowness
    func all(_ kinds: (RunWork) -> Bool) -> Double {
      work.reduce(0) { sum, part in
        guard kinds(part.key), let pace = paces[part.key] else { return sum }
        return sum + part.value * pace.secondsPerUnit(slowness: slowness)
      }
    }
    return (all(\.isFile), all { $0 == .pictures })
  }

  /// Seconds of a sequence's layers, files and pictures, as planned and tried.
  func seconds(after sequence: Sequence) -> (layers: Double, files: Double) {
    let (files, pictures) = seconds(of: sequence.work)
    return (sequence.layers.reduce(0, +), max(files, pictures))
  }

  /// The same of all sequences.
  var secondsAfterCells: (layers: Double, files: Double) {
    sequences.reduce(into: (0, 0)) { sum, sequence in
      let (layers, files) = seconds(after: sequence)
      sum = (sum.layers + layers, sum.files + files)
    }
  }

  /// Seconds of the summary and the report.
  var endingSeconds: Double {
    ending + maps * (paces[.maps]?.secondsPerUnit(slowness: slowness) ?? 0)
  }

  /// Seconds until the end of the run; nil until something has ended that tells how fast it goes.
  func secondsLeft(at seconds: Double) -> Double? {
    guard let current else { return nil }
    let rest = self.seconds(of: left)
    var left = 0.0
    switch stage {
    case .cells:
      guard let own = cells.seconds(of: ownCells) else { return nil }
      left = own + sequences[current].layers.reduce(0, +) + max(rest.files, rest.pictures)
    case .layers(let layers): left = layers.seconds(at: seconds) + max(rest.files, rest.pictures)
    case .files:
      // Of the file that is being made some is done.
      let file = filesLeft > 0 ? rest.files / Double(filesLeft) : 0
      left = max(rest.files - min(file, seconds - lastFile), rest.pictures, 0)
      // Dates that are still to come, each with its files.
      if rounds > 1 { left += cells.seconds(of: ownCells) ?? 0 }
    case .pictures: left = max(0, rest.pictures - (seconds - max(lastPicture, lastFile)))
    case .ending: return max(0, endingSeconds - (seconds - lastMap))
    }
    let pace = cells.secondsPerCell.map { $0 / max(sequences[current].bytesPerCell, 1) } ?? self.pace
    for following in sequences[(current + 1)...] {
      guard let pace else { return nil }
      let (layers, files) = self.seconds(after: following)
      left += Double(following.cells) * following.bytesPerCell * pace + layers + files
    }
    return left + endingSeconds
  }
}

extension RunWork {
  /// Whether files of products are made by it.
  fileprivate var isFile: Bool { self != .pictures && self != .maps }
}
