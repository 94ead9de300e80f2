internal import Catalog
internal import Engine
internal import JSON
internal import Modules

/// Lets masks know what their flags mean where only the scenes' items can tell.
struct FlagNaming {
  let sequence: SequenceConfig
  let download: Download
  /// The config's file, for mistakes.
  let file: String

  /// What the items of some scenes say alike.
  private struct Telling {
    let asset: JSONValue
    let number: Int
    let scene: String
  }

  /// The sequence with masks that can be used.
  ///
  /// - Throws: `PlanError` when no item names the flags, when a flag is not among the named, and when items do not mean
  ///   the same by it.
  func named(by scenes: [Scene], _ notes: inout [String]) throws -> SequenceConfig {
    var named = sequence
    for place in named.modules.indices {
      guard var mask = named.modules[place].module as? CloudMask else { continue }
      if mask.needsNames { mask = try self.mask(mask, scenes, &notes) }
      if mask.hasThresholds { mask = try unpacked(mask, scenes, &notes) }
      named.modules[place].module = mask
    }
    return named
  }

  /// The mask whose thresholds are values, where granules store the layer packed: a "qa_value" of 0.5 as 50.
  private func unpacked(_ mask: CloudMask, _ scenes: [Scene], _ notes: inout [String]) throws -> CloudMask {
    var found: (scale: Double, offset: Double)?
    for scene in scenes where scene.isSwath {
      guard let asset = asset(of: scene, band: mask.band)?.members else { continue }
      let own = (
        scale: asset["apus:scale"]?.double ?? 1, offset: asset["apus:offset"]?.double ?? 0
      )
      if let found, found != own {
        throw failure("\"\(mask.band)\" is packed in different ways in the granules: mask them apart")
      }
      found = own
    }
    guard let found, found.scale != 0, found != (1, 0) else { return mask }
    notes.append(
      "sequence \"\(sequence.name)\": \"\(mask.band)\" is stored as numbers · \(found.scale) + \(found.offset): its "
        + "thresholds are taken as values")
    return mask.inStoredNumbers(scale: found.scale, offset: found.offset)
  }

  private func asset(of scene: Scene, band: String) -> (members: JSONObject, number: Int)? {
    guard let request = download.bands.first(where: { $0.name == band }),
      let (asset, number) = SceneGeometry.find(download.request(request, in: scene.collection), in: scene),
      let members = scene.document["assets"]?[asset.key]?.object
    else { return nil }
    return (members, number)
  }

  private func mask(_ mask: CloudMask, _ scenes: [Scene], _ notes: inout [String]) throws -> CloudMask {
    var silent = 0
    var seen: Set<JSONValue> = []
    var found: (mask: CloudMask, layer: QualityLayer, scene: String)?
    for scene in scenes {
      guard let telling = telling(of: scene, band: mask.band) else { continue }
      guard let layer = QualityLayer(band: mask.band, classifiedBy: telling.asset, number: telling.number)
      else {
        silent += 1
        continue
      }
      guard seen.insert(telling.asset).inserted else { continue }
      let named = try self.named(mask, by: layer, scene: telling.scene)
      if let found, found.mask.test != named.test {
        throw failure(
          "the flags of \"\(mask.band)\" do not mean the same in all scenes: \"\(found.scene)\" and "
            + "\"\(telling.scene)\" differ; use \"reject_values\" or \"reject_bits\", or name them in \"sensors\""
        )
      }
      found = found ?? (named, layer, telling.scene)
    }
    guard let found else {
      let faults = scenes.lazy.compactMap {
        asset(of: $0, band: mask.band)?.members["apus:flag_fault"]?.string
      }
      if let fault = faults.first { throw failure("the flags of \"\(mask.band)\" have no names: \(fault)") }
      let known = SensorTable.builtIn.qualityLayers.map { "\"\($0.bandNames[0])\"" }.joined(separator: ", ")
      throw failure(
        "no flag names are known for the band \"\(mask.band)\": Apus has them for \(known), and the scenes' STAC "
          + "items give none (classification:bitfields, classification:classes); use \"reject_values\", "
          + "\"reject_bits\" or \"require_bits\", or name them in \"sensors\"")
    }
    let others =
      silent > 0 ? "; \(silent) of \(scenes.count) scenes tell none, and are taken to mean the same" : ""
    notes.append(
      "sequence \"\(sequence.name)\": the flags of \"\(mask.band)\" are as the STAC items name them: "
        + found.layer.flagNames.joined(separator: ", ") + others)
    return found.mask
  }

  private func named(_ mask: CloudMask, by layer: QualityLayer, scene: String) throws -> CloudMask {
    switch mask.named(by: layer) {
    case .success(let named): return named
    case .failure(let mistakes):
      let lines = mistakes.diagnostics.map { $0.rendered(file: file) }
      throw PlanError(
        lines.joined(separator: "; ") + " (as the STAC item of scene \"\(scene)\" names them)",
        isConfigMistake: true)
    }
  }

  /// The members of an item's asset that a layer is read from.
  private func telling(of scene: Scene, band: String) -> Telling? {
    guard let (members, number) = asset(of: scene, band: band) else { return nil }
    let names = ["classification:bitfields", "classification:classes", "bands", "raster:bands"]
    let kept = JSONObject(members.members.filter { names.contains($0.key) })
    return Telling(asset: .object(kept), number: number, scene: scene.id)
  }

  private func failure(_ message: String) -> PlanError {
    PlanError("sequence \"\(sequence.name)\": \(message)", isConfigMistake: true)
  }
}
