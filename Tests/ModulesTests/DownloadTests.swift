import Engine
import JSON
import Modules
import Raster
import Testing

@Suite struct DownloadTests {
  private func download(_ members: String) throws -> (module: Download?, bench: ModuleBench) {
    let bench = ModuleBench()
    return (try bench.make(Download.self, "{\"module\": \"download\", \(members)}"), bench)
  }

  @Test func `the example of the notebook is understood`() throws {
    let (made, bench) = try download(
      """
      "source": "https://example.org/stac/v1", "collection": "landsat-c2-l2",
      "bands": ["red", "nir08", "qa_pixel"], "query": {"eo:cloud_cover": {"lt": 20}},
      "sign": "planetary_computer", "group_by": "utc_day",
      "resampling": {"*": "average", "qa_pixel": "nearest"}, "mode": "copy", "limit": 10, "ids": ["a", "b"]
      """)
    let module = try #require(made)
    #expect(module.source == "https://example.org/stac/v1")
    #expect(module.collections == ["landsat-c2-l2"] && module.ids == ["a", "b"] && module.limit == 10)
    #expect(module.signing.method == .planetaryComputer && module.mode == .copy && module.grouping == .utcDay)
    #expect(module.query?["eo:cloud_cover"]?["lt"]?.integer == 20 && module.filter == nil)
    #expect(module.queryPath.description == "$.m.query")
    #expect(module.resampling(of: "red") == .average && module.resampling(of: "qa_pixel") == .nearest)
    #expect(bench.scope.names == ["red", "nir08", "qa_pixel"])
    #expect(bench.scope.collection == "landsat-c2-l2")
    #expect(bench.mistakes.isEmpty)
  }

  @Test func `without parameters things are read where they are by solar day`() throws {
    let module = try #require(try download(#""source": "items.json", "bands": ["red"]"#).module)
    #expect(module.signing.method == .none && module.mode == .stream && module.grouping == .solarDay)
    #expect(module.limit == nil && module.ids.isEmpty && module.collections.isEmpty)
    #expect(module.resampling(of: "red") == .nearest)
    #expect(module.bands[0].aliases == ["red"] && module.bands[0].fallback == SampleEncoding())
  }

  @Test func `groupings are those the catalogue knows`() {
    #expect(
      Download.Grouping.allCases.map(\.rawValue) == ["solar_day", "solar_day_seconds", "utc_day", "time"])
  }

  @Test(
    arguments: [
      ("landsat-c2-l2", "red", ["red"]), ("landsat-c2-l2", "nir", ["nir", "nir08"]),
      ("sentinel-2-l2a", "red", ["red", "B04", "B04_10m"]),
      ("sentinel-2-l2a", "B04", ["B04", "red", "B04_10m"]),
      ("sentinel-2-c1-l2a", "nir", ["nir", "B08", "B08_10m"]),
      ("sentinel-2-l2a", "nir08", ["nir08", "B8A", "nir_narrow", "B8A_20m"]),
      ("hls2-l30", "nir", ["nir", "B05", "nir08"]), ("HLSS30_2.0", "nir08", ["nir08", "B8A", "nir_narrow"]),
      ("modis-09A1-061", "red", ["red", "sur_refl_b01", "sur_refl_b01_1"]),
      ("a-collection-of-my-own", "red", ["red"]),
    ] as [(String, String, [String])])
  func `bands are found under their catalogues names`(collection: String, band: String, aliases: [String])
    throws
  {
    let bench = try ModuleBench(bands: [band], collection: collection)
    #expect(bench.scope.entry(band)?.band?.aliases == aliases)
  }

  @Test func `one name is never two bands in two collections`() throws {
    // B05 is near infrared in L30 and red edge in S30.
    let (made, _) = try download(
      #""source": "items.json", "collection": ["HLSL30_2.0", "HLSS30_2.0"], "bands": ["nir08", "red"]"#)
    let bands = try #require(made).bands
    #expect(!bands[0].aliases.contains("B05"))
    #expect(bands[0].aliases.contains("B8A") && bands[1].aliases == ["red", "B04"])
    #expect(bands[0].fallback == SampleEncoding(nodata: -9999, scale: 0.0001, offset: 0))
  }

  @Test func `handbook encodings stand in where nothing else is known`() throws {
    func fallback(_ collection: String, _ band: String) throws -> SampleEncoding? {
      try ModuleBench(bands: [band], collection: collection).scope.entry(band)?.band?.fallback
    }
    #expect(
      try fallback("landsat-c2-l2", "red") == SampleEncoding(nodata: 0, scale: 0.0000275, offset: -0.2))
    #expect(
      try fallback("landsat-c2-l2", "lwir11") == SampleEncoding(nodata: 0, scale: 0.00341802, offset: 149))
    #expect(try fallback("hls2-s30", "B8A") == SampleEncoding(nodata: -9999, scale: 0.0001, offset: 0))
    #expect(try fallback("ls5-nbar", "red") == SampleEncoding(nodata: -999, scale: 0.0001, offset: 0))
    #expect(try fallback("landsat-c2-l1", "red") == SampleEncoding())
    #expect(try fallback("sentinel-2-l1c", "B04") == SampleEncoding())
  }

  @Test func `quality layers are never scaled and have their own fill`() throws {
    for (band, nodata) in [("qa_pixel", 1.0), ("SCL", 0), ("Fmask", 255), ("sur_refl_state_500m", 65535)] {
      let bench = try ModuleBench(bands: [band], collection: nil, more: #", "scale": 0.0001"#)
      let request = try #require(bench.scope.entry(band)?.band)
      #expect(request.isQuality && request.override == SampleEncoding())
      #expect(request.fallback == SampleEncoding(nodata: nodata))
      #expect(request.variable.statisticsRange == 0...65535)
    }
    let scl = try ModuleBench(bands: ["scl"], collection: "sentinel-2-l2a").scope.entry("scl")
    #expect(scl?.band?.aliases.contains("SCL") ?? false)
  }

  @Test func `reflectance is described as CF names it`() throws {
    let red = try #require(try ModuleBench(bands: ["red"]).scope.entry("red")?.variable)
    #expect(red.standardName == "surface_bidirectional_reflectance" && red.units == "1")
    #expect(red.statisticsRange == -0.2...1.6)
    let unknown = try ModuleBench(bands: ["B04"], collection: "sentinel-2-l1c-patch").scope.entry("B04")
    #expect(unknown?.variable.standardName == nil)
    let heat = try ModuleBench(bands: ["lwir11"]).scope.entry("lwir11")
    #expect(heat?.variable.units == "K")
  }

  @Test func `scale none keeps stored numbers`() throws {
    let bench = try ModuleBench(bands: ["red", "qa_pixel"], more: #", "scale": "none""#)
    let red = try #require(bench.scope.entry("red")?.band)
    #expect(red.isRaw && red.override == SampleEncoding(scale: 1, offset: 0))
    #expect(red.variable.statisticsRange == 0...65535 && red.variable.standardName == nil)
    #expect(bench.scope.entry("qa_pixel")?.band?.override == SampleEncoding())
  }

  @Test func `overrides go from the band to all to the source`() throws {
    let (made, bench) = try download(
      """
      "source": "items.json", "collection": "sentinel-2-l2a", "bands": ["red", "nir", "blue", "scl"],
      "scale": 0.5,
      "overrides": {"red": {"scale": 0.0001, "offset": -0.1}, "nir": {"nodata": 7}, "*": {"nodata": 3},
        "scl": {"nodata": 9}}
      """)
    let bands = try #require(made).bands
    #expect(bands[0].override == SampleEncoding(nodata: 3, scale: 0.0001, offset: -0.1))
    #expect(bands[1].override == SampleEncoding(nodata: 7, scale: 0.5, offset: 0))
    #expect(bands[2].override == SampleEncoding(nodata: 3, scale: 0.5, offset: 0))
    #expect(bands[3].override == SampleEncoding(nodata: 9))
    #expect(!bands[0].isRaw && bench.mistakes.isEmpty)
  }

  @Test func `one band can be kept as stored with its own nodata`() throws {
    let (made, _) = try download(
      #""source": "i", "bands": ["a", "b"], "overrides": {"a": {"scale": "none", "nodata": 4}}"#)
    let bands = try #require(made).bands
    #expect(bands[0].isRaw && bands[0].override == SampleEncoding(nodata: 4, scale: 1, offset: 0))
    #expect(!bands[1].isRaw && bands[1].override == SampleEncoding())
  }

  @Test(
    arguments: [
      (#""source": "i", "bands": ["red", "nir08", "red"]"#, #"$.m.bands[2]: "red" is named twice"#),
      (#""source": "i""#, #"$.m: "download" is given no band, and no module needs one"#),
      (#""source": "i", "bands": ["a"], "sort": "-datetime""#, #"$.m.sort: "sort" would do nothing"#),
      (#""source": "i", "bands": ["a"], "copy": "area""#, #"$.m.copy: "copy" would do nothing"#),
      (#""source": "", "bands": ["red"]"#, #"$.m.source: "download" needs a source"#),
      (
        #""source": "i", "bands": ["red"], "overrides": {"rad": {"nodata": 1}}"#,
        #"$.m.overrides.rad: "rad" is not among the bands (red); did you mean "red"?"#
      ),
      (
        #""source": "i", "bands": ["red"], "overrides": {"red": {"offset": -0.1}}"#,
        "$.m.overrides.red.offset: an offset needs its scale beside it"
      ),
      (
        #""source": "i", "bands": ["scl"], "overrides": {"scl": {"scale": 0.1}}"#,
        #"$.m.overrides.scl.scale: "scl" is a quality layer: bits and classes have no scale"#
      ),
      (
        #""source": "i", "bands": ["qa_pixel"], "resampling": {"qa_pixel": "average"}"#,
        #"$.m.resampling.qa_pixel: "qa_pixel" is a quality layer: its bits and classes cannot be averaged"#
      ),
      (
        #""source": "i", "bands": ["red"], "resampling": {"nir": "average"}"#,
        #"$.m.resampling.nir: "nir" is not among the bands (red)"#
      ),
    ])
  func `mistakes are reported at their place`(members: String, message: String) throws {
    let (made, bench) = try download(members)
    bench.scope.checkWhenComplete?()
    #expect(made == nil || bench.mistakes.count == 1)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
  }

  @Test func `a mask makes any band a quality layer`() throws {
    let bench = try ModuleBench(bands: ["clm"], collection: nil, more: #", "scale": 0.5"#)
    let layer = try #require(bench.scope.entry("clm")?.band).asQualityLayer
    #expect(layer.isQuality && layer.override == SampleEncoding() && layer.fallback == SampleEncoding())
    #expect(layer.aliases == ["clm"] && layer.asQualityLayer == layer)
  }
}
