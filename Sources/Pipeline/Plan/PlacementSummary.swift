import Engine
import Geo
import JSON
import Raster

/// How the rasters of a sequence come onto its grid, counted.
struct PlacementSummary {
  /// Rasters that are resampled in one way.
  struct Warped {
    let resampling: Resampling
    var rasters = 0
    /// The coarsest overviews that may be read, as so many pixels along each side in one; 1 for none.
    var overviewFactor = 1.0
    var isReprojected = false
  }

  private(set) var pasted = 0
  /// Bands of granules.
  private(set) var regridded = 0
  private var method = Regridding.Method.nearest
  private(set) var warped: [Warped] = []

  init(_ plan: SequencePlan) {
    for file in plan.timeSteps.flatMap(\.scenes).flatMap(\.bands).compactMap(\.file) {
      if let swath = file.swath {
        (regridded, method) = (regridded + 1, swath.regridding.method)
        continue
      }
      guard let warp = file.warp else {
        pasted += 1
        continue
      }
      let place = warped.firstIndex { $0.resampling == warp.resampling } ?? warped.endIndex
      if place == warped.endIndex { warped.append(Warped(resampling: warp.resampling)) }
      warped[place].rasters += 1
      if !warp.isQuality {
        warped[place].overviewFactor = max(warped[place].overviewFactor, warp.overviewFactor)
      }
      warped[place].isReprojected = warped[place].isReprojected || warp.source.crs.wkt != plan.grid.crs.wkt
    }
  }

  /// "12 rasters read without resampling; 30 resampled: 20 bilinear (reprojected, overviews up to 1/4), 10 nearest".
  var text: String {
    let kinds = warped.map { kind in
      let notes = [
        kind.isReprojected ? "reprojected" : nil,
        kind.overviewFactor >= 2 ? "overviews down to 1/\(Int(kind.overviewFactor * 1.01))" : nil,
      ].compactMap { $0 }
      return "\(kind.rasters) \(kind.resampling.rawValue)"
        + (notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))")
    }
    let isWhole = pasted > 0 || warped.isEmpty && regridded == 0
    let whole = isWhole ? "\(pasted) read without resampling" : nil
    let count = warped.map(\.rasters).reduce(0, +)
    let rest = warped.isEmpty ? nil : "\(count) resampled: \(kinds.joined(separator: ", "))"
    let swaths = regridded > 0 ? "\(regridded) bands of granules regridded: \(method.rawValue)" : nil
    return [whole, rest, swaths].compactMap { $0 }.joined(separator: "; ")
  }

  var json: JSONValue {
    [
      "pasted": .integer(pasted), "regridded": .integer(regridded),
      "resampled": .array(
        warped.map {
          [
            "method": .string($0.resampling.rawValue), "rasters": .integer($0.rasters),
            "reprojected": .bool($0.isReprojected), "overview_factor": .number($0.overviewFactor),
          ]
        }),
    ]
  }
}
