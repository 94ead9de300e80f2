import Storage
import Testing

/// Pictures of a palette that were written are read again.
@Suite struct IndexedPictureTests {
  private static let palette = [
    PNGImage.Colour(0, 0, 0, alpha: 0), PNGImage.Colour(1, 2, 3), PNGImage.Colour(255, 254, 253),
  ]
  private static let picture = IndexedPicture(
    width: 5, height: 3, palette: palette, indices: (0..<15).map { UInt8($0 % 3) },
    texts: ["Title": "ndvi 2021-01-03 – °C", "apus-map": "5 2"])

  @Test func `size, colours, pixels and texts come back`() throws {
    let read = try #require(IndexedPicture(png: try Self.picture.encoded()))
    #expect(read.width == 5 && read.height == 3 && read.palette == Self.palette)
    #expect(read.indices == Self.picture.indices && read.texts == Self.picture.texts)
  }

  @Test func `a damaged file is none, wherever the damage is`() throws {
    let file = try Self.picture.encoded()
    for place in file.indices {
      var damaged = file
      damaged[place] ^= 0x40
      #expect(IndexedPicture(png: damaged) == nil || place >= file.count - 12, "byte \(place)")
    }
    for count in 0..<(file.count - 12) { #expect(IndexedPicture(png: Array(file.prefix(count))) == nil) }
    #expect(IndexedPicture(png: try PNGImage(width: 2, height: 1, grey: [1, 2]).encoded()) == nil)
  }

  @Test func `parts and reductions take whole pixels`() {
    let map = Self.picture.cropped(width: 4, height: 2)
    #expect(map.indices == [0, 1, 2, 0, 2, 0, 1, 2])
    #expect(map.cropped(width: 90, height: 90).indices == map.indices)
    let small = Self.picture.reduced(to: 3)
    #expect(small.width == 3 && small.height == 2 && small.indices == [0, 2, 0, 2, 1, 2])
    #expect(Self.picture.reduced(to: 5).indices == Self.picture.indices)
  }

  @Test func `pictures of colours come back as they were, and no other file does`() throws {
    let samples = (0..<(4 * 5 * 3)).map { UInt8($0 * 37 & 255) }
    let made = ColourPicture(width: 5, height: 3, samples: samples, texts: ["Title": "a"])
    let file = try made.encoded()
    let found = try #require(ColourPicture(png: file))
    #expect(
      found.width == 5 && found.height == 3 && found.samples == samples && found.texts == ["Title": "a"])
    #expect(IndexedPicture(png: file) == nil && ColourPicture(png: Array(file.dropLast(20))) == nil)
    var damaged = file
    damaged[file.count / 2] ^= 1
    #expect(ColourPicture(png: damaged) == nil)
    let indexed = IndexedPicture(
      width: 2, height: 1, palette: [.init(1, 2, 3, alpha: 0), .init(4, 5, 6)], indices: [1, 0])
    #expect(ColourPicture(png: try indexed.encoded()) == nil)
    #expect(ColourPicture(indexed).samples == [4, 5, 6, 255, 1, 2, 3, 0])
  }

  @Test func `pictures of colours are cut, made smaller and drawn over others`() {
    let made = ColourPicture(width: 4, height: 2, samples: (0..<32).map { UInt8($0) })
    #expect(made.cropped(width: 2, height: 1).samples == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(made.reduced(to: 2).samples == Array(20..<24) + Array(28..<32))
    var other = ColourPicture(width: 3, height: 3, samples: [UInt8](repeating: 99, count: 36))
    other.draw(made, column: 2, row: 1)
    #expect(
      Array(other.samples[20..<24]) == [0, 1, 2, 3] && Array(other.samples[32..<36]) == [16, 17, 18, 19])
    #expect(other.samples.count { $0 == 99 } == 28)
  }
}
