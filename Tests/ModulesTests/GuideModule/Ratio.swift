public import Engine
internal import Raster

/// One variable divided by another (`ratio`).
public struct Ratio: PixelwiseModule {
  public let inputs: [String]
  public let outputs: [Variable]

  public static let descriptor = ModuleDescriptor(
    name: "ratio", shape: .pixelwise, summary: "One variable divided by another.", method: "of / by",
    discussion: "Missing where either is missing, or the divisor is zero.",
    parameters: [
      ModuleParameter("of", .variable, required: true, "The variable above the line."),
      ModuleParameter("by", .variable, required: true, "The variable below the line."),
    ],
    examples: [#"{ "module": "ratio", "of": "nir08", "by": "red", "save": true }"#])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Ratio? {
    // The reader has reported what is absent or of another type.
    guard let of = arguments.text("of"), let by = arguments.text("by") else { return nil }
    guard let above = scope.variable(of, at: "of", of: arguments),
      let below = scope.variable(by, at: "by", of: arguments),
      let period = scope.commonPeriod(of: [above, below], at: "by", of: arguments)
    else { return nil }
    let output = Variable(
      name: arguments.resultName(default: "ratio"), longName: "\(of) divided by \(by)",
      statisticsRange: 0...20)
    scope.offer(.init(variable: output, period: period))
    return Ratio(inputs: [above.variable.name, below.variable.name], outputs: [output])
  }

  public func process(_ strip: Strip, into outputs: StripOutputs) {
    let (above, below) = (strip.input(0), strip.input(1))
    let target = outputs[0]
    for pixel in target.indices {
      let divisor = Double(below.samples[pixel]) * below.scale + below.offset
      let value = Double(above.samples[pixel]) * above.scale + above.offset
      target[pixel] = divisor == 0 ? .nan : Float(value / divisor)
    }
  }
}
