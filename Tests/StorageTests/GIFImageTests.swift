import Storage
import Testing

/// Animations, read back by a reader written after the specification.
@Suite struct GIFImageTests {
  private static let palette = (0..<256).map { place in
    PNGImage.Colour(UInt8(place), UInt8(255 - place), 7, alpha: place == 0 ? 0 : 255)
  }

  /// The codes of one picture, unpacked.
  private static func unpacked(_ data: [UInt8]) -> [UInt8] {
    var table: [[UInt8]] = []
    func reset() { table = (0..<258).map { $0 < 256 ? [UInt8($0)] : [] } }
    reset()
    var (place, width): (Int, Int) = (0, 9)
    var before: [UInt8]?
    var output: [UInt8] = []
    while place + width <= data.count * 8 {
      let code = (0..<width).reduce(0) {
        $0 | (Int(data[(place + $1) / 8] >> UInt8((place + $1) % 8)) & 1) << $1
      }
      place += width
      if code == 256 {
        reset()
        (width, before) = (9, nil)
        continue
      }
      if code == 257 { return output }
      guard let last = before else {
        before = table[code]
        output += table[code]
        continue
      }
      guard code <= table.count else { return [] }
      let entry = code < table.count ? table[code] : last + [last[0]]
      if table.count < 4096 { table.append(last + [entry[0]]) }
      if table.count == 1 << width, width < 12 { width += 1 }
      output += entry
      before = entry
    }
    return []
  }

  /// The pictures of a file with a palette of 256 colours.
  private static func pictures(_ file: [UInt8]) -> [[UInt8]] {
    var place = 13 + 768
    var pictures: [[UInt8]] = []
    func blocks() -> [UInt8] {
      var data: [UInt8] = []
      while file[place] > 0 {
        data += file[(place + 1)...(place + Int(file[place]))]
        place += Int(file[place]) + 1
      }
      place += 1
      return data
    }
    while file[place] != 0x3B {
      if file[place] == 0x21 {
        place += 2
        _ = blocks()
      } else {
        place += 11
        pictures.append(unpacked(blocks()))
      }
    }
    return pictures
  }

  @Test(arguments: [1, 2, 3, 255, 256, 257, 4096, 9000, 40_000])
  func `pictures come back as they were, however many strings they hold`(count: Int) {
    var generator = SystemRandomNumberGenerator()
    let kinds: [[UInt8]] = [
      Array(repeating: 9, count: count), (0..<count).map { UInt8($0 % 256) },
      (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) },
      (0..<count).map { UInt8(($0 / 7) % 5) },
    ]
    var image = GIFImage(width: count, height: 1, palette: Self.palette, delay: 60)
    for kind in kinds { image.add(kind) }
    #expect(Self.pictures(image.encoded) == kinds)
  }

  @Test func `the header has size, palette, repetition and what is transparent`() {
    var image = GIFImage(width: 300, height: 2, palette: Array(Self.palette.prefix(3)), delay: 258)
    image.add([1, 2])
    let file = image.encoded
    #expect(Array(file.prefix(13)) == Array("GIF89a".utf8) + [44, 1, 2, 0, 0xF7, 0, 0])
    #expect(Array(file[13..<22]) == [0, 255, 7, 1, 254, 7, 2, 253, 7])
    #expect(String(decoding: file[784..<795], as: UTF8.self) == "NETSCAPE2.0")
    // The picture's control: remove it before the next, delay, the first colour is transparent.
    #expect(Array(file[800..<808]) == [0x21, 0xF9, 4, 9, 2, 1, 0, 0])
    // What is missing at the end is the first colour.
    #expect(Self.pictures(file) == [[1, 2] + Array(repeating: 0, count: 598)])
  }
}
