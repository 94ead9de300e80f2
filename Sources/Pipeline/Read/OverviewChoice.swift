import Engine
import GDAL
import Geo

/// Which of a file's overviews is read instead of its full resolution.
struct OverviewChoice {
  struct Overview {
    /// As GDAL counts, from 0.
    let level: Int
    let size: BandInfo.Overview
  }

  let info: RasterInfo
  /// Counted from 1.
  let band: Int

  /// The coarsest overview that is not coarser than the grid; nil where there is none, or where overviews would give
  /// other numbers than the pixels.
  func best(for warp: BandWarp) -> Overview? {
    // A percent of tolerance: the last pixel of an overview is often not a whole one.
    let most = warp.overviewFactor * 1.01
    if warp.isQuality, !["NEAREST", "MODE"].contains(info.overviewResampling?.uppercased()) { return nil }
    guard most >= 2, info.bands.indices.contains(band - 1) else { return nil }
    let fitting = info.bands[band - 1].overviews.enumerated().filter { _, size in
      size.width > 0 && size.height > 0 && Double(info.width) / Double(size.width) <= most
        && Double(info.height) / Double(size.height) <= most
    }
    return fitting.min { $0.element.width < $1.element.width }
      .map { Overview(level: $0.offset, size: $0.element) }
  }
}

extension Grid {
  /// The same extent in fewer pixels.
  func reduced(to size: BandInfo.Overview) -> Grid {
    var transform = transform
    let (columns, rows) = (Double(width) / Double(size.width), Double(height) / Double(size.height))
    transform.pixelWidth *= columns
    transform.columnShear *= columns
    transform.rowShear *= rows
    transform.pixelHeight *= rows
    return Grid(crs: crs, transform: transform, width: size.width, height: size.height)
  }
}
