internal import Geo
internal import Raster

/// One band of one cell: the scenes of a date fused on the grid, first valid pixel first.
final class LoadedBand {
  let plane: SamplePlane
  /// 1 where no scene reaches, for bands that have no nodata value to say so; empty when everything is covered.
  let uncovered = SamplePlane()
  var hasUncovered = false
  var format: BandFormat
  /// The one number that all its pixels have; nil where they are in the plane.
  var number: Float?
  /// The stored layer that the plane holds, which need not be read again; nil for anything else.
  var content: StoredWindow?

  /// A window of a layer that an earlier stage stored.
  struct StoredWindow: Hashable {
    let product: Int
    let layer: Int
    let window: PixelWindow
  }

  init() {
    plane = SamplePlane()
    format = BandFormat(type: .uint8, nodata: nil, scale: 1, offset: 0)
  }

  /// A plane that the cell itself computed: Float, missing is NaN.
  init(values plane: SamplePlane) {
    self.plane = plane
    format = BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)
  }

  /// A plane of flags that the cell itself computed.
  init(flags plane: SamplePlane) {
    self.plane = plane
    format = BandFormat(type: .uint8, nodata: Double(MaskPlanes.unknown), scale: 1, offset: 0)
  }
}

/// Reads and fuses the scenes of a cell. One a worker.
final class BandLoader {
  private let reader: any BandReader
  /// Files that could not be opened when only their scale was asked for.
  private var unreadable: Set<BandFile> = []
  private let scratch = SamplePlane()
  private let converted = SamplePlane()

  /// What is being loaded.
  private struct Area {
    let chunk: ChunkWindow
    let rejected: SamplePlane?
    /// What scenes before have filled, and the number of what they left open; nil where nothing was filled.
    var filled: (plane: SamplePlane, nodata: Double)?

    var window: PixelWindow { chunk.window }

    /// Whether somebody looks at a part of the window, and it is still open.
    func isWanted(_ part: PixelWindow) -> Bool {
      let part = part.offset(columns: -window.column, rows: -window.row)
      if let rejected, !MaskPlanes.keepsAny(of: rejected, in: part) { return false }
      guard let filled else { return true }
      return MissingSamples.exist(in: filled.plane, window: part, nodata: filled.nodata)
    }

    func behind(_ plane: SamplePlane, nodata: Double) -> Area {
      var area = self
      area.filled = (plane, nodata)
      return area
    }

    /// What is read of a file that has a part of the window.
    func read(_ file: BandFile, _ part: PixelWindow) -> BandRead {
      let (columns, rows) = (file.placement.column, file.placement.row)
      return BandRead(file: file, window: part.offset(columns: -columns, rows: -rows), chunk: chunk) {
        isWanted($0.offset(columns: columns, rows: rows))
      }
    }
  }

  /// The read of the first file, where it was planned before.
  private var first: (any PlannedRead)?

  init(reader: any BandReader) {
    self.reader = reader
  }

  /// Fills `target` with a band over what a chunk looks at.
  ///
  /// - Parameters:
  ///   - scenes: those that touch the window, in order of time.
  ///   - band: its index among the program's bands.
  ///   - isPhysical: whether to give physical values even where the scenes here all store numbers alike, because
  ///     others of the date do not.
  ///   - rejected: 1 where nobody will look at the band, over the window; blocks that are rejected whole are not
  ///     read. Nil when all of it is wanted.
  ///   - planned: the first read, where `plan` planned it.
  func load(
    _ scenes: [TimeStepScene], band: Int, isQuality: Bool, isPhysical: Bool = false, over chunk: ChunkWindow,
    rejected: SamplePlane? = nil, planned: (any PlannedRead)? = nil, into target: LoadedBand
  ) throws {
    first = planned
    defer { first = nil }
    let files = try scenes.map { try BandLoader.file($0, band: band) }
    let formats = try files.map { try reader.format(of: $0) }
    guard let first = formats.first else { throw CellFailure("no scene lies here") }
    target.hasUncovered = false
    let area = Area(chunk: chunk, rejected: rejected)
    if formats.allSatisfy({ $0 == first }) && !(isPhysical && (first.scale, first.offset) != (1, 0)) {
      target.format = first
      try fuse(files, area, into: target)
    } else if isQuality {
      throw CellFailure(
        "the scenes of this date store quality band \"\(files[0].band)\" differently (\(files[0].path) and "
          + "others): flags cannot be fused; put the scenes on dates of their own with \"group_by\": \"time\""
      )
    } else {
      // Where only sample types or nodata differ, numbers stay as they are: scaled later they give the same values
      // as where one scene lies alone.
      let isScaledAlike =
        !isPhysical
        && formats.allSatisfy { $0.fitsFloat && ($0.scale, $0.offset) == (first.scale, first.offset) }
      target.format =
        isScaledAlike
        ? BandFormat(type: .float32, nodata: .nan, scale: first.scale, offset: first.offset)
        : BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)
      try fuseFloats(files, formats, area, isScaled: !isScaledAlike, into: target)
    }
  }

  /// Whether the scenes of a date store a band in different scales.
  ///
  /// Physical values are then rounded to Float before modules see them; a whole date is treated alike, so that
  /// results do not depend on which scenes a chunk happens to touch. Files are asked only where neither the config
  /// nor the catalogue tells their scale; one that cannot be opened fails where it is read.
  func isMixed(_ timeStep: [TimeStepScene], band: Int) -> Bool {
    guard timeStep.count > 1 else { return false }
    var first: (scale: Double, offset: Double)?
    for scene in timeStep {
      guard case .file(let file) = scene.bands[band] else { continue }
      let own = scaling(of: file)
      if let first, first != own { return true }
      first = own
    }
    return false
  }

  private func scaling(of file: BandFile) -> (scale: Double, offset: Double) {
    if file.encoding.scale == nil, file.encoding.offset == nil, !unreadable.contains(file) {
      if let format = try? reader.format(of: file) { return (format.scale, format.offset) }
      unreadable.insert(file)
    }
    let encoding = file.encoding.or(file.fallback)
    return (encoding.scale ?? 1, encoding.offset ?? 0)
  }

  /// Plans the bands that a cell reads, so that what is remote comes together and not one after the other.
  ///
  /// - Parameter bands: each with where nobody looks at it, over the window.
  /// - Returns: by band, the read of the first scene that lies there: later ones are read only where it leaves
  ///   something open.
  func plan(_ scenes: [TimeStepScene], bands: [(band: Int, rejected: SamplePlane?)], over chunk: ChunkWindow)
    -> [Int: any PlannedRead]
  {
    let window = chunk.window
    var reads: [(band: Int, read: BandRead)] = []
    var files: [BandFile] = []
    for (band, rejected) in bands {
      let here = scenes.compactMap { scene -> BandFile? in
        guard case .file(let file) = scene.bands[band] else { return nil }
        return file.placement.intersection(window) == nil ? nil : file
      }
      files += here
      if let first = here.first, let part = first.placement.intersection(window) {
        reads.append((band, Area(chunk: chunk, rejected: rejected).read(first, part)))
      }
    }
    reader.open(files)
    let planned = reader.plan(reads.map(\.read))
    return Dictionary(uniqueKeysWithValues: zip(reads.map(\.band), planned))
  }

  private static func file(_ scene: TimeStepScene, band: Int) throws -> BandFile {
    switch scene.bands[band] {
    case .file(let file): return file
    case .unavailable(let reason): throw CellFailure(reason)
    }
  }

  private func fuse(_ files: [BandFile], _ area: Area, into target: LoadedBand) throws {
    let (plane, format, window) = (target.plane, target.format, area.window)
    plane.reshape(type: format.type, width: window.width, height: window.height)
    var isBlank = true
    for file in files {
      guard let part = file.placement.intersection(window) else { continue }
      let inPlane = part.offset(columns: -window.column, rows: -window.row)
      if isBlank {
        isBlank = false
        if part != window { prepare(target) }
        try read(file, part, area, into: plane, at: inPlane)
        if target.hasUncovered { cover(inPlane, in: target) }
      } else if let nodata = format.nodata {
        guard isMissingSomewhere(plane, inPlane, nodata) else { continue }
        scratch.reshape(type: format.type, width: part.width, height: part.height)
        try read(file, part, area.behind(plane, nodata: nodata), into: scratch, at: scratchWindow(part))
        FirstValid.fuse(scratch, over: inPlane, of: plane, nodata: nodata)
      } else if target.hasUncovered {
        scratch.reshape(type: format.type, width: part.width, height: part.height)
        try read(file, part, area, into: scratch, at: scratchWindow(part))
        pasteUncovered(inPlane, in: target)
      }
    }
    if isBlank { prepare(target) }
  }

  /// Fuses scenes that store a band in different formats, as Float: as stored, or as physical values.
  private func fuseFloats(
    _ files: [BandFile], _ formats: [BandFormat], _ area: Area, isScaled: Bool, into target: LoadedBand
  ) throws {
    let (plane, window) = (target.plane, area.window)
    plane.reshape(type: .float32, width: window.width, height: window.height)
    plane.fill(.nan)
    for (file, format) in zip(files, formats) {
      guard let part = file.placement.intersection(window) else { continue }
      scratch.reshape(type: format.type, width: part.width, height: part.height)
      try read(file, part, area.behind(plane, nodata: .nan), into: scratch, at: scratchWindow(part))
      converted.reshape(type: .float32, width: part.width, height: part.height)
      var values = converted.samples(as: Float.self).mutableSpan
      format.load(scratch, start: 0, rejected: nil, into: &values)
      if isScaled {
        let samples = UnsafeBufferPointer(converted.samples(as: Float.self))
        let (scale, offset) = format.scaleAfterLoading
        LoadSamples.scale(LinearSamples(samples, scale: scale, offset: offset), into: &values)
      }
      FirstValid.fuse(
        converted, over: part.offset(columns: -window.column, rows: -window.row), of: plane, nodata: .nan)
    }
  }

  private func read(
    _ file: BandFile, _ part: PixelWindow, _ area: Area, into plane: SamplePlane, at window: PixelWindow
  ) throws {
    let start = (window.row * plane.width + window.column) * plane.type.size
    let planned = first ?? reader.plan(area.read(file, part))
    first = nil
    try planned.read(
      as: plane.type, into: UnsafeMutableRawBufferPointer(rebasing: plane.bytes[start...]),
      rowStride: plane.width)
  }

  private func scratchWindow(_ part: PixelWindow) -> PixelWindow {
    PixelWindow(column: 0, row: 0, width: part.width, height: part.height)
  }

  /// Makes a plane that scenes cover only partly say where they do not.
  private func prepare(_ target: LoadedBand) {
    if let nodata = target.format.nodata {
      target.plane.fill(nodata)
    } else {
      target.plane.fill(0)
      target.uncovered.reshape(type: .uint8, width: target.plane.width, height: target.plane.height)
      target.uncovered.fill(1)
      target.hasUncovered = true
    }
  }

  private func cover(_ window: PixelWindow, in target: LoadedBand) {
    let uncovered = target.uncovered.samples(as: UInt8.self)
    for row in window.row..<window.endRow {
      let start = row * target.plane.width + window.column
      uncovered[start..<(start + window.width)].update(repeating: 0)
    }
  }

  /// Copies `scratch` to where nothing covered the plane yet.
  private func pasteUncovered(_ window: PixelWindow, in target: LoadedBand) {
    let size = target.plane.type.size
    let uncovered = target.uncovered.samples(as: UInt8.self)
    for row in 0..<window.height {
      for column in 0..<window.width {
        let place = (window.row + row) * target.plane.width + window.column + column
        guard uncovered[place] != 0 else { continue }
        let from = (row * window.width + column) * size
        for byte in 0..<size { target.plane.bytes[place * size + byte] = scratch.bytes[from + byte] }
      }
    }
    cover(window, in: target)
  }

  /// Whether a later scene could still fill a pixel of the window.
  private func isMissingSomewhere(_ plane: SamplePlane, _ window: PixelWindow, _ nodata: Double) -> Bool {
    MissingSamples.exist(in: plane, window: window, nodata: nodata)
  }
}
