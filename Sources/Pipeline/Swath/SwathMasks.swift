internal import Catalog
internal import Engine
internal import Modules

/// Takes the masks of a sequence to the pixels of swaths, where cells are made of several of them: what is masked must
/// not go into a mean. Where each cell is one pixel it is the same whether the pixel or the cell is masked.
struct SwathMasks {
  /// Moves masks from a sequence to its source.
  ///
  /// - Throws: `PlanError` for a mask that means something on the grid only: one that grows, or is saved.
  static func move(
    _ sequence: inout SequenceConfig, _ download: inout Download, _ scenes: [Scene]
  ) throws {
    let method = download.swathRegridding.method
    guard method != .nearest, scenes.contains(where: \.isSwath) else { return }
    for index in sequence.modules.indices {
      guard let mask = sequence.modules[index].module as? CloudMask else { continue }
      let problem: String? =
        mask.dilation > 0
        ? "grows (\"dilate\") in pixels of the grid" : sequence.modules[index].isSaved ? "is saved" : nil
      if let problem {
        throw PlanError(
          "sequence \"\(sequence.name)\": the mask \"\(mask.output.name)\" \(problem), and with \"regrid\": "
            + "\"\(method.rawValue)\" masks are applied to the swath's own pixels: use \"nearest\", or take that out",
          isConfigMistake: true)
      }
      guard let request = download.bands.first(where: { $0.name == mask.band }),
        let name = request.granuleNames.first
      else { continue }
      download.swathMasks.append(SwathMask(band: name, test: mask.test))
      sequence.modules[index].module = mask.rejectingNothing()
    }
  }
}
