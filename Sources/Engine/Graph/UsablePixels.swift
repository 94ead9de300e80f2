internal import Raster

/// Which pixels of a date can be used: those that no mask rejects and for which every band has a value.
///
/// No module of a config: where a mask has a `leastUsable`, the graph makes one to find the dates that are computed.
struct UsablePixels: PixelwiseModule {
  /// The bands; where the sequence computes from none, the results of the masks.
  let inputs: [String]
  /// Whether the inputs are results of masks: a pixel is usable where all of them are 0.
  let areMasks: Bool

  static let descriptor = ModuleDescriptor(
    name: "usable", shape: .pixelwise, summary: "Which pixels of a date can be used.", discussion: "",
    parameters: [])

  static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> UsablePixels? { nil }

  var outputs: [Variable] {
    [
      Variable(
        name: "usable", longName: "usable pixels", statisticsRange: 0...1,
        storage: .flags([Variable.Flag(value: 1, meaning: "usable")]))
    ]
  }

  func process(_ strip: Strip, into outputs: StripOutputs) {
    let output = outputs[0]
    output.update(repeating: 1)
    for index in inputs.indices {
      let samples = strip.input(index).samples
      for pixel in output.indices where areMasks ? samples[pixel] != 0 : samples[pixel].isNaN {
        output[pixel] = .nan
      }
    }
  }
}
