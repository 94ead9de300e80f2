import GDAL
import TestSupport
import Testing

@Suite("Virtual files")
struct VirtualFilesTests {
  private let temporary: TemporaryFolder
  private var folder: String { temporary.path }

  init() throws { temporary = try TemporaryFolder() }

  @Test(arguments: [
    ("/data/a.tif", "/data/a.tif"),
    ("relative/a.tif", "relative/a.tif"),
    ("/vsizip/a.zip/b.tif", "/vsizip/a.zip/b.tif"),
    ("https://host/a.tif?x=1", "/vsicurl/https://host/a.tif?x=1"),
    ("s3://bucket/key/a.tif", "/vsis3/bucket/key/a.tif"),
    ("S3://bucket/key", "/vsis3/bucket/key"),
    ("gs://bucket/key", "/vsigs/bucket/key"),
    ("az://container/blob", "/vsiaz/container/blob"),
    ("abfs://container@account.dfs.core.windows.net/blob", "/vsiaz/container/blob"),
    ("file:///data/a.tif", "/data/a.tif"),
    ("file://localhost/data/a.tif", "/data/a.tif"),
  ])
  func `URLs become GDAL's names, paths stay as they are`(location: String, name: String) {
    #expect(VirtualPath.gdalName(of: location) == name)
  }

  @Test
  func `only object stores can be written and listed; web servers are read`() {
    #expect(VirtualPath.isRemote("https://host/a") && !VirtualPath.isObjectStore("https://host/a"))
    #expect(VirtualPath.isObjectStore("s3://b/k") && VirtualPath.isObjectStore("az://c/b"))
    #expect(!VirtualPath.isRemote("/data/a.tif") && !VirtualPath.isRemote("a.tif"))
  }

  @Test
  func `what is written is read back, whole and in part`() throws {
    let path = "\(folder)/a.bin"
    let bytes = (0..<9_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    try VirtualFiles.write(bytes, to: path)
    #expect(VirtualFiles.status(path)?.size == bytes.count)
    #expect(try VirtualFiles.read(path) == bytes)
    #expect(
      try VirtualFiles.read(path, range: 8_345_678..<8_445_778) == Array(bytes[8_345_678..<8_445_778]))
    #expect(try VirtualFiles.read(path, range: 8_999_990..<9_000_100) == Array(bytes[8_999_990...]))
    let copy = "\(folder)/b.bin"
    try VirtualFiles.upload(path, to: copy)
    #expect(try VirtualFiles.read(copy) == bytes)
    #expect(VirtualFiles.list(folder)?.sorted() == ["a.bin", "b.bin"])
    try VirtualFiles.remove(copy)
    #expect(VirtualFiles.status(copy) == nil)
  }

  @Test
  func `what is absent or cannot be written is said, with its name`() throws {
    let absent = "\(folder)/absent"
    #expect(VirtualFiles.status(absent) == nil)
    #expect(VirtualFiles.list(absent) == nil)
    let missing = #expect(throws: GDALError.self) { try VirtualFiles.read(absent) }
    #expect(missing?.description.contains(absent) == true)
    #expect(throws: GDALError.self) { try VirtualFiles.remove(absent) }
    #expect(throws: GDALError.self) { try VirtualFiles.write([1], to: "\(folder)/none/a") }
    let full = #expect(throws: GDALError.self) {
      try VirtualFiles.write(.init(repeating: 1, count: 1 << 20), to: "/dev/full")
    }
    #expect(full?.description.contains("/dev/full") == true)
  }
}
