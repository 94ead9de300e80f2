import NetCDF
import Storage
import TestSupport
import Testing

/// Two variables whose chunks are unpacked together.
@Suite struct PairedLinesTests {
  /// How a variable lies in its file.
  struct Lie: Sendable {
    var chunk: [Int]
    var deflateLevel = 4
    var shuffle = true
  }

  private static func write(_ path: String, _ variables: [(lie: Lie, numbers: [Double])], _ shape: [Int])
    async throws
  {
    NetCDFThread.prepareProcess()
    try await NetCDFThread.run { () throws(NetCDFError) in
      let written = zip(["a", "b"], variables).map { name, part in
        FileVariable(
          name, .float32, dimensions: ["line", "column"], chunk: part.lie.chunk,
          deflateLevel: part.lie.deflateLevel,
          shuffle: part.lie.shuffle, values: .numbers(part.numbers))
      }
      try GroupedFileWriter.write(
        FileDefinition(
          dimensions: [FileDimension("line", shape[0]), FileDimension("column", shape[1])],
          variables: written,
          globalAttributes: []), to: path)
    }
  }

  private static func arrays(_ path: String) throws -> [StoredArray] {
    let file = try GranuleFile(path)
    return try file.arrays(
      file.definition.variables.filter { ["a", "b"].contains($0.name) }.sorted { $0.name < $1.name })
  }

  /// Lines of both, one variable after the other.
  private static func read(_ part: Range<Int>, _ readers: [LineReader]) throws -> [Double] {
    var bytes = [UInt8](repeating: 7, count: 2 * part.count * readers[0].columns * 4)
    let half = bytes.count / 2
    try bytes.withUnsafeMutableBytes {
      try LineReader.read(
        part, of: readers[0], into: UnsafeMutableRawBufferPointer(rebasing: $0[..<half]), and: readers[1],
        into: UnsafeMutableRawBufferPointer(rebasing: $0[half...]))
    }
    return bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)).map(Double.init) }
  }

  @Test(arguments: [
    (Lie(chunk: [16, 50]), Lie(chunk: [16, 50])),
    (Lie(chunk: [16, 50]), Lie(chunk: [16, 50], shuffle: false)),
    (Lie(chunk: [16, 20]), Lie(chunk: [16, 20])),
    (Lie(chunk: [70, 50]), Lie(chunk: [70, 50], deflateLevel: 9)),
    (Lie(chunk: [16, 50]), Lie(chunk: [8, 50])),
    (Lie(chunk: [16, 50]), Lie(chunk: [16, 50], deflateLevel: 0)),
  ])
  func `lines of two variables are those of each alone, however both lie`(_ one: Lie, _ other: Lie)
    async throws
  {
    let folder = try TemporaryFolder()
    let path = folder.file("a.nc")
    let numbers = [0, 1].map { of in
      (0..<(70 * 50)).map { Double(Float($0 % 977) * 0.25 + Float(of) * 1000) }
    }
    try await Self.write(path, [(one, numbers[0]), (other, numbers[1])], [70, 50])
    try await onOwnThread {
      let readers = try Self.arrays(path).map { LineReader($0, lineAxis: 0, columnAxis: 1, fixed: [0, 0]) }
      for part in [0..<5, 5..<40, 64..<70, 10..<12] {
        let pixels = part.lowerBound * 50..<part.upperBound * 50
        #expect(try Self.read(part, readers) == Array(numbers[0][pixels]) + Array(numbers[1][pixels]))
      }
      if one.chunk == [70, 50], other.chunk == [70, 50] {
        #expect(readers.allSatisfy { $0.chunksRead == 1 })
      }
    }
  }

  @Test func `one damaged chunk of a pair is refused, and named`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.nc")
    let numbers = (0..<6400).map { Double($0 * 7919 % 6007) }
    let lie = Lie(chunk: [80, 80])
    try await Self.write(path, [(lie, numbers), (lie, numbers)], [80, 80])
    let message = try await onOwnThread { () -> String in
      guard case .chunks(let places, _, _) = try Self.arrays(path)[1].layout.form,
        let place = places.first ?? nil
      else {
        return "it has no chunks"
      }
      var bytes = try LocalFiles.readAll(path)
      for index in 0..<8 { bytes[Int(place.offset) + place.bytes / 2 + index] ^= 0xA5 }
      try LocalFiles.writeAtomically(path, bytes)
      let readers = try Self.arrays(path).map { LineReader($0, lineAxis: 0, columnAxis: 1, fixed: [0, 0]) }
      do {
        _ = try Self.read(0..<80, readers)
        return "it was read"
      } catch {
        return "\(error)"
      }
    }
    #expect(message.contains("\"b\"") && message.contains("damaged"))
  }
}
