import Patterns
import Testing

/// Values of bands as 8 bits, which pictures are refused, and where sub-images lie.
@Suite struct PictureTests {
  @Test func `NDVI is cut, not rounded, and ends at 0 and 255`() {
    #expect(EightBitScale.ndvi(-1) == 0)
    #expect(EightBitScale.ndvi(-1.2) == 0)
    #expect(EightBitScale.ndvi(1) == 255)
    #expect(EightBitScale.ndvi(1.2) == 255)
    // 191.25 and 191.99…
    #expect(EightBitScale.ndvi(0.5) == 191)
    #expect(EightBitScale.ndvi(0.5058) == 191)
    // Missing is 0, as where Earth Engine fills masked pixels.
    #expect(EightBitScale.ndvi(0) == 127)
    #expect(EightBitScale.ndvi(.nan) == 127)
    #expect(EightBitScale.ndvi([0.5, .nan], width: 2, height: 1).samples == [191, 127])
  }

  @Test func `three bands share one scale, and one more than the brightest would be 255`() {
    let picture = EightBitScale.colour(
      red: [1000, 0, .nan, 500], green: [2999, 1, -5, 500], blue: [10, 12, 2998, 500], width: 2, height: 2)
    #expect(picture.samples == [85, 254, 0, 0, 0, 1, 0, 0, 254, 42, 42, 42])
    // Reflectances are brought to digital numbers first.
    let same = EightBitScale.colour(
      red: [0.5, 0], green: [0.25, 1], blue: [0, 0.75], width: 2, height: 1, factor: 10_000)
    #expect(same.samples == [127, 63, 0, 0, 254, 191])
    let dark = EightBitScale.colour(red: [-3], green: [-2], blue: [-1], width: 1, height: 1)
    #expect(dark.samples == [0, 0, 0])
  }

  @Test func `grey pictures are refused, and those with too many black pixels`() {
    func picture(black: Int) -> ColourImage {
      let samples = (0..<2500).flatMap { $0 < black ? [UInt8](repeating: 0, count: 3) : [9, 8, 7] }
      return ColourImage(width: 50, height: 50, samples: samples)
    }
    #expect(picture(black: 124).fault(blackLimit: 0.05) == nil)
    #expect(picture(black: 125).fault(blackLimit: 0.05) == .black(share: 0.05))
    #expect(picture(black: 2499).fault(blackLimit: 1) == nil)
    #expect(picture(black: 2500).fault(blackLimit: 1) == .black(share: 1))
    let grey = ColourImage(SamplePictures.landscape(50, 50))
    #expect(grey.fault(blackLimit: 1) == .grey)
  }

  @Test func `sub-images go down the columns and leave the rest out`() {
    let layout = SubImageLayout(width: 207, height: 149, size: 50)
    #expect(layout.columns == 4 && layout.rows == 2)
    let places = layout.subImages.map { [$0.index, $0.column, $0.row] }
    #expect(places.prefix(3) == [[0, 0, 0], [1, 0, 50], [2, 50, 0]])
    #expect(places.last == [7, 150, 50])
    #expect(SubImageLayout(width: 49, height: 500).count == 0)
    let picture = SamplePictures.landscape(207, 149)
    let part = picture.part(layout.subImages[3])
    #expect(part.samples[0] == picture.samples[50 * 207 + 50])
    #expect(part.samples[2499] == picture.samples[99 * 207 + 99])
    #expect(ColourImage(picture).part(layout.subImages[3]) == ColourImage(part))
  }

  @Test func `coordinates are pyveg's on request, also where the picture is not square`() throws {
    let layout = SubImageLayout(width: 200, height: 150)
    let centres = layout.subImages.map {
      layout.pyvegCentre(of: $0, longitude: 27.94, latitude: 11.58, regionSize: 0.08)
    }
    #expect(centres.count == 12)
    #expect(centres[0].longitude == 27.910000000000004 && centres[0].latitude == 11.606666666666666)
    #expect(centres[1].longitude == 27.910000000000004 && centres[1].latitude == 11.579999999999998)
    #expect(centres[11].longitude == 27.970000000000002 && centres[11].latitude == 11.553333333333333)
  }

  @Test func `the mean of a sub-image has four decimals, that of its vegetation all of them`() {
    let picture = SamplePictures.landscape(64, 50).part(column: 0, row: 0, width: 50, height: 50)
    let whole = VegetationSeparation.blackAndWhite(SamplePictures.landscape(64, 50))
    let statistics = NDVIStatistics(
      ndvi: picture, blackAndWhite: whole.part(column: 0, row: 0, width: 50, height: 50))
    #expect(statistics.mean == 139.3156)
    #expect(statistics.vegetationMean == 149.57898773006136)
    let bare = NDVIStatistics(ndvi: picture, blackAndWhite: SamplePictures.white(50, 50))
    #expect(bare.vegetationMean == nil && bare.vegetationPixels == 0)
  }
}
