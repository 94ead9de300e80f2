import Engine
import GDAL
import Geo
import JSON
import Network
import Raster
import Storage

/// What tells versions of the input files apart: how each band of each scene is read, of local files size and time of
/// change, and of files on servers the ETag where it is not that of the file that the run read first.
///
/// A file that could not be had when the run began has given nothing to any result: that it comes later changes none.
/// Nor does a file that is gone change what was computed from it.
struct InputIdentities {
  /// A file that is not as it was.
  struct Change {
    let band: String
    let scene: String
    /// Nil where only the way it is read is another.
    let file: String?
  }

  /// By sequence, scene and band, for `run.json`.
  private(set) var record = JSONObject()
  /// By sequence.
  private(set) var changes: [String: [Change]] = [:]
  /// Files that were there when the run began and are not any more, or scenes whose files nobody can name.
  private(set) var gone: [String] = []
  /// By sequence, time step, scene and band: what keys are made of.
  private var parts: [String: [[[String]]]] = [:]
  /// By sequence and variable: the same of rasters without a date.
  private var layers: [String: [String: String]] = [:]
  private var states: [String: String?] = [:]
  /// Files on servers that were replaced since the run began: the version that results are computed from.
  private(set) var replaced: [String: FileVersion] = [:]
  /// Versions of files on servers that were read before, and those that are there now.
  private let versions: (recorded: [String: [FileVersion]], present: [String: FileVersion])

  /// - Parameters:
  ///   - before: what `run.json` has from the time before; nil for a new run.
  ///   - versions: what is known of files on servers; nil where nothing was read before.
  init(_ plans: [SequencePlan], before: JSONValue?, versions: InputVersions?) {
    self.versions = (versions?.recorded ?? [:], versions?.present ?? [:])
    for plan in plans { add(plan, before: before?[plan.name]) }
  }

  /// What is known of one band of one scene.
  func part(of sequence: String, step: Int, scene: Int, band: Int) -> String {
    parts[sequence]?[step][scene][band] ?? ""
  }

  /// What is known of a raster without a date.
  func part(of sequence: String, layer: String) -> String { layers[sequence]?[layer] ?? "" }

  private mutating func add(_ plan: SequencePlan, before: JSONValue?) {
    var scenes = JSONObject()
    var seen: [String: Int] = [:]
    var parts: [[[String]]] = []
    for timeStep in plan.timeSteps {
      parts.append([])
      for scene in timeStep.scenes {
        // Two collections may have scenes of one name.
        seen[scene.id, default: 0] += 1
        let name = seen[scene.id] == 1 ? scene.id : "\(scene.id)#\(seen[scene.id] ?? 0)"
        let old = before?[name]
        var bands = JSONObject()
        var own: [String] = []
        for (request, source) in zip(plan.program.bands, scene.bands) {
          let entry = entry(
            source, Recorded(old?[request.key]?.string), scene: scene.id, band: request.key,
            sequence: plan.name)
          bands[request.key] = .string(entry.text)
          own.append(entry.part)
        }
        // What is not read any more may be read again.
        for (band, value) in old?.object?.members ?? [] where bands[band] == nil { bands[band] = value }
        scenes[name] = .object(bands)
        parts[parts.count - 1].append(own)
      }
    }
    // No scene has such a name.
    let place = "#layers"
    var members = JSONObject()
    for (name, source) in plan.layerFiles.sorted(by: { $0.key < $1.key }) {
      let old = Recorded(before?[place]?[name]?.string)
      let entry = entry(source, old, scene: place, band: name, sequence: plan.name)
      members[name] = .string(entry.text)
      layers[plan.name, default: [:]][name] = entry.part
    }
    if !members.isEmpty { scenes[place] = .object(members) }
    self.parts[plan.name] = parts
    record[plan.name] = .object(scenes)
  }

  /// An entry of `run.json`: "READING:STATE" of a file, with "?" before it where it came after the run had begun, and
  /// "?" alone where it has not come.
  private struct Recorded {
    var isLate = false
    var reading: String?
    var state = ""

    init?(_ text: String?) {
      guard var text = text?[...] else { return nil }
      if text.first == "?" {
        isLate = true
        text = text.dropFirst()
      }
      guard !text.isEmpty else { return }
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      reading = String(parts[0])
      state = parts.count > 1 ? String(parts[1]) : ""
    }
  }

  private mutating func entry(
    _ source: BandSource, _ old: Recorded?, scene: String, band: String, sequence: String
  ) -> (text: String, part: String) {
    let file = source.file
    let state = file.flatMap { self.state(of: $0.path, before: old?.state) }
    let reading = file.map(InputIdentities.reading)
    guard let file, let reading, let state else {
      guard let old, let known = old.reading else { return ("?", "") }
      gone.append(file?.path ?? "scene \"\(scene)\", band \"\(band)\"")
      let present = "\(reading ?? known):\(old.state)"
      return old.isLate ? ("?" + present, "") : (present, present)
    }
    let present = "\(reading):\(state)"
    guard let old else { return (present, present) }
    if old.isLate, old.reading == nil || old.reading == reading && old.state == state {
      return ("?" + present, "")
    }
    if old.reading != reading || old.state != state {
      changes[sequence, default: []].append(
        Change(band: band, scene: scene, file: old.state == state ? nil : file.path))
    }
    return (present, present)
  }

  /// Which samples of a file are read, and how.
  private static func reading(of file: BandFile) -> String {
    func text(_ encoding: SampleEncoding) -> String {
      [encoding.nodata, encoding.scale, encoding.offset].map { $0.map { "\($0)" } ?? "-" }.joined(
        separator: " ")
    }
    var hash = KeyHash()
    hash.add(Secrets.removed(from: file.path))
    let level = file.level.map { " level \($0)" } ?? ""
    hash.add("\(file.number) \(file.isNumberStated) \(file.time?.description ?? "")\(level)")
    for variable in file.variables { hash.add(variable) }
    hash.add(text(file.encoding))
    hash.add(text(file.fallback))
    if let warp = file.warp {
      let source = warp.source
      hash.add(source.crs.authorityCode ?? source.crs.wkt)
      hash.add(source.transform.gdal.map { "\($0)" }.joined(separator: " "))
      hash.add("\(source.width) \(source.height) \(warp.resampling.rawValue)")
    }
    // Of granules that are one swath, other pixels are taken than of each by itself.
    if let swath = file.swath, swath.group.count > 1 { hash.add("one swath of \(swath.group.count)") }
    if let swath = file.swath, swath.regridding.method != .nearest {
      hash.add("masked on the swath by \(swath.masks.map(\.name).joined(separator: " "))")
    }
    return hash.key
  }

  /// Size and time of change of a local file and of those that it refers to; nil where it is not there. Of a file on a
  /// server, nothing as long as it is the one that the run read first.
  private mutating func state(of path: String, before: String?) -> String? {
    guard path.hasPrefix("/"), !path.hasPrefix("/vsi") else {
      return VirtualPath.isRemote(path) ? remoteState(of: path, before: before ?? "") : ""
    }
    if let known = states[path] { return known }
    // A copy is made again with another time of change, of the same content.
    if let identity = GranuleCopies.shared.identity(path) { return KeyHash.key(identity) }
    var found = LocalFiles.identity(path)
    if let own = found, VirtualRaster.isNamed(path) {
      let sources = VirtualRaster.sources(of: path).map { "\($0) \(LocalFiles.identity($0) ?? "-")" }
      found = KeyHash.key(own, sources.joined(separator: "\n")) + remoteSources(of: path, before: before)
    }
    states[path] = .some(found)
    return found
  }

  /// "@VERSIONS" of the files on servers that a virtual raster names, nothing where it names none. What servers did not
  /// say is as it was.
  private func remoteSources(of path: String, before: String?) -> String {
    let names = VirtualRaster.remoteSources(of: path).map(\.name)
    guard !names.isEmpty else { return "" }
    let known = names.compactMap { versions.present[$0]?.text }
    guard known.count == names.count else {
      return before?.firstIndex(of: "@").map { String(before?[$0...] ?? "") } ?? "@"
    }
    return "@" + KeyHash.key(known.joined(separator: "\n"))
  }

  private mutating func remoteState(of path: String, before: String) -> String {
    let name = Secrets.removed(from: path)
    let known = before.isEmpty ? versions.recorded[name] ?? [] : FileVersion(text: before).map { [$0] } ?? []
    guard let now = versions.present[name], !known.allSatisfy(now.isSame) else {
      replaced[name] = FileVersion(text: before)
      return before
    }
    replaced[name] = now
    return now.text
  }
}
