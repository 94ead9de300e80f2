import Engine
import Geo
import Modules
import Raster
import Testing

@Suite struct CloudMaskTests {
  private func mask(
    _ rules: String, band: String = "qa_pixel"
  ) throws -> (module: CloudMask?, bench: ModuleBench) {
    let bench = try ModuleBench(bands: ["red", "qa_pixel", "pq"])
    let text = "{\"module\": \"cloud_mask\", \"band\": \"\(band)\", \(rules)}"
    return (try bench.make(CloudMask.self, text), bench)
  }

  private func layer(_ values: [UInt16], width: Int) -> SamplePlane {
    let plane = SamplePlane()
    plane.reshape(type: .uint16, width: width, height: values.count / width)
    let samples = plane.samples(as: UInt16.self)
    for (index, value) in values.enumerated() { samples[index] = value }
    return plane
  }

  @Test func `a length on the ground grows by the pixels that lie so near`() throws {
    let bench = try ModuleBench(bands: ["qa_pixel"])
    let text = #"{"module": "cloud_mask", "reject": ["cloud"], "dilate": "100 m"}"#
    let module = try #require(try bench.make(CloudMask.self, text), "\(bench.mistakes)")
    #expect(module.hasGroundSizes && module.halo == 0)
    let sized = try module.sized(forPixels: 30)
    #expect(sized.halo == 3 && !sized.hasGroundSizes)
    // 3.33 pixels: a pixel one row and three columns away is near enough, as it is not for 3.
    let (layer, scratch, rejected) = (SamplePlane(), SamplePlane(), SamplePlane())
    layer.reshape(type: .uint16, width: 9, height: 9)
    layer.fill(0)
    layer.samples(as: UInt16.self)[40] = 8
    sized.reject(
      layer, window: PixelWindow(column: 1, row: 1, width: 7, height: 7), scratch: scratch, into: rejected)
    let found = Array(rejected.samples(as: UInt8.self))
    #expect(found[3 * 7] == 1 && found[2 * 7] == 1 && found[7] == 0, "\(found)")
    #expect(throws: GroundSizeError.self) { try module.sized(forPixels: 0.5) }
    let wrong = try bench.make(
      CloudMask.self, #"{"module": "cloud_mask", "reject": ["cloud"], "dilate": "far", "as": "b"}"#)
    #expect(wrong == nil && bench.mistakes.last?.contains("\"far\" is not a valid length") ?? false)
  }

  @Test func `what has none of the flags to keep is rejected`() throws {
    // Snow is bit 5 and water bit 7 of the layer.
    let test = try #require(try mask(#""keep": ["snow", "water"]"#).module).test
    for value in UInt64(0)...512 { #expect(test.rejects(value) == (value & 0b1010_0000 == 0), "\(value)") }
    let both = try #require(try mask(#""keep": ["water"], "reject": ["snow"]"#).module).test
    #expect(!both.rejects(128) && both.rejects(160) && both.rejects(0))
    let wrong = try mask(#""keep": ["watter"]"#)
    #expect(wrong.module == nil && wrong.bench.mistakes.contains { $0.contains("has no flag \"watter\"") })
  }

  @Test func `any rule rejects`() throws {
    let made = try mask(
      #""reject": ["cloud"], "reject_values": [2, 64], "reject_bits": [15], "require_bits": [6]"#)
    let test = try #require(made.module).test
    for value in UInt16.min...UInt16.max {
      let expected = value & 8 != 0 || value == 2 || value == 64 || value >> 15 != 0 || value & 64 == 0
      guard test.rejects(UInt64(value)) == expected else {
        Issue.record("\(value)")
        return
      }
    }
  }

  @Test func `a number is rejected from a threshold on, or below one, or unless it is listed`() throws {
    let test = try #require(try mask(#""reject_at_least": 20"#, band: "pq").module).test
    #expect([0, 19, 20, 100, 70_000].map(test.rejects) == [false, false, true, true, true])
    let low = try #require(try mask(#""reject_below": 2.5"#, band: "pq").module).test
    #expect([0, 2, 3, 70_000].map(low.rejects) == [true, true, false, false])
    let listed = try #require(try mask(#""keep_values": [1, 4]"#, band: "pq").module).test
    #expect([0, 1, 2, 4, 70_000].map(listed.rejects) == [true, false, true, false, true])
    let (none, bench) = try mask(#""reject_at_least": 20, "reject_below": 30"#, band: "pq")
    #expect(none == nil && bench.mistakes[0].contains("everything"))
  }

  @Test(arguments: ["reject_at_least", "reject_below"])
  func `a measured band is no quality layer whose numbers could be compared`(key: String) throws {
    let bench = try ModuleBench(bands: ["red", "blue"])
    let mask = try bench.make(
      CloudMask.self, "{\"module\": \"cloud_mask\", \"band\": \"blue\", \"\(key)\": 0.2}")
    #expect(mask == nil && bench.mistakes.count == 1)
    #expect(bench.mistakes[0].contains("\"blue\" is measured and no quality layer"), "\(bench.mistakes)")
    // It stays what it is for others.
    #expect(bench.scope.entry("blue")?.band?.isQuality == false)
    // Raw numbers are compared as they are.
    let raw = try ModuleBench(bands: ["red", "blue"], more: ", \"scale\": \"none\"")
    let made = try raw.make(
      CloudMask.self, "{\"module\": \"cloud_mask\", \"band\": \"blue\", \"\(key)\": 9000}")
    #expect(made != nil, "\(raw.mistakes)")
  }

  @Test func `a raster without a date is a mask like a band`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let layer = try #require(
      try bench.make(Layer.self, #"{"module": "layer", "file": "ice.tif", "as": "ice"}"#))
    bench.scope.offer(.init(variable: layer.layers[0].band.variable, period: .fixed))
    let mask = try #require(
      try bench.make(
        CloudMask.self, #"{"module": "cloud_mask", "band": "ice", "keep_values": [1], "as": "not_ice"}"#))
    #expect(mask.band == "ice" && mask.output.name == "not_ice")
    #expect([0, 1, 2].map(mask.test.rejects) == [true, false, true])
  }

  @Test func `required bits are one and`() throws {
    let bits = (0...13).map(String.init).joined(separator: ", ")
    let made = try mask("\"require_bits\": [\(bits)]", band: "pq")
    #expect(made.module?.test == QualityTest(notAllOf: 16383))
  }

  @Test func `the result is a flag variable that later modules can name`() throws {
    let (made, bench) = try mask(#""reject": ["cloud"]"#)
    let output = try #require(made).output
    #expect(output.name == "cloud_mask")
    #expect(
      output.storage
        == .flags([.init(value: 0, meaning: "kept"), .init(value: 1, meaning: "rejected")]))
    #expect(bench.scope.names.contains("cloud_mask"))
    #expect(try mask(#""reject": ["cloud"], "as": "bad""#).module?.output.name == "bad")
  }

  @Test func `what a mask reads is no input for arithmetic`() throws {
    let (_, bench) = try mask(#""reject_values": [1]"#, band: "pq")
    #expect(bench.scope.entry("pq")?.band?.isQuality ?? false)
    #expect(try bench.make(NDVI.self, #"{"module": "ndvi", "bands": {"red": "pq", "nir": "red"}}"#) == nil)
  }

  @Test func `without dilation the pixels themselves are rejected`() throws {
    let module = try #require(try mask(#""reject": ["cloud"]"#).module)
    #expect(module.halo == 0)
    let rejected = SamplePlane()
    let whole = PixelWindow(column: 0, row: 0, width: 3, height: 2)
    module.reject(
      layer([8, 0, 64, 1, 24, 7], width: 3), window: whole, scratch: SamplePlane(), into: rejected)
    #expect(Array(rejected.samples(as: UInt8.self)) == [1, 0, 0, 0, 1, 0])
    let part = PixelWindow(column: 1, row: 1, width: 2, height: 1)
    module.reject(
      layer([8, 0, 64, 1, 24, 7], width: 3), window: part, scratch: SamplePlane(), into: rejected)
    #expect(Array(rejected.samples(as: UInt8.self)) == [1, 0] && rejected.width == 2)
  }

  @Test func `what is rejected grows across the edge of a chunk`() throws {
    let module = try #require(
      try mask(#""reject": ["cloud"], "dilate": 2, "dilate_shape": "diamond""#).module)
    #expect(module.halo == 2 && module.dilationShape == .diamond)
    var values = [UInt16](repeating: 64, count: 7 * 5)
    values[2 * 7 + 1] = 8
    // The chunk begins two columns after the cloud's; its halo shows the cloud.
    let chunk = PixelWindow(column: 2, row: 0, width: 5, height: 5)
    let rejected = SamplePlane()
    module.reject(layer(values, width: 7), window: chunk, scratch: SamplePlane(), into: rejected)
    #expect(
      Array(rejected.samples(as: UInt8.self)) == [
        0, 0, 0, 0, 0,
        1, 0, 0, 0, 0,
        1, 1, 0, 0, 0,
        1, 0, 0, 0, 0,
        0, 0, 0, 0, 0,
      ])
  }

  @Test(
    arguments: [
      (
        #""reject": ["fill", "clowd"]"#, "qa_pixel",
        ["$.m.reject[1]: Landsat Collection 2 QA_PIXEL has no flag \"clowd\"", "did you mean \"cloud\"?"]
      ),
      (
        #""good_pixel_flags": {"cloud": "not_high"}"#, "qa_pixel",
        ["$.m.good_pixel_flags.cloud: \"cloud\" has no state \"not_high\"", "\"not_high_confidence\""]
      ),
      (
        #""good_pixel_flags": {"cloud": ["not_cloud", "so_so"]}"#, "qa_pixel",
        ["$.m.good_pixel_flags.cloud[1]: \"cloud\" has no state \"so_so\""]
      ),
      (
        #""good_pixel_flags": {"cloud_confidence": true}"#, "qa_pixel",
        ["$.m.good_pixel_flags.cloud_confidence: \"cloud_confidence\" has no state true", "\"medium\""]
      ),
      (
        #""good_pixel_flags": {"clouds": false}"#, "qa_pixel",
        ["$.m.good_pixel_flags.clouds: ", "did you mean \"cloud\"?"]
      ),
      (
        #""dilate": 3"#, "qa_pixel",
        ["$.m: \"cloud_mask\" needs a rule that says what to reject", "\"reject\": [\"fill\""]
      ),
      (#""reject": ["cloud"]"#, "qa_pixle", ["$.m.band: unknown variable", "did you mean \"qa_pixel\"?"]),
      (#""reject": ["cloud"], "as": "red""#, "qa_pixel", ["$.m.as: \"red\" is already the name"]),
      (#""reject": ["cloud"], "as": "a/b""#, "qa_pixel", ["$.m.as: \"a/b\" cannot name a result"]),
      (#""reject": ["cloud"], "as": "time""#, "qa_pixel", ["$.m.as: \"time\" is the name of a coordinate"]),
    ] as [(String, String, [String])])
  func `mistakes are reported at their place`(rules: String, band: String, parts: [String]) throws {
    let (made, bench) = try mask(rules, band: band)
    #expect(made == nil)
    #expect(bench.mistakes.count == 1, "\(bench.mistakes)")
    for part in parts { #expect(bench.mistakes.first?.contains(part) ?? false, "\(bench.mistakes)") }
  }

  @Test func `a computed variable is no quality layer`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    _ = try bench.make(NDVI.self, #"{"module": "ndvi"}"#)
    #expect(
      try bench.make(CloudMask.self, #"{"module": "cloud_mask", "band": "ndvi", "reject_values": [0]}"#)
        == nil)
    #expect(bench.mistakes.first?.contains("\"ndvi\" is computed; a mask reads a downloaded band") ?? false)
  }
}
