internal import Raster

/// Values of dates as a step of a later stage sees them: missing where a mask between the two rejects.
///
/// No module of a config: the graph makes one where a step behind a series reads what was computed, or brought in,
/// before some of the masks that count for it.
struct MaskedValues: PixelwiseModule {
  let variable: Variable

  static let descriptor = ModuleDescriptor(
    name: "masked", shape: .pixelwise, summary: "Values that masks leave.", discussion: "", parameters: [])

  static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> MaskedValues? { nil }

  var inputs: [String] { [variable.name] }
  var outputs: [Variable] { [variable] }

  func process(_ strip: Strip, into outputs: StripOutputs) {
    var output = outputs[0].mutableSpan
    LoadSamples.scale(strip.input(0), into: &output)
  }
}
