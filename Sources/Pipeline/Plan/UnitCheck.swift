import Catalog
import Engine
import Modules

/// Checks that numbers whose unit matters have a known one: an albedo of stored numbers would be wrong in silence.
struct UnitCheck {
  private let sequence: SequenceConfig
  /// The module that first needs each band's unit, by band.
  private var modules: [String: String] = [:]

  /// Names of the bands whose unit matters to a module of the sequence.
  var bands: Set<String> { Set(modules.keys) }

  init(_ sequence: SequenceConfig) {
    self.sequence = sequence
    let sources = Set(sequence.modules.compactMap { $0.module as? Download }.flatMap(\.bands).map(\.name))
    for entry in sequence.modules {
      guard let module = entry.module as? any PixelwiseModule else { continue }
      for band in module.inputsInUnits where sources.contains(band) && modules[band] == nil {
        modules[band] = entry.name
      }
    }
  }

  /// The scenes, without the bands of unknown unit where other scenes have a known one: those are losses.
  ///
  /// - Throws: `PlanError` where the unit of a band is not known for any scene.
  func checked(
    _ scenes: [PipelinePlanner.LocatedScene], _ geometry: SceneGeometry
  ) throws -> [PipelinePlanner.LocatedScene] {
    guard !modules.isEmpty else { return scenes }
    var unknown: [String: String] = [:]
    var known: Set<String> = []
    let checked = scenes.map { entry in
      let bands = entry.bands.map { located -> Result<SceneGeometry.Band, CellFailure> in
        guard let band = try? located.get(), let module = modules[band.name] else { return located }
        guard let reason = geometry.unknownUnit(of: band) else {
          known.insert(band.name)
          return located
        }
        unknown[band.name] = unknown[band.name] ?? reason
        return .failure(
          CellFailure(
            "scene \"\(entry.scene.id)\", band \"\(band.name)\": \"\(module)\" needs reflectance, and \(reason); "
              + UnitCheck.advice(band.name)))
      }
      return PipelinePlanner.LocatedScene(scene: entry.scene, bands: bands)
    }
    let all = unknown.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }
    guard let (band, first) = all.first, let module = modules[band] else { return checked }
    let names = all.map { "\"\($0.key)\"" }.joined(separator: ", ")
    throw PlanError(
      "sequence \"\(sequence.name)\": \"\(module)\" needs reflectance, and neither the config nor the catalogue nor the "
        + "files say what the stored numbers of \(names) are (\(first)); " + UnitCheck.advice(band),
      isConfigMistake: true)
  }

  private static func advice(_ band: String) -> String {
    "give \"download\" a \"scale\", or \"overrides\": {\"\(band)\": {\"scale\": 0.0001, \"offset\": 0}}, with 1 for "
      + "numbers that are reflectance"
  }
}
