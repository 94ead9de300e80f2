import Testing

@testable import CommandLine

/// The line of progress on a terminal.
@Suite struct ProgressLineTests {
  private static let line = ProgressLine(
    name: "landsat", ended: 403, cells: 960, failed: 2, kept: 3, seconds: 40, pixelsPerCell: 1e6,
    bytesPerCell: 6.2e6, memory: 210 << 20, memoryLimit: 512 << 20,
    work: [("reading", 0.618), ("computing", 0.25), ("writing", 0.132)])

  @Test func `it tells how far, how fast, how long, how much memory and what takes longest`() {
    #expect(
      Self.line.text(columns: 140)
        == "landsat: 41 % of 960 cells, 2 failed, 0:56 left, 210/512 MiB, 10 Mpx/s, 62 MB/s, "
        + "reading 62 computing 25 writing 13 %")
    // What does not fit is left out, the rest stays.
    #expect(
      Self.line.text(columns: 61) == "landsat: 41 % of 960 cells, 2 failed, 0:56 left, 210/512 MiB")
  }

  @Test func `eighty columns hold memory, chunks and a rate, and wider terminals what the time goes to`() {
    var line = Self.line
    line.failed = 0
    line.parts = ("chunks", 26, 64, "15 dates")
    #expect(
      line.text(columns: 80) == "landsat: 41 % of 960 cells, 0:56 left, 210/512 MiB, 26/64 chunks, 10 Mpx/s")
    #expect(
      line.text(columns: 100)
        == "landsat: 41 % of 960 cells, 0:56 left, 210/512 MiB, 26/64 chunks, 10 Mpx/s, 62 MB/s, 62 % reading"
    )
    #expect(
      line.text(columns: 140)
        == "landsat: 41 % of 960 cells, 0:56 left, 210/512 MiB, 26/64 chunks, 10 Mpx/s, 62 MB/s, "
        + "reading 62 computing 25 writing 13 %")
  }

  @Test func `it tells which sequence of several, and how many chunks and dates`() {
    var line = Self.line
    line.place = (2, 3)
    line.parts = ("chunks", 26, 64, "15 dates")
    line.work = []
    #expect(
      line.text(columns: 120)
        == "landsat (2 of 3): 41 % of 960 cells, 2 failed, 0:56 left, 210/512 MiB, 26/64 chunks, "
        + "10 Mpx/s, 62 MB/s")
  }

  @Test(arguments: [1, 2, 10, 20, 40, 79, 80, 81, 200])
  func `it is shorter than the terminal is wide, whatever the names and numbers`(columns: Int) {
    var line = Self.line
    #expect(line.text(columns: columns).count < max(columns, 2))
    line.name = String(repeating: "a very long name ", count: 20)
    (line.cells, line.ended, line.failed) = (10_000_000, 9_999_999, 1_234_567)
    (line.memory, line.memoryLimit, line.seconds) = (1 << 45, 1 << 46, 1e9)
    #expect(line.text(columns: columns).count < max(columns, 2))
  }

  @Test func `what cannot be known yet is not said`() {
    var line = Self.line
    line.ended = 3
    #expect(line.secondsLeft == nil && line.rate == nil && line.byteRate == nil)
    (line.ended, line.seconds) = (4, 0.1)
    #expect(line.secondsLeft == nil)
    (line.cells, line.ended, line.kept) = (0, 0, 0)
    #expect(line.percent == 100 && line.text(columns: 80).hasPrefix("landsat: 100 % of 0 cells"))
  }

  @Test func `cells that were there before do not count as fast`() throws {
    var line = Self.line
    (line.ended, line.kept, line.cells, line.seconds) = (510, 500, 1000, 10)
    #expect(line.secondsLeft == 490)
    line.ended = 1000
    #expect(line.secondsLeft == 0)
  }

  @Test func `times are written as clocks show them`() {
    #expect(
      [0, 5, 65, 3600, 3723.4, .infinity].map(ProgressLine.clock) == [
        "0:00", "0:05", "1:05", "1:00:00", "1:02:03", "1000:00:00",
      ])
  }

  @Test(arguments: [
    (0, 80, "\r\u{1B}[K"), (79, 80, "\r\u{1B}[K"), (80, 80, "\r\u{1B}[K"), (79, 50, "\u{1B}[1A\r\u{1B}[J"),
    (100, 50, "\u{1B}[1A\r\u{1B}[J"), (101, 50, "\u{1B}[2A\r\u{1B}[J"), (5, 0, "\u{1B}[4A\r\u{1B}[J"),
  ])
  func `a line goes whole when the terminal became narrower`(characters: Int, columns: Int, sequence: String)
  {
    #expect(ProgressLine.erasure(of: characters, columns: columns) == sequence)
  }
}
