internal import Catalog
internal import Engine
internal import JSON
internal import Modules

/// Takes the masks of a sequence to the pixels of swaths, where cells are made of several of them: what is masked must
/// not go into a mean. Where each cell is one pixel it is the same whether the pixel or the cell is masked.
///
/// The source gets each band once more behind each mask, so that modules before a mask see what it rejects.
struct SwathMasks {
  /// The config's, for mistakes.
  let file: String

  /// Moves masks from a sequence to its source.
  ///
  /// - Throws: `PlanError` for a mask that means something on the grid only: one that grows, is saved or read, or would
  ///   have to reach what was computed before it.
  func move(_ sequence: inout SequenceConfig, _ download: inout Download, _ scenes: [Scene]) throws {
    let method = download.swathRegridding.method
    guard method != .nearest else {
      test(&sequence, &download, scenes)
      return
    }
    let masks = sequence.modules.compactMap { $0.module as? CloudMask }
    let masked = download.bands.filter { band in !masks.contains { $0.band == band.name } && !band.isQuality }
    var applied: [SwathMask] = []
    for index in sequence.modules.indices {
      guard let mask = sequence.modules[index].module as? CloudMask,
        let request = download.bands.first(where: { $0.name == mask.band })
      else { continue }
      let problem: String? =
        mask.dilation > 0 || mask.hasGroundSizes
        ? "grows (\"dilate\") in pixels of the grid" : sequence.modules[index].isSaved ? "is saved" : nil
      if let problem {
        throw sequence.modules[index].mistake(
          "the mask \"\(mask.output.name)\" \(problem), and \(words(method)): use \"nearest\", or take that out",
          at: mask.dilation > 0 || mask.hasGroundSizes ? "dilate" : nil, in: file)
      }
      applied.append(SwathMask(name: mask.output.name, bands: request.granuleNames, test: mask.test))
      download = download.adding(
        masked.map { band in
          var band = band
          band.swathMasks = applied
          return band
        })
      sequence.modules[index].module = mask.onSwath()
    }
    replace(in: &sequence, download)
    try check(sequence, method)
  }

  private func replace(in sequence: inout SequenceConfig, _ download: Download) {
    for index in sequence.modules.indices where sequence.modules[index].module is Download {
      sequence.modules[index].module = download
    }
  }

  /// Has masks whose layers hold numbers that samples cannot, put their tests to the swath's own pixels: cells get the
  /// answer.
  private func test(_ sequence: inout SequenceConfig, _ download: inout Download, _ scenes: [Scene]) {
    for index in sequence.modules.indices {
      guard let mask = sequence.modules[index].module as? CloudMask,
        var request = download.bands.first(where: { $0.name == mask.band && $0.isPlain }),
        scenes.contains(where: { scene in
          let type = scene.document["assets"]?[mask.band]?[GranuleItem.typeKey]?.string
          return type.map(GranuleItem.typesBeyondSamples.contains) ?? false
        })
      else { continue }
      request.isQuality = true
      request.swathTest = SwathMask(name: mask.output.name, bands: request.granuleNames, test: mask.test)
      download = download.adding([request])
      sequence.modules[index].module = mask.ofTested(request.key)
    }
    replace(in: &sequence, download)
  }

  /// Refuses what a mask on the swath cannot reach.
  private func check(_ sequence: SequenceConfig, _ method: Regridding.Method) throws {
    let graph = Graph(sequence.members)
    guard let missed = graph.missedByMask else { return }
    let (maker, reader) = (sequence.modules[missed.computedBy], sequence.modules[missed.readBy])
    guard !(maker.module is CloudMask) else {
      throw reader.mistake(
        "\"\(reader.name)\" reads the mask \"\(missed.variable)\", and \(words(method)): use \"nearest\"",
        in: file)
    }
    throw reader.mistake(
      "\"\(reader.name)\" reads \"\(missed.variable)\" behind a mask, and \"\(maker.name)\" computes it before; "
        + "\(words(method)): put the mask before \"\(maker.name)\", or use \"nearest\"", in: file)
  }

  private func words(_ method: Regridding.Method) -> String {
    "with \"regrid\": \"\(method.rawValue)\" masks are applied to the swath's own pixels"
  }
}
