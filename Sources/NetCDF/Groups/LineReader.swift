internal import Storage

/// Reads lines of a variable of a swath, each chunk once as long as lines are asked for in order.
///
/// One a thread. Holds the chunks of the lines it has just read.
public final class LineReader {
  private let array: StoredArray
  private let lineAxis: Int
  private let columnAxis: Int
  /// The places along the other dimensions.
  private let fixed: [Int]
  public let lines: Int
  public let columns: Int
  private let size: Int
  /// Lines of a row of chunks.
  public let bandLines: Int
  private let bandColumns: Int

  private let codec = ChunkCodec()
  private lazy var inflater = PairInflater()
  /// A chunk as it is in the file, and inflated but shuffled.
  private var packed = ScratchMemory()
  private var shuffled = ScratchMemory()
  /// The samples of a row of chunks, line by line, and which of its chunks are there.
  private var band: [UInt8] = []
  private var bandNumber = -1
  private var isThere: [Bool] = []
  private var unpacked: [UInt8] = []
  /// Chunks that have been unpacked so far, or read through the library.
  public private(set) var chunksRead = 0

  /// Lines that are read at a time where the file has no chunks.
  private static let linesAtATime = 64

  /// - Parameters:
  ///   - array: the variable, of two dimensions or more.
  ///   - lineAxis: the dimension of lines, of the variable's.
  ///   - columnAxis: the dimension of columns, of the variable's.
  ///   - fixed: the place along each dimension; what it says of lines and columns does not count.
  public init(_ array: StoredArray, lineAxis: Int, columnAxis: Int, fixed: [Int]) {
    self.array = array
    (self.lineAxis, self.columnAxis, self.fixed) = (lineAxis, columnAxis, fixed)
    (lines, columns) = (array.variable.shape[lineAxis], array.variable.shape[columnAxis])
    size = array.variable.type.size
    let isChunked = array.layout.chunk.count == array.variable.shape.count
    if case .whole = array.layout.form {
      (bandLines, bandColumns) = (min(lines, LineReader.linesAtATime), columns)
    } else if isChunked, array.layout.chunk != array.variable.shape || array.layout.isOfChunks {
      (bandLines, bandColumns) = (
        max(1, min(lines, array.layout.chunk[lineAxis])), max(1, min(columns, array.layout.chunk[columnAxis]))
      )
    } else {
      (bandLines, bandColumns) = (min(lines, LineReader.linesAtATime), columns)
    }
  }

  /// Bytes that it holds while it reads.
  public var memory: Int {
    let chunk = array.layout.isOfChunks ? array.layout.chunk.reduce(size, *) : 0
    return bandLines * columns * size + 3 * chunk
  }

  /// Reads lines.
  ///
  /// - Parameters:
  ///   - part: the lines, counted from 0.
  ///   - buffer: gets them one after the other; where nothing is wanted it is left as it was.
  ///   - isWanted: whether anyone needs a part of some lines (all of its chunk is read then).
  public func read(
    _ part: Range<Int>, into buffer: UnsafeMutableRawBufferPointer,
    isWanted: (_ lines: Range<Int>, _ columns: Range<Int>) -> Bool = { _, _ in true }
  ) throws(NetCDFError) {
    precondition(buffer.count >= part.count * columns * size && part.upperBound <= lines)
    var line = part.lowerBound
    while line < part.upperBound {
      let number = line / bandLines
      let end = min(part.upperBound, (number + 1) * bandLines)
      if number != bandNumber { begin(number) }
      for place in isThere.indices where !isThere[place] {
        let columns = place * bandColumns..<min(columns, (place + 1) * bandColumns)
        let lines = number * bandLines..<min(lines, (number + 1) * bandLines)
        guard isWanted(lines, columns) else { continue }
        try load(lines, columns, number: number, place: place)
        isThere[place] = true
      }
      for place in isThere.indices where isThere[place] {
        copy(line..<end, place, into: buffer, from: part.lowerBound)
      }
      line = end
    }
  }

  private func begin(_ number: Int) {
    bandNumber = number
    isThere = [Bool](repeating: false, count: (columns + bandColumns - 1) / bandColumns)
    let count = bandLines * columns * size
    if band.count != count { band = [UInt8](repeating: 0, count: count) }
  }

  private func copy(
    _ part: Range<Int>, _ place: Int, into buffer: UnsafeMutableRawBufferPointer, from first: Int
  ) {
    let start = place * bandColumns
    let width = (min(columns, start + bandColumns) - start) * size
    band.withUnsafeBytes { band in
      for line in part {
        let from = ((line - bandNumber * bandLines) * columns + start) * size
        let to = ((line - first) * columns + start) * size
        UnsafeMutableRawBufferPointer(rebasing: buffer[to..<(to + width)]).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: band[from..<(from + width)]))
      }
    }
  }

  // MARK: One chunk

  private func load(
    _ lines: Range<Int>, _ columns: Range<Int>, number: Int, place: Int
  ) throws(NetCDFError) {
    chunksRead += 1
    switch array.layout.form {
    case .library: try loadByLibrary(lines, columns)
    case .whole(let offset): try loadWhole(lines, columns, offset)
    case .chunks(let places, let isShuffled, let isDeflated):
      let chunk = array.layout.chunk
      let shape = array.variable.shape
      var index = fixed.indices.map { fixed[$0] / chunk[$0] }
      (index[lineAxis], index[columnAxis]) = (number, place)
      guard let position = ChunkPositions(shape: shape, chunk: chunk).number(index) else {
        throw failure("there is no such chunk")
      }
      if let place = places[position] {
        let source = try bytes(of: place, chunk: index)
        try fill(lines, columns, chunk: index) { (target) throws(NetCDFError) in
          do throws(ChunkCodecError) {
            try codec.unpack(source, elementSize: isShuffled ? size : 1, isDeflated: isDeflated, into: target)
          } catch {
            throw failure("chunk \(LineReader.text(index)): \(error)")
          }
        }
      } else {
        let count = chunk.reduce(size, *)
        if unpacked.count != count { unpacked = [UInt8](repeating: 0, count: count) }
        for byte in unpacked.indices { unpacked[byte] = array.layout.fill[byte % size] }
        extract(lines, columns, shape: chunk, first: origin(ofChunk: index), from: unpacked)
      }
    }
  }

  private static func text(_ chunk: [Int]) -> String { chunk.map(String.init).joined(separator: ",") }

  private func origin(ofChunk index: [Int]) -> [Int] {
    index.indices.map { index[$0] * array.layout.chunk[$0] }
  }

  /// A chunk as it is in the file, valid until the next is read.
  private func bytes(of place: StoredLayout.Place, chunk: [Int]) throws(NetCDFError) -> UnsafeRawBufferPointer
  {
    let memory = packed.prefix(place.bytes)
    guard array.file.read(at: place, into: memory) else {
      throw failure("the file ends before its chunk \(LineReader.text(chunk))")
    }
    return UnsafeRawBufferPointer(memory)
  }

  /// Has a chunk's samples written, and puts its lines and columns in their places.
  private func fill(
    _ lines: Range<Int>, _ columns: Range<Int>, chunk index: [Int],
    with write: (UnsafeMutableRawBufferPointer) throws(NetCDFError) -> Void
  ) throws(NetCDFError) {
    let count = array.layout.chunk.reduce(size, *)
    var fault: NetCDFError?
    func written(_ bytes: inout [UInt8]) {
      bytes.withUnsafeMutableBytes {
        do throws(NetCDFError) {
          try write($0)
        } catch {
          fault = error
        }
      }
    }
    // A chunk of whole lines and nothing else lies as the lines do.
    let isOfLines = columns.count == self.columns && lineAxis < columnAxis && count == band.count
    if isOfLines {
      written(&band)
    } else {
      if unpacked.count != count { unpacked = [UInt8](repeating: 0, count: count) }
      written(&unpacked)
    }
    if let fault { throw fault }
    if !isOfLines {
      extract(lines, columns, shape: array.layout.chunk, first: origin(ofChunk: index), from: unpacked)
    }
  }

  // MARK: Two chunks at once

  /// Reads the same lines of two variables: where their chunks lie alike they are unpacked two at a time, which takes half
  /// as long as one after the other.
  public static func read(
    _ part: Range<Int>, of one: LineReader, into buffer: UnsafeMutableRawBufferPointer, and other: LineReader,
    into otherBuffer: UnsafeMutableRawBufferPointer
  ) throws(NetCDFError) {
    guard one.bandLines == other.bandLines, one.bandColumns == other.bandColumns,
      one.columns == other.columns,
      one !== other
    else {
      try one.read(part, into: buffer)
      return try other.read(part, into: otherBuffer)
    }
    var line = part.lowerBound
    while line < part.upperBound {
      let number = line / one.bandLines
      let end = min(part.upperBound, (number + 1) * one.bandLines)
      one.loadChunks(ofBand: number, with: other)
      // What could not be unpacked so is read here, or refused.
      for (reader, buffer) in [(one, buffer), (other, otherBuffer)] {
        let start = (line - part.lowerBound) * reader.columns * reader.size
        try reader.read(line..<end, into: UnsafeMutableRawBufferPointer(rebasing: buffer[start...]))
      }
      line = end
    }
  }

  /// Unpacks the chunks of a row of them that neither reader has, as far as that goes.
  private func loadChunks(ofBand number: Int, with other: LineReader) {
    for reader in [self, other] where number != reader.bandNumber { reader.begin(number) }
    for place in isThere.indices where !isThere[place] && !other.isThere[place] {
      guard let own = source(number, place), let others = other.source(number, place) else { continue }
      let isUnpacked = inflater.unpack(
        PairInflater.Part(packed: own.packed, unpacked: own.target),
        PairInflater.Part(packed: others.packed, unpacked: others.target))
      if isUnpacked.0 { take(own, number, place) }
      if isUnpacked.1 { other.take(others, number, place) }
    }
  }

  /// A deflated chunk as it is in the file, and memory to inflate it into.
  private struct Deflated {
    let index: [Int]
    let packed: UnsafeRawBufferPointer
    let target: UnsafeMutableRawBufferPointer
    let elementSize: Int
  }

  /// A chunk that an inflater may unpack; nil for one that has to be read in another way, or cannot be.
  private func source(_ number: Int, _ place: Int) -> Deflated? {
    guard case .chunks(let places, let isShuffled, true) = array.layout.form else { return nil }
    let chunk = array.layout.chunk
    var index = fixed.indices.map { fixed[$0] / chunk[$0] }
    (index[lineAxis], index[columnAxis]) = (number, place)
    guard let position = ChunkPositions(shape: array.variable.shape, chunk: chunk).number(index),
      let stored = places[position], let packed = try? bytes(of: stored, chunk: index)
    else { return nil }
    return Deflated(
      index: index, packed: packed, target: shuffled.prefix(chunk.reduce(size, *)),
      elementSize: isShuffled ? size : 1)
  }

  /// Puts an inflated chunk where its lines and columns are.
  private func take(_ chunk: Deflated, _ number: Int, _ place: Int) {
    let columns = place * bandColumns..<min(columns, (place + 1) * bandColumns)
    let lines = number * bandLines..<min(lines, (number + 1) * bandLines)
    let isTaken: Void? = try? fill(lines, columns, chunk: chunk.index) { (target) throws(NetCDFError) in
      do throws(ChunkCodecError) {
        try codec.unpack(
          UnsafeRawBufferPointer(chunk.target), elementSize: chunk.elementSize, isDeflated: false,
          into: target)
      } catch {
        throw failure("chunk \(LineReader.text(chunk.index)): \(error)")
      }
    }
    guard isTaken != nil else { return }
    chunksRead += 1
    isThere[place] = true
  }

  private func loadWhole(
    _ lines: Range<Int>, _ columns: Range<Int>, _ offset: UInt64
  ) throws(NetCDFError) {
    // Whole lines lie together where nothing but lengths of 1 and fixed places comes before them.
    let shape = array.variable.shape
    guard lineAxis < columnAxis else { return try loadByLibrary(lines, columns) }
    let perLine = shape[(lineAxis + 1)...].reduce(size, *)
    var before = 0
    for axis in 0..<lineAxis { before = (before + fixed[axis]) * shape[axis + 1] }
    let start = UInt64((before + lines.lowerBound) * perLine)
    let count = lines.count * perLine
    if unpacked.count != count { unpacked = [UInt8](repeating: 0, count: count) }
    let isRead = unpacked.withUnsafeMutableBytes {
      array.file.read(at: StoredLayout.Place(offset: offset + start, bytes: count), into: $0)
    }
    guard isRead else { throw failure("the file ends before lines \(lines)") }
    var (part, first) = (shape, fixed)
    for axis in 0..<lineAxis { part[axis] = 1 }
    for axis in (lineAxis + 1)..<shape.count { first[axis] = 0 }
    (part[lineAxis], first[lineAxis]) = (lines.count, lines.lowerBound)
    extract(lines, columns, shape: part, first: first, from: unpacked)
  }

  private func loadByLibrary(_ lines: Range<Int>, _ columns: Range<Int>) throws(NetCDFError) {
    var part = fixed.map { $0..<($0 + 1) }
    (part[lineAxis], part[columnAxis]) = (lines, columns)
    let (path, variable, slab) = (array.file.path, array.variable, part)
    let bytes = try NetCDFThread.wait(throwing: { () throws(NetCDFError) in
      try OpenGroupedFiles.shared.file(path).read(variable, slab)
    })
    extract(lines, columns, shape: part.map(\.count), first: part.map(\.lowerBound), from: bytes)
  }

  /// Copies lines and columns out of a block of the variable.
  private func extract(
    _ lines: Range<Int>, _ columns: Range<Int>, shape: [Int], first: [Int], from bytes: [UInt8]
  ) {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    var origin = 0
    for axis in shape.indices where axis != lineAxis && axis != columnAxis {
      origin += (fixed[axis] - first[axis]) * strides[axis]
    }
    let (size, whole, top) = (size, self.columns, bandNumber * bandLines)
    bytes.withUnsafeBytes { source in
      band.withUnsafeMutableBytes { target in
        for line in lines {
          let from = origin + (line - first[lineAxis]) * strides[lineAxis]
          let to = ((line - top) * whole + columns.lowerBound) * size
          let start = from + (columns.lowerBound - first[columnAxis]) * strides[columnAxis]
          if strides[columnAxis] == 1 {
            UnsafeMutableRawBufferPointer(rebasing: target[to..<(to + columns.count * size)]).copyMemory(
              from: UnsafeRawBufferPointer(
                rebasing: source[(start * size)..<((start + columns.count) * size)]))
          } else {
            LineReader.gather(
              source, start: start, stride: strides[columnAxis], count: columns.count, size: size,
              into: UnsafeMutableRawBufferPointer(rebasing: target[to...]))
          }
        }
      }
    }
  }

  private static func gather(
    _ source: UnsafeRawBufferPointer, start: Int, stride: Int, count: Int, size: Int,
    into target: UnsafeMutableRawBufferPointer
  ) {
    for index in 0..<count {
      let from = (start + index * stride) * size
      UnsafeMutableRawBufferPointer(rebasing: target[(index * size)..<((index + 1) * size)]).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: source[from..<(from + size)]))
    }
  }

  private func failure(_ reason: String) -> NetCDFError {
    NetCDFError(
      "read", path: array.file.path, variable: array.variable.path, reason: reason,
      advice: "the file is damaged or incomplete: fetch it again")
  }
}

extension StoredLayout {
  /// Whether the places of chunks are known.
  var isOfChunks: Bool { if case .chunks = form { true } else { false } }
}
