import Foundation
import GDAL
import Network
import TestSupport
import Testing

/// Files whose content comes from a server: whatever they are called, they lead to no other file.
@Suite("Foreign files") struct ForeignFilesTests {
  /// A virtual raster over a local file, as raw bytes and by a driver.
  private static func virtual(_ path: String, isRaw: Bool) -> String {
    let source =
      isRaw
      ? "<VRTRasterBand dataType='Byte' band='1' subClass='VRTRawRasterBand'><SourceFilename relativeToVRT='0'>\(path)"
        + "</SourceFilename><PixelOffset>1</PixelOffset><LineOffset>4</LineOffset></VRTRasterBand>"
      : "<VRTRasterBand dataType='Byte' band='1'><SimpleSource><SourceFilename relativeToVRT='0'>\(path)"
        + "</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
    return
      "<VRTDataset rasterXSize='4' rasterYSize='4'><SRS>EPSG:32719</SRS><GeoTransform>300000,30,0,6100000,0,-30"
      + "</GeoTransform>\(source)</VRTDataset>"
  }

  private static let service =
    "<GDAL_WMS><Service name='WMS'><ServerUrl>http://127.0.0.1:9/</ServerUrl><Layers>x</Layers></Service><DataWindow>"
    + "<UpperLeftX>0</UpperLeftX><UpperLeftY>1</UpperLeftY><LowerRightX>1</LowerRightX><LowerRightY>0</LowerRightY>"
    + "<SizeX>4</SizeX><SizeY>4</SizeY></DataWindow><BandsCount>1</BandsCount></GDAL_WMS>"

  @Test(arguments: ["x.vrt", "x.tif", "x.jp2", "x.nc", "x.h5", "x.xml", "x"])
  func `virtual rasters and descriptions of services are not opened, under any name`(name: String)
    async throws
  {
    let folder = try TemporaryFolder()
    let secret = folder.path + "/secret.tif"
    _ = try TestRasters.write(to: secret)
    for text in [Self.virtual(secret, isRaw: true), Self.virtual(secret, isRaw: false), Self.service] {
      let server = try SmallServer { _ in .init(200, body: Array(text.utf8)) }
      try await onOwnThread { () throws in
        #expect(throws: GDALError.self) {
          _ = try RemoteArchive(RemoteAccess()).open("\(server.url)/\(name)").info
        }
        // The copy of such a file says no more.
        let copy = "\(folder.path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: copy))
        #expect(throws: GDALError.self) { _ = try RasterDataset(opening: copy, isForeign: true).info }
      }
    }
  }

  @Test
  func `a local virtual raster is the user's own`() throws {
    let folder = try TemporaryFolder()
    let secret = folder.path + "/own.tif"
    _ = try TestRasters.write(to: secret)
    let path = folder.path + "/own.vrt"
    try Data(Self.virtual(secret, isRaw: false).utf8).write(to: URL(fileURLWithPath: path))
    #expect(try RasterDataset(opening: path).info.driver == "VRT")
  }

  @Test(arguments: ["file:///etc/passwd", "vrt:///etc/passwd", "/vsizip//etc/x.zip"])
  func `what a catalogue on a server cannot name is not opened`(reference: String) {
    let location = RemoteReference.refused(reference)
    let error = #expect(throws: GDALError.self) { _ = try RemoteArchive(RemoteAccess()).open(location).info }
    #expect(error?.message.contains("names nothing on a server") == true)
    #expect(RemoteArchive.refusal(location) != nil)
  }

  @Test
  func `a raster that names overviews in another file is not opened`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/overviews.tif"
    _ = try TestRasters.write(to: path)
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let metadata =
      "<GDALMetadata><Item name=\"OVERVIEW_FILE\" domain=\"OVERVIEWS\">\(path)</Item></GDALMetadata>\0"
    try #require(TIFFTag.add(42112, text: metadata, to: &bytes))
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    #expect(try RasterDataset(opening: path).info.driver == "GTiff")
    #expect(throws: GDALError.self) { _ = try RasterDataset(opening: path, isForeign: true).info }
  }

  @Test
  func `a plain raster is opened, from a server and as a copy`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/plain.tif"
    _ = try TestRasters.write(to: path)
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let server = try SmallServer { _ in .init(200, body: bytes) }
    try await onOwnThread { () throws in
      #expect(try RemoteArchive(RemoteAccess()).open("\(server.url)/plain.tif").info.driver == "GTiff")
      #expect(try RasterDataset(opening: path, isForeign: true).info.driver == "GTiff")
    }
  }
}

/// Adds tags to a little-endian classic TIFF.
private enum TIFFTag {
  /// Appends a copy of the first directory that has one more tag, beyond all others.
  static func add(_ tag: UInt16, text: String, to bytes: inout [UInt8]) -> Bool {
    func number(_ offset: Int, _ count: Int, _ bytes: [UInt8]) -> Int {
      (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }
    func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
    guard bytes.starts(with: [0x49, 0x49, 42, 0]) else { return false }
    let directory = number(4, 4, bytes)
    let count = number(directory, 2, bytes)
    var entries = (0..<count).map { Array(bytes[(directory + 2 + 12 * $0)..<(directory + 14 + 12 * $0)]) }
    if bytes.count % 2 == 1 { bytes.append(0) }
    let place = bytes.count
    bytes += Array(text.utf8)
    if bytes.count % 2 == 1 { bytes.append(0) }
    entries.append(little(Int(tag), 2) + little(2, 2) + little(text.utf8.count, 4) + little(place, 4))
    entries.sort { number(0, 2, $0) < number(0, 2, $1) }
    bytes.replaceSubrange(4..<8, with: little(bytes.count, 4))
    bytes += little(entries.count, 2) + entries.flatMap { $0 } + [0, 0, 0, 0]
    return true
  }
}
