import Engine
import Modules
import Testing

/// Which bands a module takes by itself, shown with `ndvi` and `albedo`.
@Suite struct BandRoleTests {
  private func ndviInputs(_ bands: [String], _ collection: String?) throws -> [String]? {
    try ModuleBench(bands: bands, collection: collection).make(NDVI.self, #"{"module": "ndvi"}"#)?.inputs
  }

  @Test(
    arguments: [
      (["red", "nir08", "qa_pixel"], "landsat-c2-l2", ["red", "nir08"]),
      (["nir", "red"], "landsat-c2-l2", ["red", "nir"]),
      (["B04", "B08", "B8A", "SCL"], "sentinel-2-l2a", ["B04", "B08"]),
      (["B04", "B8A"], "sentinel-2-l2a", ["B04", "B8A"]),
      (["red", "nir08", "nir"], "sentinel-2-c1-l2a", ["red", "nir"]),
      (["B04", "B05", "Fmask"], "hls2-l30", ["B04", "B05"]),
      (["B04", "B05", "B08", "B8A"], "hls2-s30", ["B04", "B8A"]),
      (["sur_refl_b01", "sur_refl_b02"], "modis-09A1-061", ["sur_refl_b01", "sur_refl_b02"]),
      (["red", "nir08", "pq"], "ls5-nbar", ["red", "nir08"]),
      // Where the collection is not known, names that mean one thing only.
      (["red", "nir08"], nil, ["red", "nir08"]), (["red", "nir"], nil, ["red", "nir"]),
      (["B04", "B08", "clm"], "sentinel-2-l1c-patch", ["B04", "B08"]),
    ] as [([String], String?, [String])])
  func `the sensors bands are taken`(bands: [String], collection: String?, inputs: [String]) throws {
    #expect(try ndviInputs(bands, collection) == inputs)
  }

  @Test func `a name that depends on the sensor is asked for`() throws {
    // B05 is near infrared in HLS L30, red edge in Sentinel-2 and HLS S30.
    let bench = try ModuleBench(bands: ["B04", "B05"], collection: nil)
    #expect(try bench.make(NDVI.self, #"{"module": "ndvi"}"#) == nil)
    #expect(
      bench.mistakes.count == 1 && bench.mistakes[0].contains("depends on the sensor"), "\(bench.mistakes)")
  }

  @Test func `names together can tell the sensor`() throws {
    // B11 alone is short-wave infrared or thermal; with B8A and B12 it is Sentinel's.
    let bench = try ModuleBench(bands: ["B02", "B04", "B8A", "B11", "B12"], collection: nil)
    let module = try bench.make(Albedo.self, #"{"module": "albedo"}"#)
    #expect(module?.inputs == ["B02", "B04", "B8A", "B11", "B12"])
  }

  @Test func `names in the config come first`() throws {
    let bench = try ModuleBench(bands: ["B04", "B08", "B8A"], collection: "sentinel-2-l2a")
    let module = try bench.make(NDVI.self, #"{"module": "ndvi", "bands": {"nir": "B8A"}}"#)
    #expect(module?.inputs == ["B04", "B8A"])
  }

  @Test func `a known product brings the bands that are not listed`() throws {
    let bench = try ModuleBench(bands: ["red", "qa_pixel"])
    #expect(try bench.make(NDVI.self, #"{"module": "ndvi"}"#)?.inputs == ["red", "nir08"])
    let albedo = try bench.make(Albedo.self, #"{"module": "albedo"}"#)
    #expect(albedo?.inputs == ["blue", "red", "nir08", "swir16", "swir22"])
    #expect(bench.mistakes.isEmpty)
    // Each once, as the source would bring it had it been listed.
    #expect(bench.scope.addedBands.map(\.name) == ["nir08", "blue", "swir16", "swir22"])
    let listed = try ModuleBench(bands: ["nir08"]).scope.entry("nir08")?.band
    #expect(bench.scope.addedBands.first == listed)
  }

  @Test func `added bands join the sources own`() throws {
    let bench = ModuleBench()
    let source = try #require(
      try bench.make(
        Download.self,
        #"{"module": "download", "source": "i", "collection": "sentinel-2-l2a", "bands": ["red"]}"#))
    #expect(try bench.make(NDVI.self, #"{"module": "ndvi"}"#)?.inputs == ["red", "B08"])
    let all = source.adding(bench.scope.addedBands)
    #expect(all.bands.map(\.name) == ["red", "B08"] && all.source == source.source)
    #expect(all.bands[1].aliases.contains("nir"))
  }

  @Test func `every band that is missing from an unknown product is reported at once`() throws {
    let bench = try ModuleBench(bands: ["red", "qa_pixel"], collection: nil)
    #expect(try bench.make(NDVI.self, #"{"module": "ndvi"}"#) == nil)
    #expect(
      bench.mistakes == [
        #"1:1: $.m: "ndvi" needs near infrared (nir): none of red is known as it; "#
          + #"name it: "bands": {"nir": …}"#
      ])
    #expect(try bench.make(Albedo.self, #"{"module": "albedo"}"#) == nil)
    #expect(bench.mistakes.count == 5)
  }

  @Test func `unknown and unfit names are reported where they stand`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08", "qa_pixel"])
    #expect(try bench.make(NDVI.self, #"{"module": "ndvi", "bands": {"nir": "nir8"}}"#) == nil)
    #expect(
      bench.mistakes[0].hasPrefix("1:37: $.m.bands.nir: unknown variable \"nir8\"")
        && bench.mistakes[0].hasSuffix("did you mean \"nir08\"?"), "\(bench.mistakes)")
    #expect(try bench.make(NDVI.self, #"{"module": "ndvi", "bands": {"nir": "qa_pixel"}}"#) == nil)
    #expect(bench.mistakes[1].contains("\"qa_pixel\" is a quality layer"))
  }

  @Test func `collections are known by pattern`() {
    #expect(SensorTable.builtIn.sensor(collection: "landsat-c2-l2")?.name == "Landsat Collection 2 Level-2")
    #expect(SensorTable.builtIn.sensor(collection: "landsat-8-c2-l2")?.name == "Landsat Collection 2 Level-2")
    #expect(SensorTable.builtIn.sensor(collection: "landsat-c2l2-sr")?.name == "Landsat Collection 2 Level-2")
    #expect(SensorTable.builtIn.sensor(collection: "HLSL30_2.0")?.name == "HLS L30 v2")
    #expect(SensorTable.builtIn.sensor(collection: "MOD09A1.061")?.name == "MODIS surface reflectance")
    #expect(SensorTable.builtIn.sensor(collection: "landsat-c2-l1") == nil)
    #expect(SensorTable.builtIn.sensor(collection: "sentinel-2-l1c") == nil)
    #expect(SensorTable.builtIn.sensor(collection: "") == nil)
  }
}
