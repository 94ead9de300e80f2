internal import Engine
internal import GDAL
internal import Geo

extension RunStages {
  /// The stages of a run, with what a picture takes on this machine.
  init(_ plans: [SequencePlan], _ output: PipelineConfig.Output, hasReport: Bool) {
    let sequences = plans.map { Sequence($0, output) }
    let maps = zip(plans, sequences).reduce(0.0) { sum, part in
      let products = part.0.products.filter(\.isPublished).map { part.0.layerLabels(of: $0).count }
      let composites = Quicklooks.composites(of: part.0, output.pictures).map(\.labels.count)
      // What the report shows of each when its config does not say.
      let count =
        products.reduce(0) { $0 + Double(min($1, 24)) }
        + RunWork.picturesPerComposite * composites.reduce(0) { $0 + Double(min($1, 24)) }
      return sum + part.1.pictureSize * count
    }
    let layers = sequences.reduce(0.0) { $0 + ($1.work[.pictures] ?? 0) }
    self.init(sequences, maps: hasReport ? maps : 0, ending: 0.02 + 0.001 * layers)
    guard layers > 0 else { return }
    let picture = PictureTrial.seconds()
    expect(.pictures, picture)
    expect(.maps, RunWork.mapsPerPicture * picture)
  }

  /// Bytes of all published rasters before compression.
  static func rawBytes(of plan: SequencePlan) -> Double {
    plan.products.filter(\.isPublished).reduce(0) { sum, product in
      sum + Double(plan.layerLabels(of: product).count) * Double(plan.grid.window.count)
        * sampleBytes(product)
    }
  }

  /// The most bytes that all files of published rasters have, of all formats: of values that cannot be compressed.
  static func mostBytes(of plan: SequencePlan, _ formats: [OutputFormat]) -> Double {
    let layout = plan.layout
    let chunks = Double(layout.count)
    // Chunks at the grid's sides are stored whole, and what cannot be compressed grows a little.
    let stored = 1.001 * chunks * Double(layout.chunkWidth * layout.chunkHeight)
    let block = CloudOptimizedWriter.blockSize
    let blocks = ((plan.grid.width + block - 1) / block) * ((plan.grid.height + block - 1) / block)
    // With overviews, each a quarter of the one before, and none smaller than a block.
    let tiled = 1.001 * Double(block * block) * (4.0 / 3 * Double(blocks) + (blocks > 1 ? 8 : 0))
    let published = plan.products.filter(\.isPublished)
    func all(_ pixels: Double, beside: Double) -> Double {
      published.reduce(0) { sum, product in
        sum + Double(plan.layerLabels(of: product).count) * (pixels * sampleBytes(product) + beside)
      }
    }
    let bytes = formats.reduce(0.0) { sum, format in
      switch format {
      case .netcdf, .zarr:
        // Coordinates, attributes and the places of chunks.
        let files = ProductFiles(plan: plan, formats: [.netcdf]).units().reduce(0) { $0 + $1.files.count }
        let coordinates = Double(plan.grid.width + plan.grid.height) * 8
        return sum + all(stored, beside: 64 * chunks) + Double(files + published.count)
          * (coordinates + 65_536)
      case .cog: return sum + all(tiled, beside: 65_536)
      }
    }
    return bytes.rounded(.up)
  }

  /// Bytes of a sample as it is stored.
  static func sampleBytes(_ product: Product) -> Double {
    switch product.variable.storage {
    case .float32, .int32: 4
    case .int16: 2
    case .flags: 1
    }
  }
}

extension RunStages.Sequence {
  /// What a sequence takes, as planned.
  init(_ plan: SequencePlan, _ output: PipelineConfig.Output) {
    let workers = max(plan.memory.workers, 1)
    self.init(
      name: plan.name, cells: plan.cellCount,
      bytesPerCell: (Double(plan.bytesRead) + RunStages.rawBytes(of: plan)) / Double(max(plan.cellCount, 1)))
    self.workers = workers
    layers = plan.compiled.graph.order.filter { $0 != 0 }.map {
      LayerTrial(plan.stages[$0], of: plan).seconds / Double(workers)
    }
    let names = ProductFiles(plan: plan, formats: output.formats)
    let files = names.units().flatMap(\.files) + names.wholes()
    work = [RunWork: Double](files.map { RunWork.Part($0, of: plan) })
    let composites = Quicklooks.composites(of: plan, output.pictures)
    if output.formats.contains(.cog) {
      let count = composites.reduce(0) { $0 + $1.labels.count }
      let colours = RunWork.Part(coloursOf: plan)
      if count > 0 { work[.colours] = Double(count) * colours.amount }
    }
    let stride = max(
      1, (max(plan.grid.width, plan.grid.height) + QuicklookSamples.side - 1) / QuicklookSamples.side)
    let side = Double(QuicklookSamples.side)
    pictureSize = max(Double(plan.grid.window.count) / Double(stride * stride) / (side * side), 0.1)
    let pictures =
      plan.products.filter(\.isPublished).reduce(0) { $0 + plan.layerLabels(of: $1).count }
      + composites.reduce(0) { $0 + $1.labels.count }
    work[.pictures] = pictureSize * Double(pictures)
  }
}
