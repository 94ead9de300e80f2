import Engine
import Storage
import Testing

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
}
