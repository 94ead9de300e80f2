import Engine
import GDAL
import Geo
import Raster

/// How the scenes behind a file came onto its grid, in words for people.
struct GridPlacement {
  /// "on the scenes' own grid", or what they were resampled to and how.
  let text: String

  init(_ timeSteps: [TimeStep], on grid: Grid) {
    let scenes = timeSteps.flatMap(\.scenes)
    let files = scenes.map { $0.bands.compactMap(\.file) }
    let resampled = files.count { $0.contains { $0.warp != nil || $0.swath != nil } }
    guard resampled > 0 else {
      text = "on the scenes' own grid"
      return
    }
    var bands: [String: [String]] = [:]
    for file in files.joined() {
      guard let method = Self.method(file), bands[method]?.contains(file.band) != true else { continue }
      bands[method, default: []].append(file.band)
    }
    let methods = bands.sorted { $0.key < $1.key }.map { method, bands in
      "\(method): \(bands.sorted().joined(separator: ", "))"
    }
    let count = resampled == scenes.count ? "the scenes" : "\(resampled) of the \(scenes.count) scenes"
    text =
      "on \(GridPlacement.name(of: grid)), to which \(count) were resampled (\(methods.joined(separator: "; ")))"
  }

  /// How a band came onto the grid; nil where its pixels are the grid's.
  private static func method(_ file: BandFile) -> String? {
    guard let swath = file.swath else { return file.warp?.resampling.rawValue }
    return (swath.isQuality ? .nearest : swath.regridding.method).rawValue
  }

  /// "a grid of 30.0 × 30.0 m (EPSG:32719)".
  private static func name(of grid: Grid) -> String {
    let unit = grid.crs.isGeographic ? "degrees" : SpatialReference.cfGridMapping(grid.crs).xUnits
    let transform = grid.transform
    let size = "\(abs(transform.pixelWidth)) × \(abs(transform.pixelHeight)) \(unit)"
    return "a grid of \(size)" + (grid.crs.authorityCode.map { " (\($0))" } ?? "")
  }
}
