import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// Dates of which too little is usable, as a user finds them.
@Suite struct UsableDateTests {
  /// The share of pixels with a value, by date, of a run whose dates were all computed.
  private func shares(_ data: [String: [UInt32]]) -> [(date: String, share: Double)] {
    data.filter { $0.key.hasPrefix("ndvi/") }.map { file, bits in
      (String(file.dropFirst(5).dropLast(3)), Double(bits.count { !Float(bitPattern: $0).isNaN }) / 15_000)
    }.sorted { $0.date < $1.date }
  }

  @Test func `dates with too few usable pixels are left out of files and means, and named`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let whole = try await bench.data()
    let shares = shares(whole)
    let ordered = shares.map(\.share).sorted()
    try #require(ordered[1] < ordered[2])
    let least = (ordered[1] + ordered[2]) / 2
    bench.mask["min_usable"] = least
    var former: [String: [UInt32]]?
    for (threads, chunk) in [(1, 32), (2, 100)] {
      bench.config["resources"] = ["threads": threads, "chunk": [chunk, chunk]]
      let result = try await bench.runPipeline("--output", "gated\(threads)")
      #expect(result.status == 0, "\(result.errors)")
      let gated = try await bench.data("gated\(threads)")
      if let former { #expect(gated == former) }
      former = gated
    }
    let gated = try #require(former)
    let rejected = shares.filter { $0.share < least }
    #expect(rejected.count == 2)
    for (date, _) in shares {
      let file = "ndvi/\(date).nc"
      #expect(gated[file] == (rejected.contains { $0.date == date } ? nil : whole[file]))
    }
    let kept = shares.filter { $0.share >= least }.compactMap { whole["ndvi/\($0.date).nc"] }
    let counts = try #require(gated["count"])
    for pixel in 0..<15_000 {
      let valid = kept.count { !Float(bitPattern: $0[pixel]).isNaN }
      #expect((0..<4).reduce(0) { $0 + Int(counts[$1 * 15_000 + pixel]) } == valid)
    }
    let summary = try bench.json("gated1/summary.json")["sequences"]?.array?.first
    let named = summary?["rejected_dates"]?.array ?? []
    #expect(named.map { $0["date"]?.string } == rejected.map(\.date))
    for (entry, date) in zip(named, rejected) { #expect(entry["usable"]?.double == date.share) }
    let status = try await bench.run("status", "gated1")
    #expect(status.status == 0)
    for date in rejected { #expect(status.output.contains("\(date.date): rejected, usable ")) }
    // What is known of the dates is not found anew.
    let again = try await bench.run(["run", "config.json", "--output", "gated2", "--progress", "plain"])
    #expect(again.status == 0)
    #expect(again.errors.contains("landsat.usable: 12 cells, 2 chunks kept from before"), "\(again.errors)")
    #expect(!LocalFiles.exists(bench.folder + "/gated2/usable.zarr"))
  }

  @Test func `where every date is rejected, nothing is computed, and all are named`() async throws {
    let bench = try await CommandBench()
    bench.mask["min_usable"] = 1
    let result = try await bench.runPipeline()
    #expect(result.status == 0)
    #expect(result.errors.contains("every one of the 6 dates is rejected"), "\(result.errors)")
    let summary = try JSONParser.parse(try LocalFiles.readAll(bench.folder + "/out/summary.json"))
    #expect(summary["sequences"]?.array?.first?["rejected_dates"]?.array?.count == 6)
    let status = try await bench.run(["status", "out", "--json"])
    #expect(status.status == 0, "\(status.errors)")
    let listed = try JSONParser.parse(Array(status.output.utf8))["sequences"]?.array?.first
    #expect(listed?["rejected_dates"]?.array?.first?["date"]?.string != nil)
    let again = try await bench.runPipeline()
    #expect(again.status == 0 && again.errors.contains("every one of the 6 dates"), "\(again.errors)")
    bench.mask["min_usable"] = 1.5
    #expect(try await bench.runPipeline().status == 64)
  }

  @Test func `a date without weather is a loss, and the rest is computed`() async throws {
    let bench = try await CommandBench()
    // The year's first day is the archive's first date.
    let hours = (2...366).flatMap { day in (0..<24).map { "\(day),\($0),200,900,5,3" } }
    try LocalFiles.writeAtomically(
      bench.folder + "/weather.csv",
      text: (["day,hour,sw_in,vapour_pressure,air_temperature,wind"] + hours).joined(separator: "\n"))
    try LocalFiles.writeAtomically(
      bench.folder + "/config.json",
      text: """
        { "pipeline": "test", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
          "sequences": [{ "name": "landsat", "modules": [
            { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
            { "module": "ndvi", "save": true },
            { "module": "energy_balance", "albedo": "ndvi", "weather": "weather.csv", "site": { "elevation": 9 } }] }] }
        """)
    let result = try await bench.run(["run", "config.json", "--output", "out", "--progress", "none"])
    #expect(result.status == 1)
    let losses = try bench.json("out/summary.json")["sequences"]?.array?.first?["losses"]?.array ?? []
    #expect(losses.count == 1 && losses.first?["date"]?.string == "2021-01-01")
    #expect(losses.first?["reason"]?.string?.contains("there is no weather of 2021-01-01") == true)
    #expect(try await bench.run("status", "out").output.contains("there is no weather of 2021-01-01"))
    #expect(LocalFiles.exists(bench.folder + "/out/landsat/melt/2021-03-02.nc"))
  }

  @Test func `a result without a valid pixel says why and ends with 1, unless that is allowed`() async throws
  {
    let bench = try await CommandBench()
    bench.mask["reject"] = nil
    bench.mask["keep_values"] = [65_535]
    let result = try await bench.runPipeline()
    #expect(result.status == 1)
    let losses = try bench.json("out/summary.json")["sequences"]?.array?.first?["losses"]?.array ?? []
    #expect(losses.count == 2)
    // Two scenes cover a part of the area each.
    let reason = losses.first?["reason"]?.string ?? ""
    #expect(
      reason.hasPrefix("\"ndvi\" has not one valid pixel: of 120 cells (a chunk on a date) in "), "\(reason)")
    #expect(reason.contains(" every pixel is rejected by \"cloud_mask\", in "), "\(reason)")
    #expect(reason.contains(" no scene lies in the area;"), "\(reason)")
    #expect(result.errors.contains("apus: 2 results without a value:"), "\(result.errors)")
    // A mask that is saved says it for every pixel.
    bench.mask["save"] = true
    #expect(try await bench.runPipeline("--output", "saved").status == 1)
    let saved = try bench.json("saved/summary.json")["sequences"]?.array?.first?["losses"]?.array ?? []
    #expect(
      saved.first?["reason"]?.string?.contains(
        "on each of the 6 dates every pixel of the scenes is rejected by \"cloud_mask\"") == true, "\(saved)")
    bench.config["output"] = ["allow_empty": true]
    #expect(try await bench.runPipeline("--output", "allowed").status == 0)
  }

  @Test func `a fit with fewer dates than it needs says how many it needs`() async throws {
    let bench = try await CommandBench()
    try LocalFiles.writeAtomically(
      bench.folder + "/config.json",
      text: """
        { "pipeline": "p", "area": "native", "output": { "location": "out" }, "sequences": [{ "name": "s", "modules": [
          { "module": "download", "source": "archive/items.json", "bands": ["red"] },
          { "module": "harmonic", "of": "red", "terms": 3, "as": "h" },
          { "module": "breaks", "of": "red", "start": "2021-06-01", "terms": 2, "as": "b" }] }] }
        """)
    let result = try await bench.run(["run", "config.json", "--progress", "none"])
    #expect(result.status == 1)
    for reason in [
      "\"h_mean\" has not one valid pixel: \"harmonic\" needs 7 dates with a value, and there are 6",
      "\"b_magnitude\" has not one valid pixel: \"breaks\" needs 8 dates with a value, and there are 6",
    ] { #expect(result.errors.contains(reason), "\(result.errors)") }
    // What is missing where there is no break is no loss of its own.
    #expect(!result.errors.contains("\"b_day\""))
  }

  @Test func `items of results name the scenes they come from and the software`() async throws {
    let bench = try await CommandBench()
    try bench.changeItem { item in
      item["links"] = [
        ["rel": "self", "href": "https://example.com/items/second?token=secret", "type": "application/json"]
      ]
    }
    #expect(try await bench.runPipeline().status == 0)
    let item = try bench.json("out/stac/landsat/2021-03-02.json")
    let links = item["links"]?.array?.filter { $0["rel"]?.string == "derived_from" } ?? []
    #expect(links.map { $0["href"]?.string } == ["https://example.com/items/second"])
    #expect(links.map { $0["title"]?.string } == ["LC08_L2SP_233085_20210302_02_T1"])
    #expect(item["properties"]?["processing:software"]?["apus"]?.string?.isEmpty == false)
    let mean = try bench.json("out/stac/landsat/ndvi_seasonal_mean.json")
    let sources = mean["links"]?.array?.filter { $0["rel"]?.string == "derived_from" } ?? []
    #expect(sources.count == 7)
    #expect(sources.count { $0["href"]?.string == "../../scenes.json" } == 6)
  }
}
