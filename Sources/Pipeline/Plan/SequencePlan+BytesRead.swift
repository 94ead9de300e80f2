internal import Engine
internal import Geo

extension SequencePlan {
  /// Samples under the grid, two bytes each: what the usual archives store. Of granules all numbers of the bands, and their
  /// longitudes and latitudes twice: to find where their pixels lie, and to bring these onto the grid.
  var bytesRead: Int {
    var bytes = 0.0
    for scene in timeSteps.flatMap(\.scenes) {
      bytes += Double(2 * (scene.bands.lazy.compactMap { $0.file?.swath?.positionBytes }.first ?? 0))
      for band in scene.bands {
        if let swath = band.file?.swath {
          bytes += Double(swath.isMaskOnly ? 0 : swath.bytes)
          continue
        }
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

  /// Requests to servers: each file's header, and for each chunk what it needs of each file under it.
  var requests: Int {
    var count = 0
    for file in timeSteps.flatMap(\.scenes).flatMap({ $0.bands.compactMap(\.file) })
    where file.path.contains("://") && !file.path.hasPrefix("file:") {
      count += 1
      guard let window = file.placement.intersection(grid.window) else { continue }
      count += layout.chunks(in: window).count
    }
    return count
  }
}
