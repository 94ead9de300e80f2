import Engine
import Geo
import JSON
import Modules
import Raster
import Testing

@Suite struct SummaryTests {
  private let ndvi = Variable(name: "ndvi", longName: "index", statisticsRange: -1...1)

  private func statistics(_ values: [Float]) -> SampleStatistics {
    var statistics = SampleStatistics(range: -1...1)
    values.withUnsafeBufferPointer { statistics.add($0) }
    return statistics
  }

  private func sequence(name: String, collection: String?) throws -> SequenceReport {
    let time = try #require(Instant("2021-01-03T14:38:55Z"))
    return SequenceReport(
      name: name, collection: collection, area: ["crs": "EPSG:32719"],
      inputs: [
        InputReport(date: "2021-01-03", time: time, scenes: ["a", "b"]),
        InputReport(date: "2021-01-19", time: time.advanced(bySeconds: 16 * 86_400), scenes: ["c"]),
        InputReport(date: "2021-02-04", time: time.advanced(bySeconds: 32 * 86_400), scenes: ["d"]),
      ],
      cells: CellCounts(done: 5, empty: 2, failed: 3),
      products: [
        ProductReport(
          module: "ndvi", variable: ndvi, period: .date, pixels: 8,
          layers: [
            .init(
              label: "2021-01-03", statistics: statistics([0.25, 0.5, 0.75, .nan]), failedCells: 0,
              file: "\(name)/ndvi/2021-01-03.nc"),
            .init(label: "2021-01-19", statistics: statistics([]), failedCells: 3, file: nil),
          ]),
        ProductReport(
          module: "seasonal_mean", variable: ndvi.named("ndvi_seasonal_mean"), period: .seasonOfYear,
          pixels: 8,
          layers: [
            .init(label: "DJF", statistics: statistics([0.5, 0.5]), failedCells: 0, file: "mean.nc"),
            .init(label: "MAM", statistics: statistics([]), failedCells: 0, file: "mean.nc"),
          ]),
      ],
      losses: [Loss(date: "2021-01-19", reason: "c: red: b.tif: truncated", cells: 3)])
  }

  private func summary(_ sequences: [SequenceReport]) throws -> JSONNode {
    let report = RunReport(
      pipeline: "maule", software: ["name": "apus"], run: ["threads": 2], sequences: sequences)
    let files = Summary.standard.files(for: report)
    #expect(files.map(\.path) == ["summary.json"])
    let file = try #require(files.first)
    #expect(file.bytes.last == UInt8(ascii: "\n"))
    return try JSONParser.parse(file.bytes)
  }

  @Test func `the summary says what ran and what was lost`() throws {
    let root = try summary([try sequence(name: "landsat", collection: "landsat-c2-l2")])
    #expect(root["pipeline"]?.string == "maule" && root["losses"]?.integer == 3)
    #expect(root["software"]?["name"]?.string == "apus" && root["run"]?["threads"]?.integer == 2)
    let sequence = try #require(root["sequences"]?.array?.first)
    #expect(sequence["name"]?.string == "landsat" && sequence["collection"]?.string == "landsat-c2-l2")
    #expect(sequence["area"]?["crs"]?.string == "EPSG:32719")
    #expect(sequence["cells"]?.plain == ["done": 5, "empty": 2, "failed": 3])
    #expect(
      sequence["inputs"]?.array?.first?.plain
        == ["date": "2021-01-03", "time": "2021-01-03T14:38:55Z", "scenes": ["a", "b"]])
    #expect(
      sequence["losses"]?.plain
        == [["date": "2021-01-19", "reason": "c: red: b.tif: truncated", "cells": 3]])
  }

  @Test func `every layer has its statistics`() throws {
    let root = try summary([try sequence(name: "landsat", collection: "landsat-c2-l2")])
    let modules = try #require(root["sequences"]?.array?.first?["modules"]?.array)
    #expect(modules.map { $0["module"]?.string } == ["ndvi", "seasonal_mean"])
    #expect(modules[0]["variable"]?.string == "ndvi" && modules[0]["units"]?.string == "1")
    let first = try #require(modules[0]["dates"]?.array?.first)
    #expect(first["date"]?.string == "2021-01-03" && first["count"]?.integer == 3)
    #expect(first["valid_fraction"]?.double == 0.375 && first["mean"]?.double == 0.5)
    #expect(first["minimum"]?.double == 0.25 && first["maximum"]?.double == 0.75)
    #expect(abs((first["standard_deviation"]?.double ?? 0) - 0.2041241452319315) < 1e-9)
    #expect(first["percentiles"]?.members?.map(\.key) == ["2", "25", "50", "75", "98"])
    #expect(abs((first["percentiles"]?["50"]?.double ?? 0) - 0.5) < 0.001)
    #expect(first["file"]?.string == "landsat/ndvi/2021-01-03.nc")
    let seasons = try #require(modules[1]["seasons"]?.array)
    #expect(seasons.map { $0["season"]?.string } == ["DJF", "MAM"] && modules[1]["dates"] == nil)
  }

  @Test func `numbers that do not exist are null`() throws {
    let root = try summary([try sequence(name: "landsat", collection: nil)])
    let sequence = try #require(root["sequences"]?.array?.first)
    #expect(sequence["collection"]?.isNull ?? false)
    let empty = try #require(sequence["modules"]?.array?.first?["dates"]?.array?.last)
    #expect(empty["count"]?.integer == 0 && empty["valid_fraction"]?.double == 0)
    for name in ["mean", "standard_deviation", "minimum", "maximum", "file"] {
      #expect(empty[name]?.isNull ?? false, "\(name)")
    }
    #expect(empty["percentiles"]?.members?.allSatisfy { $0.node.isNull } ?? false)
    #expect(empty["failed_cells"]?.integer == 3)
  }

  @Test func `the time series has every date null without data`() throws {
    let root = try summary([try sequence(name: "landsat", collection: "landsat-c2-l2")])
    #expect(
      root["time-series-data"]?.plain
        == [
          "landsat-c2-l2": ["2021-01-03": ["ndvi": 0.5], "2021-01-19": .null, "2021-02-04": .null]
        ])
    // pyveg has the dates one level deeper, beside the collection's type.
    #expect(
      root["pyveg"]?["landsat-c2-l2"]?["time-series-data"]?.plain
        == ["2021-01-03": ["ndvi": 0.5], "2021-01-19": .null, "2021-02-04": .null])
  }

  @Test func `sequences that share a collection keep their own names`() throws {
    let report = SequenceReport(
      name: "report", collection: nil, area: [:], inputs: [], cells: CellCounts(), products: [], losses: [])
    let root = try summary([
      try sequence(name: "north", collection: "landsat-c2-l2"),
      try sequence(name: "south", collection: "landsat-c2-l2"), report,
    ])
    #expect(root["time-series-data"]?.members?.map(\.key) == ["north", "south"])
    #expect(root["losses"]?.integer == 6)
  }

  @Test func `the module needs no parameters`() throws {
    let bench = ModuleBench()
    #expect(try bench.make(Summary.self, #"{"module": "summary"}"#) != nil)
    #expect(bench.scope.entries.isEmpty && bench.mistakes.isEmpty)
  }
}
