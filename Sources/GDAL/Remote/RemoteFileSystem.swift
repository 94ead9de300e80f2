internal import CGDAL
internal import Glibc
internal import Network
internal import Synchronization

/// Lets GDAL's drivers read `RemoteFile`s: every byte of a JP2 or a netCDF file comes with the same checks and second
/// tries as the blocks of a plain TIFF.
enum RemoteFileSystem {
  /// A remote file under a name for GDAL; ends with its last reference.
  final class Entry: Sendable {
    /// "/vsiapus/7/B04.tif".
    let name: String
    let file: RemoteFile
    private let number: Int
    private let fault = Mutex<NetworkError?>(nil)
    /// Bytes that were fetched for a check, and that GDAL will ask for next.
    private let held = Mutex<(start: Int, bytes: [UInt8])>((0, []))

    init(_ file: RemoteFile) {
      self.file = file
      _ = RemoteFileSystem.isInstalled
      number = RemoteFileSystem.entries.withLock { entries in
        entries.next += 1
        return entries.next
      }
      let path = file.location.prefix { $0 != "?" && $0 != "#" }
      let base = path.split(separator: "/").last.map(String.init) ?? "file"
      name = "\(RemoteFileSystem.prefix)\(number)/\(base)"
      RemoteFileSystem.entries.withLock { $0.files[number] = WeakEntry(self) }
    }

    deinit {
      RemoteFileSystem.entries.withLock { $0.files[number] = nil }
    }

    /// What went wrong since this was last asked.
    func takeFault() -> GDALError? {
      fault.withLock { fault in
        defer { fault = nil }
        return fault.map { GDALError($0) }
      }
    }

    /// Fetches a part of the file, and keeps it for GDAL's next reads until `release`.
    ///
    /// - Returns: the bytes.
    func hold(_ range: Range<Int>) throws(NetworkError) -> [UInt8] {
      // GDAL reads whole pieces; blocks side by side share some.
      let size = RemoteFileSystem.pieceSize
      let start = range.lowerBound / size * size
      let end = try min((range.upperBound + size - 1) / size * size, max(file.size(), range.upperBound))
      let present = held.withLock { held -> [UInt8] in
        guard start >= held.start, start < held.start + held.bytes.count else { return [] }
        return Array(held.bytes[(start - held.start)...].prefix(end - start))
      }
      let missing = start + present.count
      let bytes = missing < end ? try present + file.read(at: missing, count: end - missing) : present
      held.withLock { $0 = (start, bytes) }
      return Array(bytes[(range.lowerBound - start)..<(range.upperBound - start)])
    }

    /// Frees the memory of what was held.
    func release() { held.withLock { $0 = (0, []) } }

    private func copyHeld(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
      held.withLock { held in
        guard offset >= held.start, offset + buffer.count <= held.start + held.bytes.count else {
          return false
        }
        let first = offset - held.start
        held.bytes.withUnsafeBytes { bytes in
          buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[first..<(first + buffer.count)]))
        }
        return true
      }
    }

    fileprivate func size() -> Int? {
      do throws(NetworkError) {
        return try file.size()
      } catch {
        fault.withLock { $0 = error }
        return nil
      }
    }

    fileprivate func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
      if copyHeld(at: offset, into: buffer) { return true }
      do throws(NetworkError) {
        try file.read(at: offset, into: buffer)
        return true
      } catch {
        fault.withLock { $0 = error }
        return false
      }
    }
  }

  fileprivate struct WeakEntry: Sendable {
    weak let entry: Entry?

    init(_ entry: Entry) {
      self.entry = entry
    }
  }

  fileprivate struct Entries {
    var files: [Int: WeakEntry] = [:]
    var next = 0
  }

  private static let prefix = "/vsiapus/"
  fileprivate static let entries = Mutex(Entries())

  /// GDAL reads headers a few bytes at a time: it gets them from pieces of this size.
  fileprivate static let pieceSize = 64 << 10
  /// What GDAL may keep of each open file.
  private static let keptBytes = 1 << 20

  private static let isInstalled: Bool = {
    GDALLibrary.prepare()
    // Lives as long as the process.
    let callbacks = UnsafeMutablePointer<apus_remote_files>.allocate(capacity: 1)
    callbacks.initialize(
      to: apus_remote_files(
        open: { name, size in
          guard let name, let size, let entry = RemoteFileSystem.entry(named: String(cString: name)),
            let bytes = entry.size()
          else { return nil }
          size.pointee = Int64(bytes)
          return Unmanaged.passRetained(entry).toOpaque()
        },
        read: { file, position, buffer, count in
          guard let file, let buffer else { return -1 }
          let entry = Unmanaged<Entry>.fromOpaque(file).takeUnretainedValue()
          let bytes = UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))
          return entry.read(at: Int(position), into: bytes) ? 0 : -1
        },
        close: { file in
          guard let file else { return }
          Unmanaged<Entry>.fromOpaque(file).release()
        }))
    // GDAL keeps the address of the prefix.
    return apus_install_remote_files(strdup(prefix), callbacks, pieceSize, keptBytes) == 0
  }()

  /// - Parameter name: as GDAL hands it on, without the prefix.
  private static func entry(named name: String) -> Entry? {
    let parts = name.split(separator: "/", maxSplits: 1)
    guard let number = parts.first.flatMap({ Int($0) }),
      let entry = entries.withLock({ $0.files[number]?.entry }), entry.name == prefix + name
    else { return nil }
    return entry
  }
}
