import TestSupport

/// Changes a TIFF as damage, odd writers and attackers do.
enum TIFFMutation: CaseIterable {
  case flippedBit, flippedBitInBlocks, flippedBitInDirectory, cutShort, noise, changedTag, addedTag,
    repeatedTag,
    swappedTags, changedPlaces

  /// Tags by which readers find blocks and undo their packing, with numbers that change something.
  private static let telling: [(tag: Int, numbers: [Int])] = [
    (254, [0, 1, 4]), (256, [1, 30, 62, 500]), (257, [1, 20, 48, 500]), (258, [1, 8, 12, 16, 32, 64]),
    (259, [1, 5, 8, 32_773, 32_946, 50_000, 34_887]), (262, [0, 1, 2, 3, 6, 8, 32_844]), (266, [1, 2]),
    (273, [0, 8, 300]), (274, [1, 3, 6]), (277, [1, 2, 3]), (278, [0, 1, 5, 47, 100_000]),
    (279, [0, 1, 100, 100_000]), (284, [1, 2]), (317, [1, 2, 3]), (322, [0, 16, 32, 64]),
    (323, [0, 16, 32, 64]),
    (324, [0, 8, 300]), (325, [0, 1, 100, 100_000]), (338, [0, 1, 2]), (339, [1, 2, 3, 4, 6]), (347, [0]),
    (32_997, [1, 2]), (32_998, [1, 2]), (530, [1, 2]),
  ]

  /// - Returns: the changed file, and whether nothing but packed blocks was changed.
  func apply(to original: TIFFBytes, _ chance: inout SeededGenerator) -> (bytes: [UInt8], isInBlocks: Bool) {
    var file = original
    switch self {
    case .flippedBit:
      flip(Int.random(in: 0..<file.bytes.count, using: &chance), of: &file, &chance)
      return (file.bytes, false)
    case .flippedBitInBlocks:
      guard let place = placeInBlocks(of: file, &chance) else { return (file.bytes, true) }
      flip(place, of: &file, &chance)
      return (file.bytes, true)
    case .flippedBitInDirectory:
      let range = Int.random(in: 0..<4, using: &chance) == 0 ? 0..<16 : file.directory
      flip(Int.random(in: range, using: &chance), of: &file, &chance)
      return (file.bytes, false)
    case .cutShort:
      return (Array(file.bytes.prefix(Int.random(in: 0..<file.bytes.count, using: &chance))), false)
    case .noise:
      guard let start = placeInBlocks(of: file, &chance) else { return (file.bytes, true) }
      let isZero = Bool.random(using: &chance)
      for place in start..<min(file.bytes.count, start + Int.random(in: 1..<64, using: &chance)) {
        file.bytes[place] = isZero ? 0 : UInt8.random(in: 0...255, using: &chance)
      }
      return (file.bytes, false)
    case .changedTag: changeTag(of: &file, &chance)
    case .addedTag:
      file.entries.append(entry(of: file, &chance))
      if Int.random(in: 0..<4, using: &chance) > 0 { file.entries.sort { $0.tag < $1.tag } }
    case .repeatedTag: repeatTag(of: &file, &chance)
    case .swappedTags:
      let first = Int.random(in: 0..<file.entries.count, using: &chance)
      file.entries.swapAt(first, Int.random(in: 0..<file.entries.count, using: &chance))
    case .changedPlaces: changePlaces(of: &file, &chance)
    }
    return (file.rebuilt(), false)
  }

  private func flip(_ place: Int, of file: inout TIFFBytes, _ chance: inout SeededGenerator) {
    file.bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &chance)
  }

  private func placeInBlocks(of file: TIFFBytes, _ chance: inout SeededGenerator) -> Int? {
    let offsets = file.numbers(324) + file.numbers(273)
    let sizes = file.numbers(325) + file.numbers(279)
    guard let number = offsets.indices.randomElement(using: &chance), sizes[number] > 0 else { return nil }
    return offsets[number] + Int.random(in: 0..<sizes[number], using: &chance)
  }

  private func changeTag(of file: inout TIFFBytes, _ chance: inout SeededGenerator) {
    let index = Int.random(in: 0..<file.entries.count, using: &chance)
    switch Int.random(in: 0..<6, using: &chance) {
    case 0: file.entries[index].tag = Self.telling.randomElement(using: &chance)?.tag ?? 0
    case 1: file.entries[index].type = Int.random(in: 0...18, using: &chance)
    case 2:
      file.entries[index].count =
        [0, 1, 2, file.entries[index].count + 1, file.entries[index].count - 1, 70_000]
        .randomElement(using: &chance) ?? 0
    case 3: file.entries.remove(at: index)
    default:
      let changed = entry(of: file, &chance)
      if let place = file.entries.firstIndex(where: { $0.tag == changed.tag }) {
        file.entries[place] = changed
      }
    }
  }

  private func entry(of file: TIFFBytes, _ chance: inout SeededGenerator) -> TIFFBytes.Entry {
    let (tag, numbers) = Self.telling.randomElement(using: &chance) ?? (266, [2])
    let type = [3, 3, 3, 4, 4, 1, 13, 16].randomElement(using: &chance) ?? 3
    let number = numbers.randomElement(using: &chance) ?? 0
    return TIFFBytes.Entry(tag: tag, type: type, count: 1, field: file.field(number, type: type))
  }

  private func repeatTag(of file: inout TIFFBytes, _ chance: inout SeededGenerator) {
    let telling = file.entries.indices.filter { index in
      Self.telling.contains { $0.tag == file.entries[index].tag }
    }
    guard let index = telling.randomElement(using: &chance) else { return }
    var copy = file.entries[index]
    if copy.count == 1, let numbers = Self.telling.first(where: { $0.tag == copy.tag })?.numbers {
      copy.field = file.field(numbers.randomElement(using: &chance) ?? 1, type: copy.type)
    } else {
      copy.field = file.append(file.numbers(copy.tag).reversed(), type: copy.type)
    }
    file.entries.insert(copy, at: Bool.random(using: &chance) ? index : index + 1)
  }

  /// Changes where blocks are, or how long they are.
  private func changePlaces(of file: inout TIFFBytes, _ chance: inout SeededGenerator) {
    let tags = file.entries.map(\.tag).filter { [273, 279, 324, 325].contains($0) }
    guard let tag = tags.randomElement(using: &chance),
      let index = file.entries.firstIndex(where: { $0.tag == tag })
    else { return }
    var numbers = file.numbers(tag)
    guard let place = numbers.indices.randomElement(using: &chance) else { return }
    switch Int.random(in: 0..<6, using: &chance) {
    case 0: numbers.swapAt(place, Int.random(in: numbers.indices, using: &chance))
    case 1: numbers[place] = 0
    case 2: numbers[place] += Int.random(in: -3...3, using: &chance)
    case 3: numbers[place] = file.bytes.count + Int.random(in: -40...40, using: &chance)
    case 4: numbers[place] *= 2
    default: numbers.removeLast()
    }
    guard !numbers.isEmpty else { return }
    let type = file.entries[index].type
    file.entries[index].count = numbers.count
    file.entries[index].field =
      numbers.count == 1 ? file.field(numbers[0], type: type) : file.append(numbers, type: type)
  }
}
