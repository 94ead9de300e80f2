/// The parts of a PNG file with eight bits a sample, as `PNGImage` writes it.
struct PNGParts {
  let width: Int
  let height: Int
  /// Red, green and blue of each colour of a palette, and their opacities.
  private(set) var colours: [UInt8] = []
  private(set) var opacity: [UInt8] = []
  /// The rows, compressed.
  private(set) var data: [UInt8] = []
  /// By keyword.
  private(set) var texts: [String: String] = [:]

  /// - Parameter kind: PNG's colour type.
  /// - Returns: nil for a file of another kind, for a damaged one, and for one with more than 4096 columns or rows.
  init?(_ file: [UInt8], kind: UInt8) {
    guard file.starts(with: PNGImage.signature) else { return nil }
    func number(_ place: Int) -> Int { file[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) } }
    var size: (width: Int, height: Int)?
    var place = 8
    while place + 12 <= file.count {
      let length = number(place)
      guard length <= file.count - place - 12 else { return nil }
      let body = file[(place + 8)..<(place + 8 + length)]
      guard Int(Checksum.crc32(Array(file[(place + 4)..<(place + 8 + length)]))) == number(place + 8 + length)
      else {
        return nil
      }
      switch String(decoding: file[(place + 4)..<(place + 8)], as: UTF8.self) {
      case "IHDR":
        guard length == 13, Array(body.suffix(5)) == [8, kind, 0, 0, 0] else { return nil }
        size = (number(place + 8), number(place + 12))
      case "PLTE": colours = Array(body)
      case "tRNS": opacity = Array(body)
      case "IDAT": data += body
      case "iTXt":
        // Keyword, no compression, no language.
        let parts = body.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, parts[1].count >= 4 {
          texts[String(decoding: parts[0], as: UTF8.self)] = String(
            decoding: parts[1].dropFirst(4), as: UTF8.self)
        }
      default: break
      }
      place += 12 + length
    }
    guard let size, (1...4096).contains(size.width), (1...4096).contains(size.height) else { return nil }
    (width, height) = size
  }
}
