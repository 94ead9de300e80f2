import Storage
import Testing

@testable import Engine

/// Pictures of layers with a legend, and all layers beside each other.
@Suite struct LegendPictureTests {
  private let scale = ColourScale.ramp(.viridis, 0...1)

  private func picture(metres: Double? = 30, title: String = "ndvi 2021-01-03") -> IndexedPicture {
    LegendPicture(
      width: 200, height: 4, values: (0..<800).map { $0 == 0 ? .nan : Float($0 % 200) / 199 }, scale: scale,
      title: title, units: "K", metresPerPixel: metres
    ).picture
  }

  @Test func `the map stands above the legend, unchanged`() {
    let made = picture()
    #expect(made.width == 200 && made.height > 30)
    #expect(made.texts[LegendPicture.mapKeyword] == "200 4" && made.texts["Title"] == "ndvi 2021-01-03")
    let map = made.cropped(width: 200, height: 4).indices
    #expect(map[0] == 0 && map[1] == scale.indices([1 / 199])[0] && map[199] == 253)
    // Ink and colours of the ramp are below it, and nothing is transparent there.
    let legend = made.indices.dropFirst(800)
    #expect(
      legend.contains(ColourScale.ink) && legend.contains(1) && legend.contains(253) && !legend.contains(0))
  }

  @Test func `a scale bar is there where the ground is known, and words that are too long are cut`() {
    #expect(picture().height > picture(metres: nil).height)
    let long = picture(title: String(repeating: "ndvi ", count: 100))
    #expect(long.width == 200 && long.height == picture().height)
    // Letters that the font does not have are boxes, not the end.
    #expect(picture(title: "ndvi \u{1F600} \u{7}é").height == long.height)
  }

  @Test func `narrow maps have a legend as wide as words need`() {
    let made = LegendPicture(
      width: 3, height: 2, values: [0, 1, 0, 1, 0, 1], scale: scale, title: "x", units: "1",
      metresPerPixel: nil
    ).picture
    #expect(made.width >= 150 && made.cropped(width: 3, height: 2).indices == [1, 253, 1, 253, 1, 253])
  }

  @Test func `a contact sheet holds every layer that was added`() throws {
    var sheet = ContactSheet(
      width: 20, height: 10, scale: scale, title: "ndvi", units: "1", metresPerPixel: 1000)
    #expect(sheet.picture == nil)
    // Each layer has one colour, and no two the same.
    for layer in 0..<7 {
      sheet.add(Array(repeating: Float(layer) / 7, count: 200), label: "2021-0\(layer + 1)")
    }
    let made = try #require(sheet.picture)
    for place in scale.indices((0..<7).map { Float($0) / 7 }) {
      #expect(made.indices.filter { $0 == place }.count >= 200, "\(place)")
    }
    #expect(made.indices.count == made.width * made.height && !made.indices.contains(0))
  }

  @Test func `numbers of a narrow legend do not run into each other`() {
    // Twelve letters each: beside each other they need more than the 184 pixels between the margins.
    func made(_ range: ClosedRange<Double>, _ units: String) -> IndexedPicture {
      LegendPicture(
        width: 64, height: 1, values: Array(repeating: 0, count: 64), scale: .ramp(.viridis, range),
        title: "x",
        units: units, metresPerPixel: nil
      ).picture
    }
    let short = made(0...1, "1")
    #expect(made(1.5e-10...2.5e-10, "1").height == short.height)
    #expect(made(0...1, "kilograms of carbon a square metre").height == short.height + BitmapFont.height + 2)
  }

  @Test func `a class as white as the paper has a frame`() {
    let white = ColourScale.Class(value: 1, name: "ice", colour: .init(255, 255, 255))
    let made = LegendPicture(
      width: 20, height: 1, values: Array(repeating: 1, count: 20), scale: .classes([white]), title: "",
      units: "1", metresPerPixel: nil
    ).picture
    // Of eight rows of ten dots the edge is ink: 32 of them, and what the name takes.
    let name = "ice".unicodeScalars.flatMap(BitmapFont.columns).reduce(0) { $0 + $1.nonzeroBitCount }
    #expect(made.indices.count { $0 == ColourScale.ink } == 32 + name)
    #expect(made.indices.count { $0 == 1 } == 20 + 48)
  }
}
