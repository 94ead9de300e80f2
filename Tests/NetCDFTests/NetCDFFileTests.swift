import Glibc
import NetCDF
import Storage
import TestSupport
import Testing

@Suite struct NetCDFFileTests {
  /// Programs that other tests start hold HDF5's locks for a moment.
  init() { NetCDFThread.prepareProcess() }

  static let shape = [3, 70, 50]
  static let chunk = [1, 32, 32]

  /// One variable of 3 × 70 × 50 in chunks of 1 × 32 × 32, and small ones of every other kind.
  static func definition(_ type: ElementType = .float32, fill: AttributeValue? = .float(.nan))
    -> FileDefinition
  {
    FileDefinition(
      dimensions: [FileDimension("time", 3), FileDimension("y", 70), FileDimension("x", 50)],
      variables: [
        FileVariable("time", .int32, dimensions: ["time"], values: .numbers([1, 2, 40])),
        FileVariable("label", .string, dimensions: ["time"], values: .strings(["DJF", "", "ä ö €"])),
        FileVariable(
          "crs",
          .int32,
          attributes: [FileAttribute("a", .doubles([1.5, -2]))],
          values: .numbers([7])
        ),
        FileVariable(
          "ndvi",
          type,
          dimensions: ["time", "y", "x"],
          chunk: chunk,
          deflateLevel: 1,
          shuffle: type.size > 1,
          fill: fill,
          attributes: [
            FileAttribute("long_name", "the ü data"), FileAttribute("empty", ""),
            FileAttribute("flag_values", .uint8s([0, 255])), FileAttribute("shorts", .int16s([-3])),
            FileAttribute("floats", .floats([0.5, 1e30])), FileAttribute("words", .uint16s([65_535])),
            FileAttribute("longs", .uint32s([4_000_000_000])), FileAttribute("signed", .int8s([-128])),
          ]
        ),
        FileVariable("code", .character, dimensions: ["time", "x"], values: .strings(["é", "", "abc"])),
      ],
      globalAttributes: [FileAttribute("title", "a title"), FileAttribute("n", .int(-5))]
    )
  }

  /// A value for each element that tells its place.
  static func value(_ time: Int, _ row: Int, _ column: Int) -> Float {
    Float(time * 10_000 + row * 100 + column) / 8
  }

  /// A full chunk of `value`, 0 beyond the edges.
  static func samples(_ index: [Int]) -> [Float] {
    (0..<32 * 32).map { place in
      let (row, column) = (index[1] * 32 + place / 32, index[2] * 32 + place % 32)
      return row < shape[1] && column < shape[2] ? value(index[0], row, column) : 0
    }
  }

  static func compressed(_ index: [Int]) throws -> [UInt8] {
    try samples(index).withUnsafeBytes { try ChunkCodec().encode($0, elementSize: 4, level: 1) }
  }

  static let indices = (0..<3).flatMap { time in
    (0..<3).flatMap { row in (0..<2).map { [time, row, $0] } }
  }

  static var expected: [Float] {
    (0..<shape[0]).flatMap { time in
      (0..<shape[1]).flatMap { row in (0..<shape[2]).map { value(time, row, $0) } }
    }
  }

  @Test @NetCDFThread func `chunks put in compressed read back as the samples`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let path = folder + "/a.nc"
    let writer = try NetCDFFileWriter(creating: path, Self.definition())
    #expect(!LocalFiles.exists(path), "the final name appears only with the finished file")
    for index in Self.indices.reversed() {
      try writer.writeChunk(variable: "ndvi", chunk: index, compressed: try Self.compressed(index))
    }
    try writer.finish(readingBack: true)
    #expect(try LocalFiles.list(folder) == ["a.nc"])

    let reader = try NetCDFFileReader(path)
    #expect(try reader.floats("ndvi") == Self.expected)
    #expect(try reader.doubles("ndvi") == Self.expected.map(Double.init))
    #expect(try reader.integers("time") == [1, 2, 40])
    #expect(try reader.strings("label") == ["DJF", "", "ä ö €"])
    #expect(try reader.strings("code") == ["é", "", "abc"])
    var definition = Self.definition()
    for index in definition.variables.indices { definition.variables[index].values = nil }
    #expect(reader.definition.dimensions == definition.dimensions)
    #expect(reader.definition.globalAttributes == definition.globalAttributes)
    for (found, defined) in zip(reader.definition.variables, definition.variables) {
      var (found, defined) = (found, defined)
      // NaN is not equal to itself.
      if case .floats(let fill) = found.fill, fill.first?.isNaN == true {
        (found.fill, defined.fill) = (nil, nil)
      }
      #expect(found == defined)
    }
    #expect(reader.definition.variables.count == definition.variables.count)
    try reader.close()
  }

  @Test func `other programs read the values through the filters`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let path = folder + "/a.nc"
    try await NetCDFThread.run {
      let writer = try NetCDFFileWriter(creating: path, Self.definition())
      for index in Self.indices {
        try writer.writeChunk(variable: "ndvi", chunk: index, compressed: try Self.compressed(index))
      }
      try writer.finish()
    }
    let header = try await Program(["ncdump", "-hs", path]).output()
    for text in [
      "ndvi:_ChunkSizes = 1, 32, 32", "ndvi:_Shuffle = \"true\"", "ndvi:_DeflateLevel = 1",
      "string label(time)",
      "ndvi:_FillValue = NaNf", "ndvi:flag_values = 0UB, 255UB", "netCDF-4",
    ] {
      #expect(header.contains(text))
    }
    let dump = try await Program(["ncdump", "-v", "ndvi", "-p", "9,17", path]).output()
    let text = try #require(dump.split(separator: " ndvi =").last)
    #expect(text.split { ", ;}\n".contains($0) }.compactMap { Float($0) } == Self.expected)
    // A copy decodes every chunk and encodes it again.
    try await Program(["nccopy", "-c", "time/1,y/16,x/16", path, folder + "/copy.nc"]).output()
    let copied = try await NetCDFThread.run { try NetCDFFileReader(folder + "/copy.nc").floats("ndvi") }
    #expect(copied == Self.expected)
  }

  @Test @NetCDFThread func `whole numbers of 64 bits, as other programs write times, are read`() async throws
  {
    let folder = try TemporaryFolder()
    let text = """
      netcdf t { dimensions: time = 2 ; variables: int64 time(time) ; time:units = "hours since 1970-01-01" ;
      time:_FillValue = -9223372036854775808 ; uint64 count(time) ; data: time = 0, 9007199254740992 ; count = 1, 2 ; }
      """
    try LocalFiles.writeAtomically(folder.file("t.cdl"), text: text)
    _ = try await Program(["ncgen", "-k", "nc4", "-o", "t.nc", "t.cdl"], in: folder.path).output()
    let reader = try NetCDFFileReader(folder.file("t.nc"))
    #expect(try reader.doubles("time") == [0, 9_007_199_254_740_992])
    #expect(try reader.doubles("count") == [1, 2])
    #expect(try reader.variable("time").type == .int64)
    try reader.close()
  }

  @Test @NetCDFThread func `a missing chunk is an error unless it is allowed, and then reads as fill`() throws
  {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let path = folder + "/a.nc"
    for isAllowed in [false, true] {
      let writer = try NetCDFFileWriter(creating: path, Self.definition(fill: .float(-1)))
      for index in Self.indices where index != [1, 2, 0] {
        try writer.writeChunk(variable: "ndvi", chunk: index, compressed: try Self.compressed(index))
      }
      if isAllowed {
        try writer.finish(allowingMissingChunks: true)
      } else {
        let error = #expect(throws: NetCDFError.self) { try writer.finish() }
        #expect(error?.variable == "ndvi")
        #expect(error?.description.contains("1 of its 18 chunks") == true)
        #expect(try LocalFiles.list(folder).isEmpty)
      }
    }
    let found = try NetCDFFileReader(path).floats("ndvi")
    for time in 0..<3 {
      for row in 0..<70 {
        for column in 0..<50 {
          let isMissing = time == 1 && row >= 64 && column < 32
          #expect(found[(time * 70 + row) * 50 + column] == (isMissing ? -1 : Self.value(time, row, column)))
        }
      }
    }
  }

  @Test @NetCDFThread func `a chunk written twice is the second one`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let writer = try NetCDFFileWriter(creating: folder + "/a.nc", Self.definition())
    let zeros = [Float](repeating: 0, count: 1024)
    let first = try zeros.withUnsafeBytes { try ChunkCodec().encode($0, elementSize: 4, level: 9) }
    try writer.writeChunk(variable: "ndvi", chunk: [0, 0, 0], compressed: first)
    for index in Self.indices {
      try writer.writeChunk(variable: "ndvi", chunk: index, compressed: try Self.compressed(index))
    }
    try writer.finish(readingBack: true)
    #expect(try NetCDFFileReader(folder + "/a.nc").floats("ndvi") == Self.expected)
  }

  @Test @NetCDFThread func `a writer given up leaves nothing, and an older file as it was`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    try LocalFiles.writeAtomically(folder + "/a.nc", text: "old")
    let writer = try NetCDFFileWriter(creating: folder + "/a.nc", Self.definition())
    try writer.writeChunk(variable: "ndvi", chunk: [0, 0, 0], compressed: try Self.compressed([0, 0, 0]))
    writer.abandon()
    #expect(try LocalFiles.list(folder) == ["a.nc"])
    #expect(try LocalFiles.readAll(folder + "/a.nc") == Array("old".utf8))
    #expect(throws: NetCDFError.self) { try writer.finish() }
    #expect(throws: NetCDFError.self) {
      try writer.writeChunk(variable: "ndvi", chunk: [0, 0, 0], compressed: [1])
    }
  }

  @Test func `a writer that is dropped removes its temporary`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    try await NetCDFThread.run { _ = try NetCDFFileWriter(creating: folder + "/a.nc", Self.definition()) }
    // The writer ends on the thread of NetCDF: after this, it has.
    await NetCDFThread.run {}
    #expect(try LocalFiles.list(folder).isEmpty)
  }

  @Test @NetCDFThread func `chunks that do not exist are refused, and the file goes on`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let writer = try NetCDFFileWriter(creating: folder + "/a.nc", Self.definition())
    for index in [[3, 0, 0], [0, 3, 0], [0, 0, 2], [0, 0, -1], [0, 0], [0, 0, 0, 0]] {
      let error = #expect(throws: NetCDFError.self) {
        try writer.writeChunk(variable: "ndvi", chunk: index, compressed: [1])
      }
      #expect(error?.description.contains("3,3,2") == true)
    }
    for name in ["time", "nothing"] {
      #expect(throws: NetCDFError.self) {
        try writer.writeChunk(variable: name, chunk: [0], compressed: [1])
      }
    }
    #expect(throws: NetCDFError.self) {
      try writer.writeChunk(variable: "ndvi", chunk: [0, 0, 0], compressed: [])
    }
    for index in Self.indices {
      try writer.writeChunk(variable: "ndvi", chunk: index, compressed: try Self.compressed(index))
    }
    try writer.finish()
  }

  @Test @NetCDFThread func `a definition that cannot be is refused with the variable's name`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let bad: [(String, (inout FileDefinition) -> Void)] = [
      ("no dimension \"z\"", { $0.variables[3].dimensions[0] = "z" }),
      ("do not fit the shape", { $0.variables[3].chunk = [1, 71, 32] }),
      ("do not fit the shape", { $0.variables[3].chunk = [32, 32] }),
      ("neither chunked nor", { $0.variables[3].chunk = nil }),
      ("levels 0 to 9", { $0.variables[3].deflateLevel = 12 }),
      ("own type", { $0.variables[3].fill = .double(0) }),
      ("own type", { $0.variables[3].fill = .floats([1, 2]) }),
      ("as an attribute", { $0.variables[3].attributes.append(FileAttribute("_FillValue", .float(0))) }),
      ("2 values where 3", { $0.variables[0].values = .numbers([1, 2]) }),
      ("type int32", { $0.variables[0].values = .numbers([1, 2, 0.5]) }),
      ("type int32", { $0.variables[0].values = .strings(["a", "b", "c"]) }),
      ("used twice", { $0.variables[1].name = "time" }),
      ("empty or defined twice", { $0.dimensions[1].name = "time" }),
      ("empty or defined twice", { $0.dimensions[1].length = 0 }),
      ("51 bytes", { $0.variables[4].values = .strings(["", "", String(repeating: "é", count: 25) + "e"]) }),
      ("can be compressed", { $0.variables[0].deflateLevel = 1 }),
    ]
    for (text, change) in bad {
      var definition = Self.definition()
      change(&definition)
      let error = #expect(throws: NetCDFError.self) {
        _ = try NetCDFFileWriter(creating: folder + "/a.nc", definition)
      }
      #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
    }
    #expect(try LocalFiles.list(folder).isEmpty)
  }

  @Test @NetCDFThread func `a name netCDF does not take is an error that says where`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    var definition = Self.definition()
    definition.variables[3].attributes.append(FileAttribute("a/b", "x"))
    let error = #expect(throws: NetCDFError.self) {
      _ = try NetCDFFileWriter(creating: folder + "/a.nc", definition)
    }
    #expect(error?.attribute == "a/b" && error?.variable == "ndvi")
    #expect(
      error?.description.contains(", variable \"ndvi\", attribute \"a/b\": cannot write: ")
        == true
    )
    #expect(try LocalFiles.list(folder).isEmpty)
  }

  @Test @NetCDFThread func `a folder that does not exist is an error with the system's reason`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let error = #expect(throws: NetCDFError.self) {
      _ = try NetCDFFileWriter(creating: folder + "/none/a.nc", Self.definition())
    }
    #expect(error?.path == folder + "/none/a.nc")
    #expect(error?.description.contains("No such file or directory") == true)
  }

  @Test @NetCDFThread func `files that are not NetCDF, or damaged, are errors to read`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    #expect(throws: NetCDFError.self) { _ = try NetCDFFileReader(folder + "/none.nc") }
    try LocalFiles.writeAtomically(
      folder + "/text.nc",
      text: "not a NetCDF file, though it is named like one"
    )
    #expect(throws: NetCDFError.self) { _ = try NetCDFFileReader(folder + "/text.nc") }
    let writer = try NetCDFFileWriter(creating: folder + "/a.nc", Self.definition())
    for index in Self.indices {
      try writer.writeChunk(variable: "ndvi", chunk: index, compressed: try Self.compressed(index))
    }
    try writer.finish()
    let bytes = try LocalFiles.readAll(folder + "/a.nc")
    try LocalFiles.writeAtomically(folder + "/cut.nc", Array(bytes[..<(bytes.count / 2)]))
    #expect(throws: NetCDFError.self) { _ = try NetCDFFileReader(folder + "/cut.nc") }
    let reader = try NetCDFFileReader(folder + "/a.nc")
    #expect(throws: NetCDFError.self) { _ = try reader.floats("nothing") }
    #expect(throws: NetCDFError.self) { _ = try reader.strings("ndvi") }
    try reader.close()
    #expect(throws: NetCDFError.self) { _ = try reader.floats("ndvi") }
  }

  @Test @NetCDFThread func `a chunk that is not in the file's filters is found when it is read`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let writer = try NetCDFFileWriter(creating: folder + "/a.nc", Self.definition())
    try writer.writeChunk(variable: "ndvi", chunk: [0, 0, 0], compressed: [UInt8](repeating: 9, count: 100))
    try writer.finish(allowingMissingChunks: true)
    let error = #expect(throws: NetCDFError.self) {
      _ = try NetCDFFileReader(folder + "/a.nc").floats("ndvi")
    }
    #expect(error?.causes.isEmpty == false, "HDF5's own words are kept")
    #expect(error?.variable == "ndvi")
  }
}
