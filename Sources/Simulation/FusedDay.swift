internal import Geo

/// NDVI of one day as it must come out: scenes fused, masked, scaled. Straight-line code in doubles, on purpose
/// nothing of the engine's kernels.
final class FusedDay {
  private static let bands: [SimulatedBand] = [.red, .nir08, .quality]
  private let scenes: [(footprint: Footprint, renderer: SceneRenderer)]
  private let width: Int
  private let rendered: BandSamples
  private let fused: BandSamples

  init(world: SimulatedWorld, day: SimulatedDay, number: Int) {
    width = world.width
    let sky = world.sky(of: day, number: number)
    scenes = day.scenes.map { scene in
      (scene.footprint, SceneRenderer(world: world, day: day, scene: scene, sky: sky, bands: FusedDay.bands))
    }
    rendered = BandSamples(bands: FusedDay.bands.count, capacity: world.width)
    fused = BandSamples(bands: FusedDay.bands.count, capacity: world.width)
  }

  /// NDVI along one row of the area; NaN where fill, cloud, cloud shadow or water is marked, where red or near
  /// infrared is missing, and where the two add up to zero.
  func ndvi(row: Int, into output: inout [Double]) {
    fuse(row: row)
    for column in 0..<width {
      let quality = fused.bands[2][column]
      let isRejected = quality & (1 << 0 | 1 << 3 | 1 << 4 | 1 << 7) != 0
      if isRejected || fused.bands[0][column] == 0 || fused.bands[1][column] == 0 {
        output[column] = .nan
        continue
      }
      let red = Double(fused.bands[0][column]) * 2.75e-5 - 0.2
      let nearInfrared = Double(fused.bands[1][column]) * 2.75e-5 - 0.2
      let sum = nearInfrared + red
      output[column] = sum == 0 ? .nan : (nearInfrared - red) / sum
    }
  }

  /// Takes, for each band by itself, the first scene in time that has a value.
  private func fuse(row: Int) {
    for (place, band) in FusedDay.bands.enumerated() {
      for column in 0..<width { fused.bands[place][column] = band.nodata }
    }
    for (footprint, renderer) in scenes {
      let raster = footprint.raster
      guard row >= raster.row, row < raster.endRow else { continue }
      renderer.render(row: row, into: rendered.bands)
      for (place, band) in FusedDay.bands.enumerated() {
        for column in 0..<raster.width where fused.bands[place][raster.column + column] == band.nodata {
          fused.bands[place][raster.column + column] = rendered.bands[place][column]
        }
      }
    }
  }
}
