import Glibc
import NetCDF
import Storage
import TestSupport
import Testing

/// Chunks for which HDF5 only finds room, and which are written beside it.
@Suite struct ReservedChunkTests {
  /// Programs that other tests start hold HDF5's locks for a moment.
  init() { NetCDFThread.prepareProcess() }

  private typealias Files = NetCDFFileTests

  /// A chunk and where it belongs.
  private struct Placed: Sendable {
    let index: [Int]
    let bytes: [UInt8]
    let place: Int
  }

  private static func chunks() throws -> [(index: [Int], bytes: [UInt8])] {
    try Files.indices.map { ($0, try Files.compressed($0)) }
  }

  /// Every chunk of the neighbouring tests' file, reserved in their order.
  @NetCDFThread
  private static func reserve(in writer: NetCDFFileWriter) throws -> [Placed] {
    try chunks().map { index, bytes in
      let place = try writer.reserveChunk(
        variable: "ndvi", chunk: index, size: bytes.count, checksum: Checksum.crc32(bytes))
      return Placed(index: index, bytes: bytes, place: place)
    }
  }

  private static func largest() throws -> Int { try chunks().map(\.bytes.count).max() ?? 0 }

  private static func write(_ chunk: Placed, to room: ReservedRoom) throws {
    try chunk.bytes.withUnsafeBytes { try room.write($0, at: chunk.place) }
  }

  @Test func `chunks written beside HDF5 by several threads are those that HDF5 writes`() async throws {
    let folder = try TemporaryFolder()
    let (apart, plain) = (folder.file("apart.nc"), folder.file("plain.nc"))
    let largest = try Self.largest()
    let writer = try await NetCDFThread.run {
      try NetCDFFileWriter(creating: apart, Files.definition(), largestReserved: largest)
    }
    let placed = try await NetCDFThread.run { try Self.reserve(in: writer) }
    let ranges = placed.map { $0.place..<($0.place + $0.bytes.count) }.sorted {
      $0.lowerBound < $1.lowerBound
    }
    #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })

    // Four threads, from the last chunk to the first.
    let room = try writer.reservedRoom()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for part in 0..<4 {
        group.addTask {
          try await onOwnThread {
            for (number, chunk) in placed.enumerated().reversed() where number % 4 == part {
              try Self.write(chunk, to: room)
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let known = try await NetCDFThread.run { try writer.close(readingBack: true) }
    try writer.sync()
    let fingerprint = try writer.fingerprint(knowing: known)
    try writer.publish()
    #expect(folder.files == ["apart.nc"])
    #expect(known.map(\.range).sorted { $0.lowerBound < $1.lowerBound } == ranges)
    #expect(try fingerprint == LocalFiles.fingerprint(apart), "as the file is on the disk")
    let bytes = try LocalFiles.readAll(apart)
    for chunk in placed { #expect(Array(bytes[chunk.place...].prefix(chunk.bytes.count)) == chunk.bytes) }

    try await NetCDFThread.run {
      let writer = try NetCDFFileWriter(creating: plain, Files.definition())
      for (index, bytes) in try Self.chunks() {
        try writer.writeChunk(variable: "ndvi", chunk: index, compressed: bytes)
      }
      try writer.finish(readingBack: true)
    }
    #expect(try LocalFiles.readAll(plain) == bytes, "the same file, byte for byte")
    let values = try await NetCDFThread.run { try NetCDFFileReader(apart).floats("ndvi") }
    #expect(values == Files.expected)
    let dump = try await Program(["ncdump", "-v", "ndvi", "-p", "9,17", apart]).output()
    let text = try #require(dump.split(separator: " ndvi =").last)
    #expect(text.split { ", ;}\n".contains($0) }.compactMap { Float($0) } == Files.expected)
  }

  @Test @NetCDFThread func `chunks may be reserved and written through HDF5 in one file`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.nc")
    let writer = try NetCDFFileWriter(creating: path, Files.definition(), largestReserved: try Self.largest())
    let room = try writer.reservedRoom()
    var reserved = 0
    for (number, (index, bytes)) in try Self.chunks().enumerated() {
      if number.isMultiple(of: 3) {
        try writer.writeChunk(variable: "ndvi", chunk: index, compressed: bytes)
      } else {
        let place = try writer.reserveChunk(
          variable: "ndvi", chunk: index, size: bytes.count, checksum: Checksum.crc32(bytes))
        try Self.write(Placed(index: index, bytes: bytes, place: place), to: room)
        reserved += 1
      }
    }
    let known = try writer.close(readingBack: true)
    #expect(known.count == reserved, "only those that were reserved are not to be read again")
    let fingerprint = try writer.fingerprint(knowing: known)
    try writer.publish()
    #expect(try fingerprint == LocalFiles.fingerprint(path))
    #expect(try NetCDFFileReader(path).floats("ndvi") == Files.expected)
  }

  @Test @NetCDFThread func `a chunk larger than was said is an error, and the file goes on`() throws {
    let folder = try TemporaryFolder()
    for largest in [0, 10] {
      let writer = try NetCDFFileWriter(
        creating: folder.file("a.nc"), Files.definition(), largestReserved: largest)
      for size in [largest + 1, 1 << 40] {
        let error = #expect(throws: NetCDFError.self) {
          _ = try writer.reserveChunk(variable: "ndvi", chunk: [0, 0, 1], size: size, checksum: 0)
        }
        #expect(error?.variable == "ndvi")
        #expect(
          error?.description.contains(
            "cannot write chunk 0,0,1: it has \(size) bytes where at most \(largest) were expected") == true)
      }
      for (index, bytes) in try Self.chunks() {
        try writer.writeChunk(variable: "ndvi", chunk: index, compressed: bytes)
      }
      try writer.finish(readingBack: true)
      #expect(try NetCDFFileReader(folder.file("a.nc")).floats("ndvi") == Files.expected)
    }
  }

  @Test @NetCDFThread func `chunks that do not exist cannot be reserved`() throws {
    let folder = try TemporaryFolder()
    let writer = try NetCDFFileWriter(creating: folder.file("a.nc"), Files.definition(), largestReserved: 100)
    for (name, index, size) in [
      ("ndvi", [3, 0, 0], 1), ("ndvi", [0, 0], 1), ("ndvi", [0, 0, 0], 0), ("ndvi", [0, 0, 0], -1),
      ("time", [0], 1), ("nothing", [0], 1),
    ] {
      #expect(throws: NetCDFError.self) {
        _ = try writer.reserveChunk(variable: name, chunk: index, size: size, checksum: 0)
      }
    }
    writer.abandon()
    #expect(throws: NetCDFError.self) {
      _ = try writer.reserveChunk(variable: "ndvi", chunk: [0, 0, 0], size: 1, checksum: 0)
    }
    #expect(throws: NetCDFError.self) { _ = try writer.reservedRoom() }
    #expect(folder.files.isEmpty, "a file given up does not come back")
  }

  @Test(arguments: [40, 4000]) @NetCDFThread
  func `a reserved chunk that is replaced by one of another size is the second one`(size: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.nc")
    let writer = try NetCDFFileWriter(
      creating: path, Files.definition(), largestReserved: max(size, try Self.largest()))
    let room = try writer.reservedRoom()
    // The very first, and the very last thing of the file.
    let replaced = [[0, 0, 0], Files.indices[Files.indices.count - 1]]
    var placed: [[Int]: Placed] = [:]
    for (index, bytes) in try Self.chunks() {
      for bytes in replaced.contains(index) ? [[UInt8](repeating: 7, count: size), bytes] : [bytes] {
        let place = try writer.reserveChunk(
          variable: "ndvi", chunk: index, size: bytes.count, checksum: Checksum.crc32(bytes))
        let chunk = Placed(index: index, bytes: bytes, place: place)
        // What was written where the first chunk was may be somebody else's room by now: written before.
        if placed[index] == nil { try Self.write(chunk, to: room) }
        placed[index] = chunk
      }
    }
    for chunk in placed.values { try Self.write(chunk, to: room) }
    let known = try writer.close(readingBack: true)
    #expect(known.count == Files.indices.count)
    let fingerprint = try writer.fingerprint(knowing: known)
    try writer.publish()
    #expect(try fingerprint == LocalFiles.fingerprint(path))
    #expect(try NetCDFFileReader(path).floats("ndvi") == Files.expected)
  }

  @Test @NetCDFThread func `a reserved chunk that nobody wrote is found when the file is read back`() throws {
    let folder = try TemporaryFolder()
    // In the middle, and at the very end of the file, where nothing after it makes the file long enough.
    for missing in [4, Files.indices.count - 1] {
      let writer = try NetCDFFileWriter(
        creating: folder.file("a.nc"), Files.definition(), largestReserved: try Self.largest())
      let placed = try Self.reserve(in: writer)
      let room = try writer.reservedRoom()
      for (number, chunk) in placed.enumerated() where number != missing { try Self.write(chunk, to: room) }
      let error = #expect(throws: NetCDFError.self) { try writer.close(readingBack: true) }
      #expect(
        error?.description.contains("chunk \(placed[missing].index.map(String.init).joined(separator: ","))")
          == true)
      #expect(folder.files.isEmpty)
    }
  }

  @Test @NetCDFThread func `a file that ends with a reserved chunk is as long as HDF5 says`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.nc")
    let writer = try NetCDFFileWriter(creating: path, Files.definition(), largestReserved: 100_000)
    // Only this one, and nobody writes it: the file is as long nevertheless, or other programs call it truncated.
    let place = try writer.reserveChunk(variable: "ndvi", chunk: [0, 0, 0], size: 100_000, checksum: 0)
    try writer.finish(allowingMissingChunks: true)
    #expect(try LocalFiles.size(path) >= place + 100_000)
    #expect(try NetCDFFileReader(path).integers("time") == [1, 2, 40])
  }

  @Test @NetCDFThread func `chunks are where they belong beyond four gigabytes, too`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.nc")
    var definition = Files.definition()
    definition.dimensions = [
      FileDimension("time", 20), FileDimension("y", 16_384), FileDimension("x", 16_384),
    ]
    definition.variables = [definition.variables[3]]
    definition.variables[0].chunk = [1, 8192, 8192]
    let writer = try NetCDFFileWriter(creating: path, definition, largestReserved: 256 << 20)
    // Room for 5 GB, nothing of which is written: what is reserved then lies behind it.
    for time in 0..<20 {
      _ = try writer.reserveChunk(variable: "ndvi", chunk: [time, 0, 0], size: 256 << 20, checksum: 0)
    }
    let room = try writer.reservedRoom()
    var farthest = 0
    for time in 0..<20 {
      for corner in [1, 0] {
        let bytes = [UInt8](repeating: UInt8(time * 2 + corner), count: 1000 + time)
        let place = try writer.reserveChunk(
          variable: "ndvi", chunk: [time, corner, 1 - corner], size: bytes.count,
          checksum: Checksum.crc32(bytes))
        try Self.write(Placed(index: [], bytes: bytes, place: place), to: room)
        farthest = max(farthest, place)
      }
    }
    // In place of the large ones, so that all can be read.
    for time in 0..<20 {
      let bytes = [UInt8](repeating: UInt8(time), count: 500)
      let place = try writer.reserveChunk(
        variable: "ndvi", chunk: [time, 0, 0], size: bytes.count, checksum: Checksum.crc32(bytes))
      try Self.write(Placed(index: [], bytes: bytes, place: place), to: room)
    }
    #expect(farthest > 1 << 32)
    #expect(try writer.close(allowingMissingChunks: true, readingBack: true).count == 60)
    writer.abandon()
  }

  @Test @NetCDFThread func `each of very many chunks has room of its own`() throws {
    // Where finding room for one looks at all those before it, this takes many seconds.
    let folder = try TemporaryFolder()
    var definition = Files.definition()
    definition.dimensions[1].length = 40_000
    definition.variables[3].chunk = [3, 1, 50]
    let writer = try NetCDFFileWriter(creating: folder.file("a.nc"), definition, largestReserved: 64)
    var places: [Int] = []
    for row in 0..<40_000 {
      places.append(
        try writer.reserveChunk(
          variable: "ndvi", chunk: [0, row, 0], size: 1 + row % 64, checksum: UInt32(row)))
    }
    let known = try writer.close()
    #expect(known.count == 40_000)
    let ends = known.sorted { $0.range.lowerBound < $1.range.lowerBound }
    #expect(zip(ends, ends.dropFirst()).allSatisfy { $0.range.upperBound <= $1.range.lowerBound })
    #expect(
      Set(known) == Set(places.enumerated().map { KnownBytes($1..<($1 + 1 + $0 % 64), checksum: UInt32($0)) })
    )
    writer.abandon()
  }
}
