internal import Engine

/// Makes the readers of a sequence's bands, one for each worker: files that lie on the grid are read as they are, others
/// are resampled onto it, granules are regridded.
///
/// What is known of the files is shared by all of them: each is opened through GDAL once.
struct BandReaders: Sendable {
  private let plan: SequencePlan
  private let files: BandFiles
  private let formats: BandFormats
  private let shared: SharedBlocks?

  init(plan: SequencePlan, files: BandFiles) {
    (self.plan, self.files) = (plan, files)
    formats = BandFormats(plan: plan, files: files)
    let limit = plan.memory.sharedBlocks
    shared = limit > 0 ? SharedBlocks(limit: limit, order: plan.order) : nil
  }

  func make() -> any BandReader {
    SwathBandReader(
      reading: WarpingBandReader(
        reading: FileBandReader(formats: formats, files: files, shared: shared), formats: formats,
        grid: plan.grid,
        mostSourcePixels: plan.memory.warpSourcePixels),
      grid: plan.grid)
  }
}
