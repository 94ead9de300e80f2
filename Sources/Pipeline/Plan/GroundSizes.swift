import Engine
import GDAL
import Geo
import JSON

/// Tells modules with lengths on the ground how many pixels these are.
struct GroundSizes {
  let grid: Grid
  /// The config's, for mistakes.
  let file: String

  /// The sequence with all sizes in pixels.
  ///
  /// - Throws: `PlanError` where the grid has no pixels of one size in metres, or a size cannot be had.
  func applied(to sequence: SequenceConfig) throws -> SequenceConfig {
    var sized = sequence
    for (place, entry) in sequence.modules.enumerated() {
      guard let module = entry.module as? any GroundSizedModule, module.hasGroundSizes else { continue }
      let key = GroundSizes.key(of: entry)
      do throws(GroundSizeError) {
        let side = try side()
        do throws(GroundSizeError) {
          sized.modules[place].module = try module.sized(forPixels: side)
        } catch {
          throw GroundSizeError("\(error.message) (pixels of \(side) m)")
        }
      } catch {
        throw entry.mistake(
          "sequence \"\(sequence.name)\", module \"\(entry.name)\": \(error.message)", at: key, in: file)
      }
    }
    return sized
  }

  /// The parameter that has a length or an area as text.
  private static func key(of entry: ModuleConfig) -> String? {
    entry.source?.node.members?.first { member in
      member.node.string.map { GroundSize($0) != nil || GroundSize($0, isArea: true) != nil } ?? false
    }?.key
  }

  /// The length of a pixel's side in metres on the ground, in the middle of the grid.
  private func side() throws(GroundSizeError) -> Double {
    let advice = "give the size in pixels, or use a projected \"crs\" in \"area\""
    guard !grid.crs.isGeographic else {
      throw GroundSizeError(
        "a size in metres, and the grid's pixels are degrees (\(grid.crs.name)); " + advice)
    }
    let unit = SpatialReference.metresPerUnit(grid.crs) ?? 1
    let (width, height) = (abs(grid.transform.pixelWidth) * unit, abs(grid.transform.pixelHeight) * unit)
    guard grid.transform.isAxisAligned, width > 0, abs(width / height - 1) < 0.01 else {
      throw GroundSizeError(
        "a size in metres, and the grid's pixels are no squares (\(width) m by \(height) m); " + advice)
    }
    return GroundScale(grid)?.width ?? width
  }
}
