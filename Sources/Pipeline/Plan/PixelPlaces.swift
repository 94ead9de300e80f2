import Engine
import GDAL
import Geo

/// What modules whose results depend on date and place need to know before the run.
struct PixelPlaces {
  let sequence: SequenceConfig
  let grid: Grid

  /// A date of which a module does not know what it needs: its results are missing there.
  struct Gap: Hashable, Sendable {
    let date: String
    let reason: String
  }

  /// Where the grid's pixels lie on the earth, where a module asks for it.
  ///
  /// - Throws: `PlanError` where the grid's coordinates lead nowhere.
  func positions() throws -> PositionLattice? {
    guard modules.contains(where: { $0.module.needsPositions }) else { return nil }
    do throws(GDALError) {
      return try PixelPlaces.lattice(of: grid)
    } catch {
      throw PlanError(
        "sequence \"\(sequence.name)\": the sun's position cannot be determined, because the grid's corners have no "
          + "longitude and latitude: \(error)")
    }
  }

  /// What modules lack of each date.
  ///
  /// - Throws: `PlanError` where one lacks something of all dates: then the config, or a file of it, is wrong.
  func gaps(timeSteps: [TimeStep], positions: PositionLattice?) throws -> [Gap] {
    let steps = StagePlan.numberSteps(of: .date, timeSteps: timeSteps, range: nil)
    return try modules.flatMap { name, module in
      let gaps = steps.compactMap { step in
        module.gap(of: step, over: positions).map {
          Gap(date: step.label, reason: "module \"\(name)\": \($0)")
        }
      }
      if let first = gaps.first, gaps.count == steps.count {
        throw PlanError(
          "sequence \"\(sequence.name)\", \(first.reason)"
            + (gaps.count > 1 ? "; so it is with all \(gaps.count) dates" : ""), isConfigMistake: true)
      }
      return gaps
    }
  }

  private var modules: [(name: String, module: any PlacedModule)] {
    sequence.modules.compactMap { entry in
      (entry.module as? any PlacedModule).map { (entry.name, $0) }
    }
  }

  /// Longitudes and latitudes all over a grid.
  static func lattice(of grid: Grid) throws(GDALError) -> PositionLattice {
    let points = PositionLattice.points(width: grid.width, height: grid.height)
    let transform = grid.transform
    var x = points.map { transform.originX + $0.column * transform.pixelWidth + $0.row * transform.rowShear }
    var y = points.map {
      transform.originY + $0.column * transform.columnShear + $0.row * transform.pixelHeight
    }
    let lonLat = try SpatialReference.parse("EPSG:4326")
    try SpatialReference.transform(x: &x, y: &y, from: grid.crs, to: lonLat)
    return PositionLattice(width: grid.width, height: grid.height, longitudes: unwound(x), latitudes: y)
  }

  /// Longitudes without a jump at the antimeridian: each as near to its neighbour as turns around the earth allow, so
  /// that a grid may go once around. (Compared with one of them all would be cut on the far side of the earth.)
  private static func unwound(_ longitudes: [Double]) -> [Double] {
    var result = longitudes
    for point in result.indices.dropFirst() {
      let isFirst = point % PositionLattice.side == 0
      let neighbour = result[point - (isFirst ? PositionLattice.side : 1)]
      let turns = ((result[point] - neighbour) / 360).rounded()
      if turns.isFinite { result[point] -= turns * 360 }
    }
    return result
  }
}
