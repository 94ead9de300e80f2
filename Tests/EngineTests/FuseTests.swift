import Geo
import Raster
import Testing

@testable import Engine

/// Overlapping scenes of one date, fused by each rule, against a reference that goes pixel by pixel over whole scenes.
@Suite struct FuseTests {
  private static let width = 40
  private static let height = 24
  private static let grid = PixelWindow(column: 0, row: 0, width: width, height: height)

  /// A scene as the reference sees it: stored numbers over the whole grid, nil where it does not lie or has none.
  private struct Scene {
    let placement: PixelWindow
    let scale: Double
    let red: (Int, Int) -> Double
    let nir: (Int, Int) -> Double
    let qa: (Int, Int) -> Double

    func covers(_ column: Int, _ row: Int) -> Bool {
      placement.contains(PixelWindow(column: column, row: row, width: 1, height: 1))
    }

    func value(_ band: (Int, Int) -> Double, _ column: Int, _ row: Int) -> Double? {
      guard covers(column, row), band(column, row) != 0 else { return nil }
      return band(column, row)
    }

    /// Whether an odd number of the scene's own quality layer lies in the 3 × 3 pixels around.
    func isRejected(_ column: Int, _ row: Int) -> Bool {
      for y in (row - 1)...(row + 1) {
        for x in (column - 1)...(column + 1) where covers(x, y) && Int(qa(x, y)) % 2 == 1 { return true }
      }
      return false
    }
  }

  /// Numbers without a pattern.
  private static func noise(_ seed: Int, _ column: Int, _ row: Int) -> Int {
    var hash = UInt64(bitPattern: Int64(seed &* 1_000_003 &+ column &* 7919 &+ row &* 104_729))
    hash = (hash ^ (hash >> 31)) &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ (hash >> 29)) &* 0xBF58_476D_1CE4_E5B9
    return Int((hash ^ (hash >> 32)) & 0x3FFF_FFFF)
  }

  private static func scenes(scales: [Double] = [1, 1, 1, 1]) -> [Scene] {
    let places = [
      PixelWindow(column: 0, row: 0, width: 27, height: 24),
      PixelWindow(column: 11, row: 3, width: 29, height: 17),
      PixelWindow(column: 5, row: 9, width: 20, height: 15),
      PixelWindow(column: 30, row: 0, width: 10, height: 6),
    ]
    return zip(places, scales).enumerated().map { index, scene in
      Scene(
        placement: scene.0, scale: scene.1,
        red: { noise(index * 3, $0, $1) % 4 == 0 ? 0 : Double(1 + noise(index * 3, $0, $1) % 9000) },
        nir: { noise(index * 3 + 1, $0, $1) % 3 == 0 ? 0 : Double(1 + noise(index * 3 + 1, $0, $1) % 9000) },
        qa: { noise(index * 3 + 2, $0, $1) % 15 == 0 ? 3 : 2 })
    }
  }

  private static func bench(_ rule: FuseRule, _ scenes: [Scene], halo: Int = 1) -> EngineBench {
    var bench = EngineBench([
      (StubSource("red", "nir", "qa", fuse: rule), false), (SumOf("red", as: "early"), true),
      (OddMask(halo: halo), true),
      (SumOf("red", as: "late"), true), (SumOf("nir", as: "other"), true),
    ])
    bench.addDate(
      scenes: scenes.map { scene in
        let format = BandFormat(type: .uint16, nodata: 0, scale: scene.scale, offset: 0)
        return (
          scene.placement, ["red": scene.red, "nir": scene.nir, "qa": scene.qa],
          ["red": format, "nir": format]
        )
      })
    return bench
  }

  /// What a pixel is to be: early and late red, nir, and the mask.
  private struct Pixel: Equatable {
    var early: Float?
    var late: Float?
    var other: Float?
    var mask: UInt32 = 255
  }

  private static func best(_ scenes: [Scene], _ column: Int, _ row: Int) -> Pixel {
    let here = scenes.filter { $0.covers(column, row) }
    let kept = here.filter { !$0.isRejected(column, row) }
    var pixel = Pixel()
    if !here.isEmpty { pixel.mask = kept.isEmpty ? 1 : 0 }
    // Of a pixel that the mask rejects only what is read before the mask is to be seen, and counts.
    let count = { (scene: Scene) in
      let red = scene.value(scene.red, column, row) == nil ? 0 : 1
      let nir = kept.isEmpty || scene.value(scene.nir, column, row) == nil ? 0 : 1
      return red + nir
    }
    let candidates = kept.isEmpty ? here : kept
    guard let most = candidates.map(count).max(), let chosen = candidates.first(where: { count($0) == most })
    else {
      return pixel
    }
    pixel.early = chosen.value(chosen.red, column, row).map { Float($0 * chosen.scale) }
    if !kept.isEmpty {
      pixel.late = pixel.early
      pixel.other = chosen.value(chosen.nir, column, row).map { Float($0 * chosen.scale) }
    }
    return pixel
  }

  private static func mean(_ scenes: [Scene], _ column: Int, _ row: Int) -> Pixel {
    let here = scenes.filter { $0.covers(column, row) }
    let kept = here.filter { !$0.isRejected(column, row) }
    var pixel = Pixel()
    if !here.isEmpty { pixel.mask = kept.isEmpty ? 1 : 0 }
    let mean = { (band: (Scene) -> (Int, Int) -> Double) -> Float? in
      let values = (kept.isEmpty ? here : kept).compactMap { scene in
        scene.value(band(scene), column, row).map { $0 * scene.scale }
      }
      return values.isEmpty ? nil : Float(values.reduce(0, +) / Double(values.count))
    }
    pixel.early = mean(\.red)
    if !kept.isEmpty {
      pixel.late = pixel.early
      pixel.other = mean(\.nir)
    }
    return pixel
  }

  /// `first` and `last`: band by band, the quality layer too, before the mask looks at it.
  private static func firstValid(_ scenes: [Scene], _ column: Int, _ row: Int) -> Pixel {
    let qa = { (x: Int, y: Int) in scenes.compactMap { $0.value($0.qa, x, y) }.first }
    var pixel = Pixel()
    var isRejected = false
    for y in (row - 1)...(row + 1) {
      for x in (column - 1)...(column + 1) where Int(qa(x, y) ?? 0) % 2 == 1 { isRejected = true }
    }
    if qa(column, row) != nil { pixel.mask = isRejected ? 1 : 0 }
    let value = { (band: (Scene) -> (Int, Int) -> Double) in
      scenes.compactMap { scene in scene.value(band(scene), column, row).map { Float($0 * scene.scale) }
      }.first
    }
    pixel.early = value(\.red)
    if !isRejected {
      pixel.late = pixel.early
      pixel.other = value(\.nir)
    }
    return pixel
  }

  private static func reference(_ rule: FuseRule, _ scenes: [Scene]) -> [Pixel] {
    (0..<height).flatMap { row in
      (0..<width).map { column in
        switch rule {
        // Nearest is of granules; of rasters it is the first.
        case .first, .nearest: firstValid(scenes, column, row)
        case .last: firstValid(scenes.reversed(), column, row)
        case .best: best(scenes, column, row)
        case .mean: mean(scenes, column, row)
        }
      }
    }
  }

  private static func pixels(_ outcome: EngineBench.Outcome) throws -> [Pixel] {
    let layers = try ["early", "late", "other"].map { try outcome.floats($0) }
    let mask = try outcome.layer("mask")
    let value = { (layer: Int, pixel: Int) in layers[layer][pixel].isNaN ? nil : layers[layer][pixel] }
    return mask.indices.map {
      Pixel(early: value(0, $0), late: value(1, $0), other: value(2, $0), mask: mask[$0] & 255)
    }
  }

  private static func worst(_ left: [Pixel], _ right: [Pixel]) -> String? {
    for index in left.indices where left[index] != right[index] {
      return "column \(index % width), row \(index / width): \(left[index]), expected \(right[index])"
    }
    return nil
  }

  @Test(arguments: FuseRule.allCases, [(40, 24), (16, 8), (7, 5)])
  func `every rule gives its reference's pixels whatever the chunk`(rule: FuseRule, chunk: (Int, Int))
    async throws
  {
    let scenes = Self.scenes()
    let bench = Self.bench(rule, scenes)
    let expected = Self.reference(rule, scenes)
    #expect(Set(expected.map(\.mask)) == [0, 1, 255], "the reference has pixels of every kind")
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(chunk: chunk, workers: 3), in: folder)
      let worst = Self.worst(try Self.pixels(outcome), expected)
      #expect(worst == nil, "\(rule): \(worst ?? "")")
    }
  }

  @Test(arguments: FuseRule.allCases)
  func `scenes that store numbers differently are fused as physical values`(rule: FuseRule) async throws {
    let scenes = Self.scenes(scales: [1, 0.5, 0.25, 1])
    let bench = Self.bench(rule, scenes)
    let expected = Self.reference(rule, scenes)
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(chunk: (16, 8)), in: folder)
      let worst = Self.worst(try Self.pixels(outcome), expected)
      #expect(worst == nil, "\(rule): \(worst ?? "")")
    }
  }

  /// 0.0001 is no binary fraction: what is rounded to Float before it is used differs from what is not.
  @Test(arguments: FuseRule.allCases)
  func `a chunk that only one of a date's scenes touches gives the bytes a larger one gives`(rule: FuseRule)
    async throws
  {
    var bench = EngineBench([
      (StubSource("red", "nir", "qa", fuse: rule), false), (OddMask(), false),
      (SumOf("red", "nir", as: "sum"), true),
    ])
    let scenes = Self.scenes()
    let formats = [(0.0001, 0.0), (0.0001, -0.1), (0.0002, 0.003), (0.0001, 0.0)].map {
      BandFormat(type: .uint16, nodata: 0, scale: $0.0, offset: $0.1)
    }
    bench.addDate(
      scenes: zip(scenes, formats).map { scene, format in
        (
          scene.placement, ["red": scene.red, "nir": scene.nir, "qa": scene.qa],
          ["red": format, "nir": format]
        )
      })
    var results: [[UInt32]] = []
    for chunk in [(40, 24), (8, 8), (5, 3)] {
      try await withTemporaryFolder { folder in
        results.append(try await bench.run(bench.plan(chunk: chunk), in: folder).layer("sum"))
      }
    }
    #expect(results[1] == results[0] && results[2] == results[0])
  }

  @Test(arguments: [FuseRule.best, .mean])
  func `one scene by itself is not changed by a rule for several`(rule: FuseRule) async throws {
    let scenes = Array(Self.scenes().prefix(1))
    try await withTemporaryFolder { folder in
      let bench = Self.bench(rule, scenes)
      let outcome = try await bench.run(bench.plan(), in: folder + "/a")
      let plain = Self.bench(.first, scenes)
      let other = try await plain.run(plain.plan(), in: folder + "/b")
      #expect(
        try outcome.layer("late") == other.layer("late") && outcome.layer("mask") == other.layer("mask"))
    }
  }

  @Test(arguments: [FuseRule.best, .mean])
  func `what a scene's mask rejects whole is not read of that scene`(rule: FuseRule) async throws {
    var bench = EngineBench([
      (StubSource("red", "qa", fuse: rule), false), (OddMask(), false), (SumOf("red", as: "sum"), true),
    ])
    bench.addDate(scenes: [
      (Self.grid, ["red": { _, _ in 3 }, "qa": { column, _ in column < 16 ? 1 : 2 }], [:]),
      (Self.grid, ["red": { _, _ in 5 }, "qa": { _, _ in 1 }], [:]),
      (Self.grid, ["red": { _, _ in 7 }, "qa": { column, _ in column < 16 ? 2 : 1 }], [:]),
    ])
    try await withTemporaryFolder { folder in
      let values = try await bench.run(bench.plan(chunk: (40, 24)), in: folder).floats("sum")
      #expect((0..<960).allSatisfy { values[$0] == ($0 % 40 < 16 ? 7 : 3) })
    }
    let reads = bench.archive.reads
    #expect(!reads.contains { $0.path == "scene-0-1-red" }, "a scene that is rejected whole is not read")
    let (first, last) = (
      reads.filter { $0.path == "scene-0-0-red" }, reads.filter { $0.path == "scene-0-2-red" }
    )
    #expect(!first.isEmpty && first.allSatisfy { $0.window.column >= 16 })
    #expect(!last.isEmpty && last.allSatisfy { $0.window.column < 16 })
    #expect(Set(reads).count == reads.count, "each block once")
  }

  @Test(arguments: [FuseRule.best, .mean])
  func `a scene that cannot be read is a failed cell, not a hole`(rule: FuseRule) async throws {
    let bench = Self.bench(rule, Self.scenes())
    bench.archive.fail("scene-0-2-red", afterReads: 0)
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(), in: folder)
      #expect(outcome.state.counts().failed > 0)
      bench.archive.repair()
      let again = try await bench.run(bench.plan(), in: folder)
      let worst = Self.worst(try Self.pixels(again), Self.reference(rule, Self.scenes()))
      #expect(worst == nil, "\(worst ?? "")")
    }
  }

  @Test func `the memory of judging scenes one by one is counted`() {
    let scenes = Self.scenes()
    let peaks = [FuseRule.first, .last, .best, .mean].map { Self.bench($0, scenes).plan().memory.perWorker }
    #expect(peaks[0] == peaks[1] && peaks[2] > peaks[0] && peaks[3] > peaks[2])
  }
}
