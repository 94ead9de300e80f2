internal import Engine
internal import Geo

extension SequencePlan {
  /// Samples under the grid, two bytes each: what the usual archives store.
  var bytesRead: Int {
    var bytes = 0.0
    for scene in timeSteps.flatMap(\.scenes) {
      for band in scene.bands {
        guard
          let window = (band.file?.placement ?? scene.placement ?? grid.window)
            .intersection(grid.window)
        else { continue }
        let each = band.file?.warp.map { warp in
          warp.overviewFactor >= 2 ? 4 : warp.sourcePixelsPerPixel
        }
        bytes += Double(window.count) * 2 * (each ?? 1)
      }
    }
    return Int(min(bytes, 1e18))
  }
}
