import Engine
import GDAL
import Geo

/// Tells modules with lengths on the ground how many pixels these are.
struct GroundSizes {
  let grid: Grid

  /// The sequence with all sizes in pixels.
  ///
  /// - Throws: `PlanError` where the grid has no pixels of one size in metres, or a size cannot be had.
  func applied(to sequence: SequenceConfig) throws -> SequenceConfig {
    var sized = sequence
    for (place, entry) in sequence.modules.enumerated() {
      guard let module = entry.module as? any GroundSizedModule, module.hasGroundSizes else { continue }
      let prefix = "sequence \"\(sequence.name)\", module \"\(entry.name)\": "
      let side = try side(prefix)
      do throws(GroundSizeError) {
        sized.modules[place].module = try module.sized(forPixels: side)
      } catch {
        throw PlanError("\(prefix)\(error.message) (pixels of \(side) m)", isConfigMistake: true)
      }
    }
    return sized
  }

  /// The length of a pixel's side in metres.
  private func side(_ prefix: String) throws -> Double {
    let advice = "give the size in pixels, or use a projected \"crs\" in \"area\""
    guard !grid.crs.isGeographic else {
      throw PlanError(
        prefix + "a size in metres, and the grid's pixels are degrees (\(grid.crs.name)); " + advice,
        isConfigMistake: true)
    }
    let unit = SpatialReference.metresPerUnit(grid.crs) ?? 1
    let (width, height) = (abs(grid.transform.pixelWidth) * unit, abs(grid.transform.pixelHeight) * unit)
    guard grid.transform.isAxisAligned, width > 0, abs(width / height - 1) < 0.01 else {
      throw PlanError(
        prefix + "a size in metres, and the grid's pixels are no squares (\(width) m by \(height) m); "
          + advice,
        isConfigMistake: true)
    }
    return width
  }
}
