import Engine
import GDAL
import Geo

/// What modules whose results depend on date and place need to know before the run.
struct PixelPlaces {
  let sequence: SequenceConfig
  let grid: Grid

  /// Where the grid's pixels lie on the earth, where a module asks for it.
  ///
  /// - Throws: `PlanError` where a module lacks something of a date, or the grid's coordinates lead nowhere.
  func positions(slices: [Slice]) throws -> PositionLattice? {
    let steps = StagePlan.numberSteps(of: .date, slices: slices, range: nil)
    var isNeeded = false
    for entry in sequence.modules {
      guard let module = entry.module as? any PlacedModule else { continue }
      do {
        try module.check(steps)
      } catch {
        throw PlanError(
          "sequence \"\(sequence.name)\", module \"\(entry.name)\": \(error)", isConfigMistake: true)
      }
      isNeeded = isNeeded || module.needsPositions
    }
    return isNeeded ? try lattice() : nil
  }

  private func lattice() throws -> PositionLattice {
    let points = PositionLattice.points(width: grid.width, height: grid.height)
    let transform = grid.transform
    var x = points.map { transform.originX + $0.column * transform.pixelWidth + $0.row * transform.rowShear }
    var y = points.map {
      transform.originY + $0.column * transform.columnShear + $0.row * transform.pixelHeight
    }
    do throws(GDALError) {
      let lonLat = try SpatialReference.parse("EPSG:4326")
      try SpatialReference.transform(x: &x, y: &y, from: grid.crs, to: lonLat)
    } catch {
      throw PlanError(
        "sequence \"\(sequence.name)\": the place of the sun cannot be told, since the grid's corners have no "
          + "longitude and latitude: \(error)")
    }
    // Without a jump at the antimeridian.
    let first = x.first ?? 0
    let longitudes = x.map { $0 - ((($0 - first) / 360).rounded() * 360) }
    return PositionLattice(width: grid.width, height: grid.height, longitudes: longitudes, latitudes: y)
  }
}
