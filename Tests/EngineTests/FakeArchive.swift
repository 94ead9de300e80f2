import Engine
import Geo
import Raster
import Synchronization

/// Files in memory, and a record of what is read of them.
final class FakeArchive: Sendable {
  struct File: Sendable {
    var format = BandFormat(type: .uint16, nodata: 0, scale: 1, offset: 0)
    let width: Int
    /// Row by row, as stored.
    let samples: [Double]
  }

  /// One block that was read.
  struct Read: Hashable, Sendable {
    let path: String
    let window: PixelWindow
  }

  private struct Records {
    var files: [String: File] = [:]
    var reads: [Read] = []
    var opened: Set<String> = []
    var failing: (path: String, afterReads: Int)?
  }

  /// Sides of the blocks that are read one by one.
  static let block = 8
  private let records = Mutex(Records())

  func add(_ path: String, _ file: File) { records.withLock { $0.files[path] = file } }

  /// Has reads of a file fail once it was read so often.
  func fail(_ path: String, afterReads: Int) { records.withLock { $0.failing = (path, afterReads) } }

  func repair() { records.withLock { $0.failing = nil } }

  func forgetReads() {
    records.withLock {
      $0.reads = []
      $0.opened = []
    }
  }

  var reads: [Read] { records.withLock { $0.reads } }
  var opened: Set<String> { records.withLock { $0.opened } }

  func file(_ path: String) throws -> File {
    try records.withLock { records in
      records.opened.insert(path)
      guard let file = records.files[path] else { throw CellFailure("no file \(path)") }
      return file
    }
  }

  func note(_ read: Read) throws {
    try records.withLock { records in
      if let failing = records.failing, failing.path == read.path,
        records.reads.count(where: { $0.path == read.path }) >= failing.afterReads
      {
        throw CellFailure("cannot read \(read.path), \(read.window)")
      }
      records.reads.append(read)
    }
  }
}

/// Reads a `FakeArchive` block by block, leaving what is not wanted as it is.
final class FakeReader: BandReader {
  private let archive: FakeArchive

  init(_ archive: FakeArchive) {
    self.archive = archive
  }

  func format(of file: BandFile) throws -> BandFormat { try archive.file(file.path).format }

  func plan(_ reads: [BandRead]) -> [any PlannedRead] {
    reads.map { FakeRead(request: $0, archive: archive) }
  }
}

private struct FakeRead: PlannedRead {
  let request: BandRead
  let archive: FakeArchive

  func read(as type: SampleType, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int) throws {
    let (file, window) = (request.file, request.window)
    let content = try archive.file(file.path)
    let side = FakeArchive.block
    for blockRow in (window.row / side)...((window.endRow - 1) / side) {
      for blockColumn in (window.column / side)...((window.endColumn - 1) / side) {
        let block = PixelWindow(column: blockColumn * side, row: blockRow * side, width: side, height: side)
        guard let part = block.intersection(window), request.isWanted(part) else { continue }
        try archive.note(FakeArchive.Read(path: file.path, window: part))
        for row in part.row..<part.endRow {
          for column in part.column..<part.endColumn {
            let place = ((row - window.row) * rowStride + column - window.column) * type.size
            let value = content.samples[row * content.width + column]
            switch type {
            case .uint8: buffer.storeBytes(of: UInt8(value), toByteOffset: place, as: UInt8.self)
            case .uint16: buffer.storeBytes(of: UInt16(value), toByteOffset: place, as: UInt16.self)
            case .uint32: buffer.storeBytes(of: UInt32(value), toByteOffset: place, as: UInt32.self)
            case .int32: buffer.storeBytes(of: Int32(value), toByteOffset: place, as: Int32.self)
            case .float64: buffer.storeBytes(of: value, toByteOffset: place, as: Double.self)
            case .float32: buffer.storeBytes(of: Float(value), toByteOffset: place, as: Float.self)
            default: throw CellFailure("the fake archive has no \(type.rawValue)")
            }
          }
        }
      }
    }
  }
}
