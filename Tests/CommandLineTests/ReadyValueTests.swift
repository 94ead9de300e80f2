import Foundation
import JSON
import NetCDF
import Storage
import TestSupport
import Testing

/// The values of the ready configs on a simulated archive, against what follows from its files as GDAL unpacks them.
@Suite struct ReadyValueTests {
  private static let (width, height) = (120, 90)
  private static let bands = ["blue", "green", "red", "nir08", "swir16", "swir22"]
  private static let (fill, cloud, shadow, snow, water) = (1, 1 << 3, 1 << 4, 1 << 5, 1 << 7)

  /// An archive of one whole scene a date.
  private struct Archive {
    let folder: String
    let dates: [String]
    /// By date and band: the stored numbers, row by row.
    let stored: [[String: [UInt16]]]

    init() async throws {
      folder = try makeSharedFolder()
      try await Program(
        [
          Project.apus, "simulate", "archive", "--dates", "8", "--size", "\(width)x\(height)", "--tile", "32",
          "--coverage", "whole", "--quiet", "--bands", (bands + ["qa_pixel"]).joined(separator: ","),
        ], in: folder
      ).output()
      let items = try JSONParser.parse(LocalFiles.readAll(folder + "/archive/items.json"))
      var (dates, stored): ([String], [[String: [UInt16]]]) = ([], [])
      for item in items["features"]?.array ?? [] {
        dates.append(String(try #require(item["properties"]?["datetime"]?.string).prefix(10)))
        var numbers: [String: [UInt16]] = [:]
        for band in bands + ["qa_pixel"] {
          let href = try #require(item["assets"]?[band]?["href"]?.string)
          let raw = "\(folder)/\(dates.count)-\(band).raw"
          try await Program(
            ["gdal_translate", "-q", "-of", "ENVI", "-ot", "UInt16", href, raw], in: folder + "/archive"
          ).output()
          numbers[band] = try LocalFiles.readAll(raw).withUnsafeBytes { bytes in
            (0..<(width * height)).map { bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self) }
          }
        }
        stored.append(numbers)
      }
      (self.dates, self.stored) = (dates, stored)
      try #require(dates == dates.sorted() && Set(dates).count == 8)
    }

    /// A band's reflectance; NaN where the file has none, or a pixel with one of the flags is at most so far away.
    func values(_ date: Int, _ band: String, without flags: Int = 0, radius: Int = 0) -> [Double] {
      let (quality, numbers) = (stored[date]["qa_pixel"] ?? [], stored[date][band] ?? [])
      return (0..<(width * height)).map { pixel in
        let (row, column) = (pixel / width, pixel % width)
        for down in -radius...radius {
          for right in -radius...radius where down * down + right * right <= radius * radius {
            let (y, x) = (row + down, column + right)
            guard (0..<height).contains(y), (0..<width).contains(x) else { continue }
            if Int(quality[y * width + x]) & flags != 0 { return .nan }
          }
        }
        return numbers[pixel] == 0 ? .nan : Double(numbers[pixel]) * 0.0000275 - 0.2
      }
    }

    /// (a − b) ÷ (a + b) of two bands.
    func index(
      _ date: Int, _ a: String, _ b: String, without flags: Int = 0, radius: Int = 0
    ) -> [Double] {
      zip(
        values(date, a, without: flags, radius: radius), values(date, b, without: flags, radius: radius)
      ).map { ($0 - $1) / ($0 + $1) }
    }
  }

  private static let archive = Task { try await Archive() }

  /// Runs a ready config on the archive, its days moved to the archive's year.
  private func run(_ name: String, _ archive: Archive, reject: [JSONValue]? = nil) async throws -> String {
    let folder = try makeSharedFolder()
    let text = String(
      decoding: try LocalFiles.readAll(LocalFiles.parent(of: #filePath) + "/../../configs/" + name),
      as: UTF8.self
    ).replacing("\"2020-", with: "\"2021-")
    var config = try JSONParser.parse(text, dialect: .relaxed).plain
    config["area"] = "native"
    config["dates"] = ["start": "2021-01-01", "end": "2021-12-31"]
    config["output"]?["location"] = "out"
    config["resources"] = ["threads": 2, "chunk": 64]
    var sequences = config["sequences"]?.array ?? []
    sequences[0]["name"] = "s"
    if sequences.count > 1 { sequences[1]["depends_on"] = ["s"] }
    var modules = sequences.first?["modules"]?.array ?? []
    modules[0] = [
      "module": "download", "source": .string(archive.folder + "/archive/items.json"),
      "collection": "landsat-c2-l2",
    ]
    if let reject { modules[1]["reject"] = .array(reject) }
    sequences[0]["modules"] = .array(modules)
    config["sequences"] = .array(sequences)
    try LocalFiles.writeAtomically(folder + "/config.json", text: config.text(pretty: true))
    let result = try await Program(
      [Project.apus, "run", "config.json", "--progress", "none"], in: folder
    ).run()
    #expect(result.status == 0, "\(result.errors)")
    return folder + "/out/s/"
  }

  @NetCDFThread
  private static func read(_ folder: String, _ variable: String) throws -> [Double] {
    let reader = try NetCDFFileReader("\(folder)\(variable).nc")
    defer { try? reader.close() }
    return try reader.doubles(variable)
  }

  /// Flags, of which 255 is missing.
  @NetCDFThread
  private static func flags(_ folder: String, _ variable: String) throws -> [Double] {
    try read(folder, variable).map { $0 == 255 ? .nan : $0 }
  }

  /// Compares with what is expected, NaN for missing, and expects that not all is missing.
  private func expect(
    _ found: [Double], _ expected: [Double], _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(found.count == expected.count, "\(name)", sourceLocation: sourceLocation)
    let wrong = zip(found, expected).enumerated().filter { _, pair in
      pair.0.isNaN != pair.1.isNaN || abs(pair.0 - pair.1) > 1e-6
    }
    #expect(wrong.isEmpty, "\(name): \(wrong.count), \(wrong.prefix(3))", sourceLocation: sourceLocation)
    #expect(expected.contains { !$0.isNaN }, "\(name)", sourceLocation: sourceLocation)
  }

  private func median(_ values: [Double]) -> Double {
    let sorted = values.filter { !$0.isNaN }.sorted()
    guard !sorted.isEmpty else { return .nan }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  private func mean(_ values: [Double]) -> Double {
    let there = values.filter { !$0.isNaN }
    return there.isEmpty ? .nan : there.reduce(0, +) / Double(there.count)
  }

  /// Over each pixel of several dates.
  private func overDates(_ dates: [[Double]], _ body: ([Double]) -> Double) -> [Double] {
    (0..<(Self.width * Self.height)).map { pixel in body(dates.map { $0[pixel] }) }
  }

  private func months(_ archive: Archive, _ body: (Int) -> [Double]) -> [Double] {
    (1...12).flatMap { month -> [Double] in
      let own = archive.dates.indices.filter { Int(archive.dates[$0].dropFirst(5).prefix(2)) == month }
      return overDates(own.map(body), median)
    }
  }

  @Test func `the monthly composite has medians, the mean of an index, and bright surfaces`() async throws {
    let archive = try await Self.archive.value
    let folder = try await run("monthly-composite.json", archive)
    for band in ["red", "green", "blue"] {
      expect(
        try await Self.read(folder, band + "_month_median"), months(archive) { archive.values($0, band) },
        band)
    }
    let dates = archive.dates.indices
    expect(
      try await Self.read(folder, "ndbi_all_mean"),
      overDates(dates.map { archive.index($0, "swir16", "nir08") }, mean), "ndbi")
    let luminance = dates.map { date in
      zip(zip(archive.values(date, "red"), archive.values(date, "green")), archive.values(date, "blue"))
        .map { 0.2125 * $0.0 + 0.7154 * $0.1 + 0.0721 * $1 }
    }
    let smoothed = gaussian(overDates(luminance, median))
    expect(try await Self.read(folder, "smoothed"), smoothed, "smoothed")
    let bright = try await Self.flags(folder, "bright")
    let isBright = smoothed.map { $0.isNaN ? .nan : $0 > 0.175 ? 1.0 : 0 }
    try #require(smoothed.allSatisfy { $0.isNaN || abs($0 - 0.175) > 1e-6 })
    expect(bright, isBright, "bright")
    #expect(bright.contains(0) && bright.contains(1))
  }

  /// Smoothed with a sigma of 1, as scipy does with its mode "reflect"; missing pixels stay so, and have no weight.
  private func gaussian(_ values: [Double]) -> [Double] {
    let weights = (-4...4).map { exp(-Double($0 * $0) / 2) }
    let sum = weights.reduce(0, +)
    func reflected(_ place: Int, _ count: Int) -> Int {
      place < 0 ? -place - 1 : place >= count ? 2 * count - place - 1 : place
    }
    func smooth(_ values: [Double], _ neighbour: (Int, Int) -> Int) -> [Double] {
      values.indices.map { pixel in
        (-4...4).reduce(0) { $0 + weights[$1 + 4] / sum * values[neighbour(pixel, $1)] }
      }
    }
    let (width, height) = (Self.width, Self.height)
    func both(_ values: [Double]) -> [Double] {
      let down = smooth(values) { reflected($0 / width + $1, height) * width + $0 % width }
      return smooth(down) { $0 / width * width + reflected($0 % width + $1, width) }
    }
    let (sums, shares) = (both(values.map { $0.isNaN ? 0 : $0 }), both(values.map { $0.isNaN ? 0 : 1 }))
    return values.indices.map { values[$0].isNaN ? .nan : sums[$0] / shares[$0] }
  }

  @Test func `the monthly mosaic of Sentinel-2 has medians without clouds`() async throws {
    let archive = try await Self.archive.value
    let folder = try await run(
      "sentinel2-monthly-mosaic.json", archive, reject: ["fill", "cloud", "cloud_shadow"])
    let flags = Self.fill | Self.cloud | Self.shadow
    for band in ["red", "green", "blue"] {
      expect(
        // 40 m are 1.3 pixels of 30 m: as far as one.
        try await Self.read(folder, band + "_month_median"),
        months(archive) { archive.values($0, band, without: flags, radius: 1) }, band)
    }
    #expect(LocalFiles.exists(folder + "../quicklooks/s/true_colour.png"))
  }

  @Test func `the burnt area is from the last view before the fire and the first after it`() async throws {
    let archive = try await Self.archive.value
    let folder = try await run("burnt-area.json", archive)
    let flags = Self.fill | Self.cloud | Self.shadow | Self.water
    let dates = archive.dates.indices.map { archive.index($0, "nir08", "swir22", without: flags, radius: 3) }
    let before = archive.dates.indices.filter { archive.dates[$0] < "2021-08-16" }.map { dates[$0] }
    let after = archive.dates.indices.filter { archive.dates[$0] > "2021-10-31" }.map { dates[$0] }
    try #require(before.count > 1 && after.count > 0 && before.count + after.count < 8)
    let expected = (
      overDates(before) { $0.last { !$0.isNaN } ?? .nan }, overDates(after) { $0.first { !$0.isNaN } ?? .nan }
    )
    expect(try await Self.read(folder, "before"), expected.0, "before")
    expect(try await Self.read(folder, "after"), expected.1, "after")
    let difference = zip(expected.0, expected.1).map { $0 - $1 }
    expect(try await Self.read(folder, "dnbr"), difference, "dnbr")
    // One hectare is a little more than 11 pixels.
    let burnt = difference.map { $0.isNaN ? .nan : $0 > 0.27 ? 1.0 : 0 }
    #expect(difference.contains { $0 > 0.27 })
    expect(try await Self.flags(folder, "burnt"), withoutPatches(burnt, below: 12), "burnt")
  }

  /// Without patches of fewer true pixels, those at a corner connected.
  private func withoutPatches(_ values: [Double], below least: Int) -> [Double] {
    var (result, seen) = (values, Set<Int>())
    for start in values.indices where values[start] == 1 && seen.insert(start).inserted {
      var (patch, next) = ([start], 0)
      while next < patch.count {
        let (row, column) = (patch[next] / Self.width, patch[next] % Self.width)
        next += 1
        for y in max(0, row - 1)...min(Self.height - 1, row + 1) {
          for x in max(0, column - 1)...min(Self.width - 1, column + 1) {
            let pixel = y * Self.width + x
            if values[pixel] == 1, seen.insert(pixel).inserted { patch.append(pixel) }
          }
        }
      }
      if patch.count < least { for pixel in patch { result[pixel] = 0 } }
    }
    return result
  }

  @Test func `the water extent is the share of clear dates with water`() async throws {
    let archive = try await Self.archive.value
    let folder = try await run("water-extent.json", archive)
    let flags = Self.fill | Self.cloud | Self.shadow | Self.snow
    let wet = archive.dates.indices.map { date in
      archive.index(date, "green", "swir16", without: flags, radius: 2).map {
        $0.isNaN ? .nan : $0 > 0 ? 1.0 : 0
      }
    }
    let frequency = overDates(wet, mean)
    expect(try await Self.read(folder, "water_frequency"), frequency, "frequency")
    expect(
      try await Self.flags(folder, "usually_water"), frequency.map { $0.isNaN ? .nan : $0 > 0.5 ? 1 : 0 },
      "usually")
    #expect(frequency.contains { $0 > 0.5 } && frequency.contains { $0 < 0.5 })
  }
}
