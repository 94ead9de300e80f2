import Foundation
import Storage
import TestSupport
import Testing

/// Pictures as Python's zlib unpacks them.
@Suite struct PNGImageTests {
  /// The header's type and the rows of a picture.
  private func read(_ bytes: [UInt8]) async throws -> String {
    let folder = try TemporaryFolder()
    let path = folder.file("picture.png")
    try LocalFiles.writeAtomically(path, bytes)
    let script = """
      import struct, sys, zlib
      data = open(sys.argv[1], 'rb').read()
      assert data[:8] == b'\\x89PNG\\r\\n\\x1a\\n'
      place, parts = 8, {}
      while place < len(data):
          length, = struct.unpack('>I', data[place:place + 4])
          kind, body = data[place + 4:place + 8], data[place + 8:place + 8 + length]
          assert zlib.crc32(kind + body) == struct.unpack('>I', data[place + 8 + length:place + 12 + length])[0]
          parts[kind] = body
          place += 12 + length
      print(*struct.unpack('>IIBBBBB', parts[b'IHDR'])[:4], *sorted(k.decode() for k in parts))
      print(*zlib.decompress(parts[b'IDAT']))
      """
    return try await Program(["python3", "-c", script, path], in: folder.path).output()
  }

  @Test func `grey values and colours are stored as they are`() async throws {
    let grey = try PNGImage(width: 3, height: 2, grey: [0, 7, 255, 1, 2, 3]).encoded()
    #expect(
      try await read(grey).split(separator: "\n") == [
        "3 2 8 0 IDAT IEND IHDR", "0 0 7 255 0 1 2 3",
      ])
    let colours = try PNGImage(width: 1, height: 2, colours: [1, 2, 3, 253, 254, 255]).encoded()
    #expect(
      try await read(colours).split(separator: "\n") == [
        "1 2 8 2 IDAT IEND IHDR", "0 1 2 3 0 253 254 255",
      ])
    let palette = try PNGImage(
      width: 2, height: 1, palette: [.init(1, 2, 3), .init(4, 5, 6, alpha: 0)], indices: [1, 0]
    ).encoded()
    #expect(
      try await read(palette).split(separator: "\n") == ["2 1 8 3 IDAT IEND IHDR PLTE tRNS", "0 1 0"])
  }
}
