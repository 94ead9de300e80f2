import Engine
import Geo
import JSON
import Raster
import Storage
import Testing

@testable import Modules

/// The page of a run.
@Suite struct ReportTests {
  /// Ends elements and attributes, begins scripts, and steers what is read.
  private static let hostile =
    "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;\u{7}\u{1B}[2J\u{202E}\u{2028}<!--"

  private static let scale = ColourScale.ramp(.viridis, 0...1)

  /// A picture as quicklooks are.
  private static func picture(_ side: Int, _ value: (Int) -> Float) throws -> [UInt8] {
    try LegendPicture(
      width: side, height: side, values: (0..<(side * side)).map(value), scale: scale, title: "x", units: "1",
      metresPerPixel: nil
    ).picture.encoded()
  }

  private func report(
    name: String = "ndvi", products: Int = 1, layers: Int = 2, losses: [Loss] = [], picture: [UInt8]
  ) throws -> RunReport {
    let time = try #require(Instant("2021-01-03T14:38:55Z"))
    var statistics = SampleStatistics(range: 0...1)
    [Float(0.25), 0.5].withUnsafeBufferPointer { statistics.add($0) }
    let labels = (0..<layers).map { CalendarDate("2021-01-01")?.advanced(by: $0).description ?? "" }
    var sequence = SequenceReport(
      name: name, collection: name, area: ["crs": .string(name), "width": 40, "height": 40],
      inputs: labels.map { InputReport(date: $0, time: time, scenes: [name]) },
      cells: CellCounts(done: 5, empty: 2, failed: losses.count),
      products: (0..<products).map { product in
        var variable = Variable(
          name: "\(name)\(product)", longName: name, units: name, statisticsRange: 0...1)
        variable.theme = .vegetation
        return ProductReport(
          module: name, variable: variable, period: .date, pixels: 1600,
          layers: labels.map { label in
            var layer = ProductReport.Layer(
              label: label, statistics: statistics, failedCells: 0, file: "a.nc")
            layer.quicklook = "quicklooks/\(label).png"
            return layer
          })
      },
      losses: losses)
    sequence.steps = [
      StepReport(name: "download", outputs: [name], inputs: [], isSaved: false, period: "date"),
      StepReport(name: name, outputs: [name], inputs: [0], isSaved: true, period: name),
    ]
    sequence.scenes = [SceneReport(id: name, cloudCover: 40, outline: [[0, 0], [1, 0], [1, 1]])]
    var report = RunReport(
      pipeline: name, software: ["name": "apus", "version": "1"], run: ["directory": .string(name)],
      sequences: [sequence])
    report.config = ["pipeline": .string(name)]
    report.timeline.seconds = 2
    report.timeline.spans = [.init(name: name, start: 0, end: 2)]
    report.read = { _ in picture }
    return report
  }

  private func page(_ report: RunReport, maps: Int = 24) throws -> String {
    let files = Report(maps: maps).files(for: report)
    #expect(files.map(\.path) == ["report.html"])
    return String(decoding: try #require(files.first).bytes, as: UTF8.self)
  }

  @Test func `names of others are shown and never obeyed`() throws {
    let lost = [Loss(date: "2021-01-01", reason: Self.hostile, cells: 1)]
    let text = try page(
      report(name: Self.hostile, losses: lost, picture: try Self.picture(40) { Float($0 % 40) / 39 }))
    // The page's own data and script, and nothing else that runs or loads.
    #expect(text.parts(at: "<script").count == 3 && text.parts(at: "</script>").count == 3)
    #expect(text.parts(at: "<img").count == 2 && !text.contains("<!--") && !text.contains("<img src=x"))
    #expect(text.contains("&lt;img src=x onerror=alert(1)&gt;&amp;amp;\\u0007"))
    let steering = text.unicodeScalars.filter {
      $0.value < 32 && $0 != "\n" || $0.properties.isBidiControl || $0 == "\u{2028}"
    }
    #expect(steering.isEmpty)
    #expect(text.contains("default-src 'none'") && text.contains("script-src 'sha256-"))
    #expect(!text.contains("http://") && !text.contains("https://"))
    let data = try #require(text.parts(at: "id=\"data\">").last?.parts(at: "</script>").first)
    #expect(throws: Never.self) { try JSONParser.parse(String(data)) }
  }

  @Test func `it stays below its size, whatever the number of layers`() throws {
    // Noise, which no compression makes small.
    var state: UInt32 = 1
    let noise = try Self.picture(256) { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / Float(1 << 24)
    }
    #expect(noise.count > 60_000)
    let text = try page(report(products: 3, layers: 12, picture: noise))
    #expect(text.utf8.count <= 2_000_000 && text.parts(at: "class=\"map\"").count == 4)
    let few = try page(report(layers: 12, picture: noise), maps: 2)
    #expect(few.contains("2 of 12 layers with a value are shown."))
  }

  @Test func `losses, dates, scenes and the config are in it`() throws {
    let picture = try Self.picture(8) { _ in 0.5 }
    let whole = try page(report(name: "landsat", picture: picture))
    #expect(
      whole.contains("Complete: nothing was lost.") && whole.contains("<title>landsat – Apus report</title>"))
    #expect(
      whole.contains("the scenes of 2 dates") && whole.contains("&quot;pipeline&quot;: &quot;landsat&quot;"))
    #expect(whole.contains("<td>40 %</td>") && whole.contains("<html lang=\"en\">"))
    let lossy = try page(
      report(losses: [Loss(date: "2021-01-02", reason: "b.tif: truncated", cells: 3)], picture: picture))
    #expect(lossy.contains("Finished with losses: 1 entry") && lossy.contains("<td>b.tif: truncated</td>"))
  }

  @Test func `a picture that is missing or damaged leaves the page without its map`() throws {
    for file in [[], Array("no picture".utf8)] as [[UInt8]] {
      let text = try page(report(picture: file))
      #expect(!text.contains("class=\"map\"") && text.contains("How the run went"))
    }
  }

  @Test func `room that small maps leave is for large ones`() throws {
    var state: UInt32 = 1
    let noise = try Self.picture(128) { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / Float(1 << 24)
    }
    let small = try Self.picture(8) { _ in 0.5 }
    var sequence = try report(products: 2, layers: 12, picture: small).sequences[0]
    for layer in sequence.products[1].layers.indices {
      sequence.products[1].layers[layer].quicklook = "large/\(layer).png"
    }
    let whole = sequence
    func maps(room: Int) -> (text: String, data: JSONValue) {
      ReportMaps(sequence: whole, number: 0, most: 12, room: room) { $0.hasPrefix("large") ? noise : small }
        .figures()
    }
    let all = maps(room: 10_000_000)
    #expect(all.data["maps"]?.array?.map { $0["layers"]?.array?.count } == [12, 12])
    let needed = all.text.utf8.count + all.data.text().utf8.count
    let fitting = maps(room: needed + needed / 10)
    #expect(fitting.text == all.text && fitting.data == all.data)
    // Where there is not enough, the large one has less, and the small one all.
    let less = try #require(maps(room: needed / 2).data["maps"]?.array)
    #expect(less[0] == all.data["maps"]?.array?[0] && less[1] != all.data["maps"]?.array?[1])
  }

  @Test func `longitudes and latitudes of a map are those of the grid's corners and between them`() throws {
    var sequence = try report(picture: Self.picture(8) { _ in 0.5 }).sequences[0]
    sequence.area = ["width": 37, "height": 23]
    let points = PositionLattice.points(width: 37, height: 23)
    sequence.positions = PositionLattice(
      width: 37, height: 23, longitudes: points.map { 10 + $0.column / 37 },
      latitudes: points.map { 50 - $0.row / 23 })
    let grid = ReportMaps(sequence: sequence, number: 0, most: 2, room: 0) { _ in nil }.figures().data["grid"]
    let side = try #require(grid?["lattice"]?.integer)
    let longitudes = grid?["longitudes"]?.array?.compactMap(\.double) ?? []
    let latitudes = grid?["latitudes"]?.array?.compactMap(\.double) ?? []
    #expect(longitudes.count == side * side && latitudes.count == side * side)
    for point in 0..<(side * side) {
      let (column, row) = (Double(point % side) / Double(side - 1), Double(point / side) / Double(side - 1))
      #expect(abs(longitudes[point] - 10 - column) < 2e-6 && abs(latitudes[point] - 50 + row) < 2e-6)
    }
    // The script goes from corner to corner, too.
    #expect(ReportScript.text.contains("Math.max(value / size, 0)"))
  }

  @Test func `layers of months have a chart, those of all years have none`() throws {
    let report = try report(picture: Self.picture(8) { _ in 0.5 })
    func figures(_ labels: [String], _ period: Period) -> String {
      var sequence = report.sequences[0]
      let product = sequence.products[0]
      sequence.products[0] = ProductReport(
        module: product.module, variable: product.variable, period: period, pixels: product.pixels,
        layers: labels.map {
          ProductReport.Layer(
            label: $0, statistics: product.layers[0].statistics, failedCells: 0, file: "a.nc")
        })
      return ReportSeries(sequence: sequence).figures
    }
    let months = figures(["2021-03", "2021-04"], .month)
    #expect(months.contains("class=\"charts\"") && months.contains("2021-04"))
    #expect(figures(["JJA", "SON"], .seasonOfYear).isEmpty)
  }

  @Test(arguments: [
    ("2021-03", "2021-03-01"), ("2021-Q2", "2021-04-01"), ("2021-DJF", "2020-12-01"),
    ("2021-SON", "2021-09-01"),
    ("2021", "2021-01-01"), ("2021-03-11", "2021-03-11"), ("JJA", nil), ("03", nil), ("all", nil),
    ("2021-wet", nil),
    ("2021-13", nil),
  ])
  func `layers of several dates begin on a day`(label: String, day: String?) {
    #expect(ReportSeries.start(of: label)?.description == day)
  }
}

extension StringProtocol {
  /// What stands between occurrences of a text.
  fileprivate func parts(at separator: String) -> [SubSequence] {
    split(separator: separator, omittingEmptySubsequences: false)
  }
}
