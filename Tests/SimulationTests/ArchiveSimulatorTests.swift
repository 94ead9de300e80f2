import Geo
import JSON
import Simulation
import Storage
import TestSupport
import Testing

@Suite("Simulated archives")
struct ArchiveSimulatorTests {
  /// An archive of 8 days over 100 × 80 pixels: whole, partial and double coverage, every season.
  private func archive(
    _ folder: TemporaryFolder,
    dates: Int = 8,
    seed: UInt64 = 5,
    _ change: (inout SimulationOptions) -> Void = { _ in }
  ) throws -> ArchiveReader {
    var options = SimulationOptions()
    change(&options)
    _ = try ArchiveSimulator(
      directory: folder.path,
      dates: dates,
      width: 100,
      height: 80,
      seed: seed,
      options: options
    ).write()
    return try ArchiveReader(folder.path)
  }

  @Test
  func `the same seed gives the same bytes in every file, whatever the threads`() throws {
    let (one, other) = (try TemporaryFolder(), try TemporaryFolder())
    _ = try archive(one) { $0.threads = 1 }
    _ = try archive(other) { $0.threads = 3 }
    #expect(one.files == other.files)
    for name in one.files where name.contains(".") {
      #expect(
        try LocalFiles.readAll(one.path + "/" + name) == LocalFiles.readAll(other.path + "/" + name),
        "\(name)")
    }
  }

  @Test
  func `another seed gives another archive`() throws {
    let (one, other) = (try TemporaryFolder(), try TemporaryFolder())
    let (first, second) = (try archive(one, seed: 5), try archive(other, seed: 6))
    let day = 6
    #expect(
      try first.samples(first.days[day].scenes[0], "red") != second.samples(second.days[day].scenes[0], "red")
    )
  }

  @Test
  func `a day's count and mean NDVI, and its raster, are those of the files`() throws {
    let folder = try TemporaryFolder()
    let archive = try archive(folder)
    let truths = try #require(archive.truth["dates"]?.array)
    #expect(truths.count == archive.days.count)
    for (truth, day) in zip(truths, archive.days) {
      let ndvi = try archive.ndvi(day.scenes)
      let valid = ndvi.filter { !$0.isNaN }
      #expect(truth["date"]?.string == day.date.description)
      #expect(truth["pixels"]?.integer == 8000)
      #expect(truth["valid"]?.integer == valid.count)
      if valid.isEmpty {
        #expect(truth["ndvi_mean"]?.isNull == true)
      } else {
        let mean = valid.reduce(0, +) / Double(valid.count)
        #expect(abs(try #require(truth["ndvi_mean"]?.double) - mean) < 1e-12)
      }
      let raster = try ArchiveReader.read(folder.path + "/truth/ndvi_\(day.date).tif", fill: Float(0))
      #expect(raster.map(\.bitPattern) == ndvi.map { Float($0).bitPattern })
    }
  }

  @Test
  func `a season's observations, mean and rasters are those of the files`() throws {
    let folder = try TemporaryFolder()
    let archive = try archive(folder)
    var sums = [[Double]](repeating: [Double](repeating: 0, count: 8000), count: 4)
    var counts = [[Int32]](repeating: [Int32](repeating: 0, count: 8000), count: 4)
    for day in archive.days {
      let season = Season(day.date).rawValue
      for (place, value) in try archive.ndvi(day.scenes).enumerated() where !value.isNaN {
        sums[season][place] += value
        counts[season][place] += 1
      }
    }
    let truths = try #require(archive.truth["seasons"]?.array)
    #expect(truths.map { $0["season"]?.string } == ["DJF", "MAM", "JJA", "SON"])
    for season in Season.allCases {
      let (sum, count) = (sums[season.rawValue], counts[season.rawValue])
      let truth = truths[season.rawValue]
      let means = zip(sum, count).map { $1 == 0 ? Double.nan : $0 / Double($1) }
      let known = means.filter { !$0.isNaN }
      #expect(truth["observations"]?.integer == count.reduce(0) { $0 + Int($1) })
      #expect(truth["pixels"]?.integer == known.count)
      #expect(
        abs(try #require(truth["ndvi_mean"]?.double) - known.reduce(0, +) / Double(known.count)) < 1e-12
      )
      let name = folder.path + "/truth/ndvi_seasonal_mean_\(season.label)"
      let raster = try ArchiveReader.read(name + ".tif", fill: Float(0))
      #expect(zip(raster, means).allSatisfy { $0.isNaN ? $1.isNaN : $0 == Float($1) })
      #expect(try ArchiveReader.read(name + "_count.tif", fill: Int32(0)) == count)
    }
  }

  @Test
  func `the first scene's band sums are those of its files`() throws {
    let folder = try TemporaryFolder()
    let archive = try archive(folder)
    for band in SimulatedBand.allCases {
      let sum = try archive.samples(archive.scenes[0], band.rawValue).reduce(0) { $0 + Int($1) }
      #expect(archive.truth["first_scene_band_sums"]?[band.rawValue]?.integer == sum)
    }
  }

  @Test
  func `days are covered by whole, partial and double scenes, and pairs overlap and differ a little there`()
    throws
  {
    let folder = try TemporaryFolder()
    let archive = try archive(folder)
    let whole = PixelWindow(column: 0, row: 0, width: 100, height: 80)
    #expect(archive.days[0].scenes.map(\.window) == [whole])
    let partial = try #require(archive.days[2].scenes.first)
    #expect(archive.days[2].scenes.count == 1)
    #expect(whole.contains(partial.window) && partial.window.count < whole.count)
    let pair = archive.days[3].scenes
    #expect(pair.count == 2)
    #expect(pair[0].window.union(pair[1].window) == whole)
    #expect(pair[1].instant == pair[0].instant.advanced(bySeconds: 24))
    let overlap = try #require(pair[0].window.intersection(pair[1].window))
    func shared(_ band: String) throws -> [(UInt16, UInt16)] {
      let parts = try pair.map { scene -> [UInt16] in
        let all = try archive.samples(scene, band)
        return (0..<overlap.height).flatMap { row in
          let start = (overlap.row - scene.window.row + row) * scene.window.width
          return all[start..<(start + overlap.width)]
        }
      }
      return Array(zip(parts[0], parts[1]))
    }
    let quality = try shared("qa_pixel")
    // Clouds have drifted on, so it matters which scene comes first.
    #expect(quality.contains { $0 != $1 })
    #expect(quality.allSatisfy { ($0 == 1) == ($1 == 1) })
    // On clear ground only the grain (0...15) and a brightness of 6 differ.
    let clear = try zip(shared("nir08"), quality).filter { $1 == (21_824, 21_824) }.map(\.0)
    #expect(clear.count > 100)
    #expect(clear.allSatisfy { abs(Int($1) - Int($0) - 6) <= 15 })
    #expect(clear.count { $0 != $1 } > clear.count / 2)
  }

  @Test
  func `fill is 0 in the bands and 1 in the quality layer, at the same pixels, in two opposite corners`()
    throws
  {
    let folder = try TemporaryFolder()
    let archive = try archive(folder)
    for scene in archive.scenes {
      let quality = try archive.samples(scene, "qa_pixel")
      let isFill = quality.map { $0 == 1 }
      for band in SimulatedBand.allCases where band != .quality {
        #expect(try archive.samples(scene, band.rawValue).map { $0 == 0 } == isFill, "\(scene.id) \(band)")
      }
    }
    let quality = try archive.samples(archive.scenes[0], "qa_pixel")
    #expect(quality[0] == 1 && quality[7999] == 1)
    #expect(quality[97] != 1 && quality[7902] != 1)
  }

  @Test
  func `clouds run from none to all; quality values are those of Landsat; snow lies in winter only`() throws {
    let folder = try TemporaryFolder()
    let archive = try archive(folder)
    let known: Set<UInt16> = [
      1, 21_824, 21_826, 21_890, 21_952, 22_280, 23_888, 23_952, 30_048, 54_596, 54_724,
    ]
    var seen: Set<UInt16> = []
    for day in archive.days {
      for scene in day.scenes {
        let samples = try archive.samples(scene, "qa_pixel")
        #expect(known.isSuperset(of: samples))
        seen.formUnion(samples)
        if samples.contains(30_048) { #expect((5...9).contains(day.date.month)) }
        let data = samples.filter { $0 != 1 }
        let cover = 100 * Double(data.count { $0 & 8 != 0 }) / Double(data.count)
        #expect(abs(scene.cloudCover - cover) <= 0.01)
      }
    }
    #expect(seen.isSuperset(of: [1, 21_824, 21_826, 21_952, 22_280, 23_888, 30_048]))
    let covers = archive.scenes.map(\.cloudCover)
    #expect(covers.contains(100) && covers.contains(0))
    #expect(Set(archive.truth["dates"]?.array?.compactMap { $0["cloud_fraction"]?.double } ?? []).count == 8)
  }

  @Test
  func `four dates or more fall in every season`() throws {
    let folder = try TemporaryFolder()
    let archive = try archive(folder, dates: 4)
    #expect(Set(archive.days.map { Season($0.date) }).count == 4)
  }

  @Test
  func `only the bands asked for are written`() throws {
    let folder = try TemporaryFolder()
    let archive = try archive(folder, dates: 2) {
      $0.bands = [.red, .quality]
      $0.truth = .figures
    }
    #expect(
      !archive.scenes.isEmpty && archive.scenes.allSatisfy { Set($0.assets.keys) == ["red", "qa_pixel"] })
    #expect(folder.files.count { $0.hasSuffix(".tif") } == 4)
  }

  @Test
  func `progress ends with everything done, and the report counts what was written`() throws {
    let folder = try TemporaryFolder()
    let report = try ArchiveSimulator(directory: folder.path, dates: 4, width: 32, height: 16).write {
      progress in
      #expect(progress.done >= 1 && progress.done <= progress.total)
    }
    #expect(report.dates == 4)
    #expect(report.scenes == 5)
    #expect(report.files == 35)
    let sizes = try folder.files.filter { $0.hasSuffix(".tif") && !$0.hasPrefix("truth/") }
      .map { try LocalFiles.readAll(folder.path + "/" + $0).count }
    #expect(sizes.count == 35)
    #expect(report.bytes == sizes.reduce(0, +))
  }

  @Test(arguments: [
    (0, 100, 80), (-1, 100, 80), (3, 15, 80), (3, 100, 8), (3, 200_000, 80), (20_000, 100, 80),
  ]
  )
  func `what makes no archive is refused, and nothing is written`(dates: Int, width: Int, height: Int) throws
  {
    let folder = try TemporaryFolder()
    let error = #expect(throws: SimulationError.self) {
      _ = try ArchiveSimulator(directory: folder.path, dates: dates, width: width, height: height).write()
    }
    #expect(error?.description.isEmpty == false)
    #expect(folder.files.isEmpty)
  }

  @Test
  func `options that fit nothing are refused`() throws {
    let folder = try TemporaryFolder()
    let changes: [(inout SimulationOptions) -> Void] = [
      { $0.bands = [] }, { $0.bands = [.red, .red] }, { $0.tile = 100 }, { $0.tile = 0 },
      { $0.deflateLevel = 12 }, { $0.end = CalendarDate(daysSince1970: 0) },
    ]
    for change in changes {
      var options = SimulationOptions()
      change(&options)
      #expect(throws: SimulationError.self) {
        _ = try ArchiveSimulator(directory: folder.path, dates: 2, width: 32, height: 32, options: options)
      }
    }
  }

  @Test
  func `a folder that holds something is left as it is`() throws {
    let folder = try TemporaryFolder()
    _ = try archive(folder, dates: 1)
    let before = folder.files
    let error = #expect(throws: SimulationError.self) { _ = try archive(folder, dates: 1, seed: 9) }
    #expect(error?.description.contains(folder.path) == true)
    #expect(folder.files == before)
  }

  @Test
  func `a folder that cannot be made is an error that names it`() throws {
    let error = #expect(throws: SimulationError.self) {
      _ = try ArchiveSimulator(directory: "/dev/null/archive", dates: 1, width: 16, height: 16).write()
    }
    #expect(error?.description.contains("/dev/null") == true)
  }
}
