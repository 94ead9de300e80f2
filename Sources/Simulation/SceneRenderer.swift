internal import Geo

/// Everything that all scenes of an archive share.
struct SimulatedWorld: Sendable {
  let seed: UInt64
  let width: Int
  let height: Int
  let landscape: Landscape

  init(seed: UInt64, width: Int, height: Int, pattern: DrylandPattern.Kind? = nil) {
    self.seed = seed
    self.width = width
    self.height = height
    landscape = Landscape(seed: seed, width: width, height: height, pattern: pattern)
  }

  func sky(of day: SimulatedDay, number: Int) -> CloudField {
    CloudField(seed: seed, day: number, fraction: day.cloudFraction, width: width, height: height)
  }
}

/// Renders the rows of one scene, each for itself: a sample depends on seed, day, scene and place only.
///
/// One renderer belongs to one thread: it keeps the rows it works on.
final class SceneRenderer {
  private let world: SimulatedWorld
  private let scene: SimulatedScene
  private let sky: CloudField
  private let snowLine: Int16
  private let grainKey: UInt32
  private let bands: [SimulatedBand]
  private let levels: [[Int32]]
  private let contrasts: [[Int32]]
  private let fields: RowFields

  init(
    world: SimulatedWorld,
    day: SimulatedDay,
    scene: SimulatedScene,
    sky: CloudField,
    bands: [SimulatedBand]
  ) {
    self.world = world
    self.scene = scene
    self.sky = sky
    self.bands = bands
    snowLine = world.landscape.snowLine(month: day.date.month)
    // The second scene of a day has its own grain, and is a little brighter.
    grainKey = PixelHash.key(seed: world.seed, .grain, scene.day * 2 + scene.number)
    let brightness = Int32(6 * scene.number)
    levels = bands.map { band in
      band == .quality
        ? [] : PixelKind.levels(band: band.index, dayOfYear: day.dayOfYear).map { $0 + brightness }
    }
    contrasts = bands.map { band in
      band == .quality ? [] : PixelKind.contrasts(band: band.index, dayOfYear: day.dayOfYear)
    }
    fields = RowFields(width: scene.footprint.raster.width)
  }

  /// Renders one row of the scene's raster.
  ///
  /// - Parameters:
  ///   - row: counted on the area.
  ///   - outputs: one pointer a band, in the order of `bands`; each receives the row's samples.
  func render(row: Int, into outputs: [UnsafeMutablePointer<UInt16>]) {
    let raster = scene.footprint.raster
    let data = scene.footprint.dataColumns(row: row)
    for (band, output) in zip(bands, outputs) {
      let before = max(0, min(raster.width, data.lowerBound - raster.column))
      let after = max(before, min(raster.width, data.upperBound - raster.column))
      output.update(repeating: band.nodata, count: before)
      (output + after).update(repeating: band.nodata, count: raster.width - after)
    }
    guard !data.isEmpty else { return }
    classify(row: row, columns: data)
    for (place, band) in bands.enumerated() {
      let output = outputs[place] + (data.lowerBound - raster.column)
      if band == .quality {
        quality(count: data.count, into: output)
      } else {
        reflectance(place, shift: UInt32(4 * band.index), count: data.count, into: output)
      }
    }
  }

  /// Finds what each pixel is, the texture it has and its grain.
  private func classify(row: Int, columns: Range<Int>) {
    let (first, count) = (columns.lowerBound, columns.count)
    let land = world.landscape
    let sky = sky
    let fields = fields
    // In the seconds between two scenes of a day the clouds drift on.
    let drifted = first + 3 * scene.number
    land.cover(row: row, firstColumn: first, count: count, into: fields.cover)
    land.elevation(row: row, firstColumn: first, count: count, into: fields.elevation)
    land.lake.row(row, firstColumn: first, count: count, into: fields.lake)
    land.texture.row(row, firstColumn: first, count: count, into: fields.texture)
    sky.clouds.row(row, firstColumn: drifted, count: count, into: fields.cloud)
    sky.clouds.row(
      row + sky.shadowRows,
      firstColumn: drifted + sky.shadowColumns,
      count: count,
      into: fields.shade
    )
    if sky.cirrusAbove < Int16.max {
      sky.cirrus.row(row, firstColumn: first, count: count, into: fields.cirrus)
    }

    let (grassBelow, cropsBelow, forestBelow) = (land.grassBelow, land.cropsBelow, land.forestBelow)
    let (treeLine, shore, snowLine) = (land.treeLine, land.shore, snowLine)
    let (cloudAbove, rimAbove, cirrusAbove) = (sky.cloudAbove, sky.rimAbove, sky.cirrusAbove)
    let (cover, elevation, lake, texture) = (fields.cover, fields.elevation, fields.lake, fields.texture)
    let (cloud, shade, cirrus, kind) = (fields.cloud, fields.shade, fields.cirrus, fields.kind)
    for place in 0..<count {
      // Selections, not branches, from the weakest claim to the strongest; the numbers are `PixelKind.code`.
      var surface: UInt8 = cover[place] < grassBelow ? 2 : 3
      surface = cover[place] < cropsBelow ? 1 : surface
      surface = cover[place] < forestBelow ? 0 : surface
      surface = elevation[place] > treeLine ? 4 : surface
      surface = elevation[place] > snowLine ? 6 : surface
      surface = lake[place] > shore ? 5 : surface
      var above: UInt8 = cirrus[place] > cirrusAbove ? 8 : 0
      above = cloud[place] > rimAbove ? 16 : above
      above = shade[place] > cloudAbove ? 24 : above
      above = cloud[place] > cloudAbove ? 32 : above
      kind[place] = surface | above
      texture[place] = cloud[place] > cloudAbove ? cloud[place] : texture[place]
    }
    let grainRow = PixelHash.mix(grainKey, UInt32(truncatingIfNeeded: row))
    let grain = fields.grain
    for place in 0..<count {
      grain[place] = PixelHash.mix(grainRow, UInt32(truncatingIfNeeded: first &+ place))
    }
  }

  private func quality(count: Int, into output: UnsafeMutablePointer<UInt16>) {
    let kind = fields.kind
    PixelKind.quality.withUnsafeBufferPointer { table in
      for place in 0..<count { output[place] = table[Int(kind[place])] }
    }
  }

  /// - Parameter shift: which four bits of the grain are this band's.
  private func reflectance(
    _ band: Int,
    shift: UInt32,
    count: Int,
    into output: UnsafeMutablePointer<UInt16>
  ) {
    let (kinds, texture, grain) = (fields.kind, fields.texture, fields.grain)
    levels[band].withUnsafeBufferPointer { level in
      contrasts[band].withUnsafeBufferPointer { contrast in
        for place in 0..<count {
          let kind = Int(kinds[place])
          let relief = ((Int32(texture[place]) &- 16_384) &* contrast[kind]) >> 15
          let noise = Int32(truncatingIfNeeded: (grain[place] >> shift) & 15)
          output[place] = UInt16(truncatingIfNeeded: level[kind] &+ relief &+ noise)
        }
      }
    }
  }
}
