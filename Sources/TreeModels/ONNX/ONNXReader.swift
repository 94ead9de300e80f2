/// Reads a classifier of trees from an ONNX file: `Scaler`, `Cast` and `Identity`, then one `TreeEnsembleClassifier`, then
/// only what leaves its results as they are.
///
/// <https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleClassifier.html>
enum ONNXReader {
  private static let trees = "TreeEnsembleClassifier"
  private static let understood =
    "understood are Scaler, Cast and Identity, then one TreeEnsembleClassifier, then Cast, Identity, ZipMap and Mul by 1"

  static func read(_ bytes: [UInt8]) throws(TreeModelError) -> TreeModel {
    let graph = try ONNXGraph(bytes)
    let places = graph.nodes.indices.filter { graph.nodes[$0].operation == trees }
    guard let place = places.first, places.count == 1 else {
      if let other = graph.nodes.first(where: {
        $0.operation.hasPrefix("TreeEnsemble") && $0.operation != trees
      }) {
        throw TreeModelError(
          "\(other.title) is not understood",
          suggestion: other.operation == "TreeEnsembleRegressor"
            ? "only classifiers are; convert a classifier"
            : "convert the model with target_opset={\"\": 15, \"ai.onnx.ml\": 3}")
      }
      let operations = graph.nodes.prefix(10).map(\.operation).joined(separator: ", ")
      throw TreeModelError(
        places.isEmpty
          ? "it holds no ensemble of trees (\(trees)), but \(operations.isEmpty ? "nothing" : operations)"
          : "it holds \(places.count) ensembles of trees, and one is understood", suggestion: understood)
    }
    let node = graph.nodes[place]
    let (input, scaling) = try readBefore(place, of: graph)
    try checkAfter(place, of: graph)
    let width = graph.inputs.first { $0.name == input }?.width
    var model = try ONNXTrees(node, width: width).model()
    if let scaling {
      let count = width ?? model.neededFeatureCount
      guard scaling.allSatisfy({ $0.count == 1 || $0.count >= count }) else {
        throw TreeModelError("a Scaler has \(scaling[0].count) numbers, and the model \(count) features")
      }
      model.scaling = (0..<count).map { feature in
        (scaling[0][scaling[0].count == 1 ? 0 : feature], scaling[1][scaling[1].count == 1 ? 0 : feature])
      }
    }
    return model
  }

  /// Checks what stands before the trees.
  ///
  /// - Returns: the name of the graph's input that leads to the trees, and offsets and scales of a scaler.
  private static func readBefore(
    _ place: Int, of graph: ONNXGraph
  ) throws(TreeModelError) -> (input: String, scaling: [[Float]]?) {
    var name = graph.nodes[place].inputs.first ?? ""
    var scaling: [[Float]]?
    // From the trees back to the input, each node once.
    for node in graph.nodes[..<place].reversed() where node.outputs.contains(name) {
      switch node.operation {
      case "Scaler":
        guard scaling == nil else { throw TreeModelError("\(node.title): a second scaler is not understood") }
        let read = [node.attributes["offset"]?.floats ?? [], node.attributes["scale"]?.floats ?? []]
        guard read.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isFinite) }) else {
          throw TreeModelError("\(node.title) has no numbers to scale with, or some that are not finite")
        }
        scaling = read
      case "Identity": break
      case "Cast":
        // Float and double hold the features as they are.
        guard [1, 11].contains(node.attributes["to"]?.integer) else {
          throw TreeModelError("\(node.title) changes the features' numbers", suggestion: understood)
        }
      default: throw TreeModelError("\(node.title) is not understood", suggestion: understood)
      }
      name = node.inputs.first ?? ""
    }
    guard graph.inputs.contains(where: { $0.name == name }) else {
      throw TreeModelError(
        "\(graph.nodes[place].title) reads \"\(name)\", which no node before it makes and which is no input")
    }
    if let node = graph.nodes[..<place].first(where: {
      !["Scaler", "Identity", "Cast"].contains($0.operation)
    }) {
      throw TreeModelError("\(node.title) is not understood", suggestion: understood)
    }
    return (name, scaling)
  }

  /// Checks that nothing after the trees changes what they say.
  private static func checkAfter(_ place: Int, of graph: ONNXGraph) throws(TreeModelError) {
    for node in graph.nodes[(place + 1)...] {
      switch node.operation {
      case "Identity", "ZipMap", "Cast": break
      case "Mul":
        let factors = graph.initializers.filter { node.inputs.contains($0.name) }.flatMap(\.numbers)
        guard !factors.isEmpty, factors.allSatisfy({ $0 == 1 }) else {
          throw TreeModelError("\(node.title) changes the result", suggestion: understood)
        }
      default: throw TreeModelError("\(node.title) is not understood", suggestion: understood)
      }
    }
  }
}
