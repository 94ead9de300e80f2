internal import Engine
internal import Glibc
internal import Granules
internal import NetCDF
internal import Storage
internal import Swath
internal import Synchronization

/// The granules of this process: each is opened and surveyed once, whoever asks first, and some are kept.
final class OpenGranules: Sendable {
  static let shared = OpenGranules()

  /// Which granule, and what is read of it.
  struct Key: Hashable, Sendable {
    let path: String
    /// As the granule may call its bands.
    let bands: [String]
    let wishes: Granule.Wishes
  }

  /// A granule with its bands found and its swath surveyed.
  final class Opened: Sendable {
    let granule: Granule
    let survey: SwathSurvey
    /// By what the config calls them; those that are not there, or cannot be used, with the reason.
    let bands: [String: Result<(band: GranuleBand, array: StoredArray), GranuleError>]
    /// Size and time of change when it was opened.
    fileprivate let version: String

    /// - Parameter survey: as it was made before, if it was.
    fileprivate init(_ key: Key, version: String, survey: SwathSurvey?) throws(GranuleError) {
      self.version = version
      let granule = try Granule(key.path, bands: key.bands, wishes: key.wishes)
      self.granule = granule
      var bands: [String: Result<(band: GranuleBand, array: StoredArray), GranuleError>] = [:]
      var found: [GranuleBand] = []
      for name in key.bands {
        do throws(GranuleError) {
          found.append(try granule.band(name))
        } catch {
          bands[name] = .failure(error)
        }
      }
      for (band, array) in zip(found, try granule.arrays(found)) {
        bands[band.name] = .success((band.checkingRange(array), array))
      }
      self.bands = bands
      if let survey { self.survey = survey } else { self.survey = try granule.survey() }
    }

    /// The first of several names of a band that the granule has.
    func band(_ names: [String]) throws(GranuleError) -> (band: GranuleBand, array: StoredArray) {
      for name in names {
        if case .success(let found) = bands[name] { return found }
      }
      guard let first = names.first, case .failure(let error) = bands[first] else {
        throw GranuleError(granule.path, "it has no band \"\(names.first ?? "")\"", isOtherKind: true)
      }
      throw error
    }

    /// Why the granule has a band under none of several names; nil where it has.
    func error(_ names: [String]) -> GranuleError? {
      do throws(GranuleError) {
        _ = try band(names)
        return nil
      } catch {
        return error
      }
    }

    /// The bytes it takes while it is kept, about.
    var bytes: Int { survey.bytes + granule.variables.count * 4096 + (16 << 10) }
  }

  private enum Entry {
    case opening
    case open(Opened, lastUse: Int)
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    var uses = 0
    /// Surveys outlive what they are of: to make one again is to read all navigation.
    var surveys: [Key: (version: String, survey: SwathSurvey)] = [:]
    var surveyBytes = 0
  }

  private let state = Monitor(State())

  /// Bytes and files that are kept.
  static let mostBytes = 16 << 20
  private static let mostFiles = 200
  /// Bytes of surveys that are kept.
  static let mostSurveyBytes = 32 << 20

  /// Where a granule lies, and how far its pixels reach: also of one whose copy is gone. Blocks; for threads that may.
  func survey(_ key: Key) throws(GranuleError) -> SwathSurvey {
    if GranuleCopies.shared.isAway(key.path), let survey = Self.file(key)?.read() { return survey }
    return try granule(key).survey
  }

  /// Where the survey of a granule is kept that came from a server.
  private static func file(_ key: Key) -> SurveyFile? {
    GranuleCopies.shared.identity(key.path).map { SurveyFile(key, identity: $0) }
  }

  /// Closes what is open of a file.
  func forget(_ path: String) {
    state.update { state in
      for (key, entry) in state.entries where key.path == path {
        if case .open = entry { state.entries[key] = nil }
      }
    }
  }

  /// A granule, opened now or before. Blocks; for threads that may.
  ///
  /// One from a server is brought first if it is not here.
  func granule(_ key: Key) throws(GranuleError) -> Opened {
    GranuleCopies.shared.hold(key.path)
    defer { GranuleCopies.shared.release(key.path) }
    do {
      try GranuleCopies.shared.bring(key.path)
    } catch {
      throw GranuleError(key.path, "it cannot be brought: \(Secrets.hidden(in: "\(error)"))")
    }
    let present = state.wait { state -> Opened?? in
      switch state.entries[key] {
      case .open(let opened, _):
        guard opened.version == OpenGranules.version(of: key.path) else {
          state.entries[key] = .opening
          return .some(nil)
        }
        state.uses += 1
        state.entries[key] = .open(opened, lastUse: state.uses)
        return .some(opened)
      case .opening: return nil
      case nil:
        state.entries[key] = .opening
        return .some(nil)
      }
    }
    if let present { return present }
    let version = OpenGranules.version(of: key.path)
    let file = Self.file(key)
    let survey =
      state.update { state in
        state.surveys[key].flatMap { $0.version == version ? $0.survey : nil }
      } ?? file?.read()
    do throws(GranuleError) {
      let opened = try Opened(key, version: version, survey: survey)
      if survey == nil { file?.write(opened.survey) }
      state.update { state in
        if survey == nil, state.surveyBytes + opened.survey.bytes <= OpenGranules.mostSurveyBytes {
          state.surveyBytes += opened.survey.bytes - (state.surveys[key]?.survey.bytes ?? 0)
          state.surveys[key] = (version, opened.survey)
        }
        state.uses += 1
        state.entries[key] = .open(opened, lastUse: state.uses)
        OpenGranules.forgetOldest(of: &state)
      }
      return opened
    } catch {
      state.update { $0.entries[key] = nil }
      throw error
    }
  }

  private static func forgetOldest(of state: inout State) {
    var kept = state.entries.compactMap { key, entry -> (Key, Int, Int)? in
      if case .open(let opened, let use) = entry { (key, use, opened.bytes) } else { nil }
    }
    kept.sort { $0.1 < $1.1 }
    var bytes = kept.reduce(0) { $0 + $1.2 }
    var count = kept.count
    for (key, _, own) in kept where bytes > mostBytes || count > mostFiles {
      guard count > 1 else { break }
      state.entries[key] = nil
      bytes -= own
      count -= 1
    }
  }

  fileprivate static func version(of path: String) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return "" }
    return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(status.st_ino)"
  }
}

extension SwathSurvey {
  /// The survey with the reaches in which cells look for their nearest pixel.
  func reaching(_ radius: Double?, for method: Regridding.Method) -> SwathSurvey {
    if let radius { return reaching(radius) }
    return method == .bilinear ? reaching(times: BilinearPlaces.reachFactor) : self
  }
}
