import Engine
import Geo
import JSON
import Raster

/// Modules of every shape with the keys of the real ones, so that tests of configs say what a config is, not
/// what this or that module thinks of it.
enum ConfigModules {
  static let all: [any Module.Type] = [
    SourceStandIn.self, MaskStandIn.self, RatioStandIn.self, AlbedoStandIn.self, SeasonsStandIn.self,
    SummaryStandIn.self,
  ]

  static func variable(_ name: String) -> Variable {
    Variable(name: name, longName: "the \(name)", statisticsRange: 0...1)
  }
}

struct SourceStandIn: SourceModule {
  func adding(_ bands: [BandRequest]) -> SourceStandIn {
    var copy = self
    copy.bands += bands
    return copy
  }

  static let descriptor = ModuleDescriptor(
    name: "download", shape: .source, summary: "Finds scenes and reads their bands.",
    discussion: "Looks for scenes in a catalogue.\n\nMissing is what the file says is missing.",
    parameters: [
      ModuleParameter("source", .text, required: true, "The catalogue."),
      ModuleParameter("collection", .text, "The collection."),
      ModuleParameter(
        "bands", .either([.list(of: .text, atLeast: 1), .map(to: .object(Self.band))]), required: true,
        "The bands to read."),
      ModuleParameter("query", .map(to: .any), "Conditions on properties."),
      ModuleParameter(
        "sign", .choice(["none", "planetary_computer"]), default: "none", "How links are signed."),
      ModuleParameter("group_by", .choice(["solar_day", "time"]), default: "solar_day", "What is one date."),
      ModuleParameter(
        "resampling", .either([Self.method, .map(to: Self.method)]), default: "nearest", "For other grids."),
      ModuleParameter("mode", .choice(["stream", "copy"]), default: "stream", "How scenes are read."),
      ModuleParameter("retries", .integer(0...10), default: 3, "How often a read is tried again."),
    ])

  static let band: [ParameterType.Field] = [
    .init("scale", .number(-1e6...1e6), "The scale."),
    .init("nodata", .number(-1e9...1e9), "What is missing."),
  ]
  static let method = ParameterType.choice(["nearest", "average"])

  private(set) var bands: [BandRequest]

  static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> SourceStandIn? {
    scope.collections = arguments.text("collection").map { [$0] } ?? []
    let names = arguments.texts("bands") ?? arguments.node("bands")?.members?.map(\.key) ?? []
    guard !names.isEmpty else {
      scope.report("no bands", at: "bands", of: arguments)
      return nil
    }
    let known = ["red", "green", "nir08", "qa_pixel"]
    var isRight = true
    for (place, name) in names.enumerated() where !known.contains(name) {
      isRight = false
      scope.report(
        Diagnostic(
          path: arguments.path.appending("bands").appending(place),
          position: arguments.node("bands")?.array?[place].position ?? arguments.node.position,
          message: "unknown band \"\(name)\"", name: name, among: known))
    }
    guard isRight else { return nil }
    return SourceStandIn(
      bands: names.map {
        BandRequest(
          name: $0, variable: ConfigModules.variable($0), aliases: [], isQuality: $0 == "qa_pixel",
          override: SampleEncoding(), fallback: SampleEncoding())
      })
  }
}

struct MaskStandIn: MaskModule {
  static let descriptor = ModuleDescriptor(
    name: "cloud_mask", shape: .mask, summary: "Rejects pixels.", discussion: "By flags.",
    parameters: [
      ModuleParameter("band", .variable, required: true, "The quality band."),
      ModuleParameter("reject", .list(of: .text, atLeast: 1), required: true, "Names of flags."),
      ModuleParameter("dilate", .integer(0...100), default: 0, "Pixels around what is rejected."),
    ])

  let band: String
  let halo: Int
  let output: Variable

  static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> MaskStandIn? {
    guard let band = arguments.text("band"),
      scope.variable(band, at: "band", of: arguments) != nil
    else { return nil }
    let flags = ["fill", "cloud", "cloud_shadow", "water"]
    var isRight = true
    for (place, flag) in (arguments.node("reject")?.array ?? []).enumerated() {
      guard let name = flag.string, !flags.contains(name) else { continue }
      isRight = false
      scope.report(
        Diagnostic(
          path: arguments.path.appending("reject").appending(place), position: flag.position,
          message: "unknown flag \"\(name)\"", name: name, among: flags))
    }
    let output = ConfigModules.variable(arguments.resultName(default: "cloud_mask"))
    return isRight
      ? MaskStandIn(band: band, halo: arguments.integer("dilate") ?? 0, output: output) : nil
  }

  func reject(_ layer: SamplePlane, window: PixelWindow, scratch: SamplePlane, into rejected: SamplePlane) {}
}

struct RatioStandIn: PixelwiseModule {
  static let descriptor = ModuleDescriptor(
    name: "ndvi", shape: .pixelwise, summary: "Computes the vegetation index.", discussion: "Of two bands.",
    parameters: [
      ModuleParameter("bands", .list(of: .variable, atLeast: 2), default: ["nir08", "red"], "Two bands.")
    ])

  let inputs: [String]
  let outputs: [Variable]

  static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> RatioStandIn? {
    let names = arguments.texts("bands") ?? ["nir08", "red"]
    let entries = names.map {
      scope.variable($0, at: arguments.node("bands") == nil ? nil : "bands", of: arguments)
    }
    guard entries.allSatisfy({ $0 != nil }) else { return nil }
    let name = arguments.resultName(default: "ndvi")
    return RatioStandIn(inputs: names, outputs: [ConfigModules.variable(name)])
  }

  func process(_ strip: Strip, into outputs: StripOutputs) {}
}

struct AlbedoStandIn: PixelwiseModule {
  static let descriptor = ModuleDescriptor(
    name: "albedo", shape: .pixelwise, summary: "Computes albedo.", discussion: "By a formula.",
    parameters: [
      ModuleParameter("formula", .choice(["liang_2001", "knap_1999"]), default: "liang_2001", "Which.")
    ])

  let inputs: [String]
  let outputs: [Variable]

  static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> AlbedoStandIn? {
    guard scope.variable("red", at: nil, of: arguments) != nil else { return nil }
    return AlbedoStandIn(
      inputs: ["red"], outputs: [ConfigModules.variable(arguments.resultName(default: "albedo"))])
  }

  func process(_ strip: Strip, into outputs: StripOutputs) {}
}

struct SeasonsStandIn: ReductionModule {
  static let descriptor = ModuleDescriptor(
    name: "seasonal_mean", shape: .reduction, summary: "Means of the seasons.", discussion: "Over dates.",
    parameters: [ModuleParameter("of", .variable, required: true, "What to average.")])

  let inputs: [String]
  let outputs: [Variable]
  let period = Period.seasonOfYear

  static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> SeasonsStandIn? {
    guard let input = arguments.text("of"), scope.variable(input, at: "of", of: arguments) != nil
    else { return nil }
    let name = arguments.resultName(default: "\(input)_seasonal_mean")
    return SeasonsStandIn(
      inputs: [input], outputs: [ConfigModules.variable(name), ConfigModules.variable(name + "_count")])
  }

  func stateBytesPerPixel(layers: [PeriodLayer]) -> Int { 0 }
  func makeReducer(pixels: Int, layers: [PeriodLayer], days: [CalendarDate]) -> any TimeReducer {
    NoReducer()
  }

  final class NoReducer: TimeReducer {
    func feed(_ values: [UnsafeBufferPointer<Float>], step: Int) {}
    func finish(output: Int, layer: Int, into result: UnsafeMutableRawBufferPointer) {}
  }
}

struct SummaryStandIn: WholeRunModule {
  static let descriptor = ModuleDescriptor(
    name: "summary", shape: .wholeRun, summary: "Summarises.", discussion: "The run.", parameters: [])

  static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> SummaryStandIn? {
    SummaryStandIn()
  }
  func files(for report: RunReport) -> [RunFile] { [] }
}
