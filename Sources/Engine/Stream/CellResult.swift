internal import Geo
internal import Raster

/// What became of a cell.
enum CellOutcome: Sendable {
  /// Something was observed.
  case done
  /// Nothing is valid, which is known: for a cause, or since no scene lies here.
  case empty(EmptyCause?)
  /// Something that should be there could not be read.
  case failed(CellFailure)
}

/// The planes that are kept of one cell, reused from cell to cell.
///
/// Handed from thread to thread whole: the queue, a worker or a fold holds it, never two of them at once.
final class CellResult: @unchecked Sendable {
  /// Float planes over the chunk, counted like the program's results; valid when the cell is done.
  let planes: [SamplePlane]
  /// What each mask rejects over the chunk: 1 rejected, 0 kept, 255 no quality known; only for masks that are reported.
  let masks: [SamplePlane]

  init(program: Program) {
    planes = program.results.map { _ in SamplePlane() }
    masks = program.masks.map { _ in SamplePlane() }
  }

  /// Makes everything missing.
  func clear(_ window: PixelWindow) {
    for plane in planes {
      plane.reshape(type: .float32, width: window.width, height: window.height)
      plane.fill(.nan)
    }
  }
}
