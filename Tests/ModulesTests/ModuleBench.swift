import Engine
import JSON
import Modules
import Raster
import Testing

/// Makes modules from the text of their configs, one after the other, as a config reader does.
struct ModuleBench {
  let scope = ModuleScope()

  /// A sequence that begins with a download of these bands.
  init(bands: [String], collection: String? = "landsat-c2-l2", more: String = "") throws {
    let list = bands.map { "\"\($0)\"" }.joined(separator: ", ")
    let named = collection.map { "\"collection\": \"\($0)\", " } ?? ""
    _ = try make(
      Download.self,
      "{\"module\": \"download\", \"source\": \"items.json\", \(named)\"bands\": [\(list)]\(more)}")
  }

  init() {}

  /// Makes a module; mistakes are in `scope.diagnostics`, with paths below `$.m`.
  func make<M: Module>(_: M.Type, _ text: String) throws -> M? {
    let node = try JSONParser.parse(text, dialect: .relaxed)
    return M.make(ModuleArguments(node: node, path: JSONPath.root.appending("m")), in: scope)
  }

  /// The mistakes as a user reads them.
  var mistakes: [String] { scope.diagnostics.map(\.description) }
}

/// Runs a pixelwise module over strips of values, with the scales given.
func run(_ module: some PixelwiseModule, _ bands: [[Float]], scale: Double = 1, offset: Double = 0) -> [Float]
{
  let buffers = bands.map { band in
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: band.count)
    _ = buffer.initialize(from: band)
    return buffer
  }
  defer { for buffer in buffers { buffer.deallocate() } }
  let inputs = buffers.map { LinearSamples(UnsafeBufferPointer($0), scale: scale, offset: offset) }
  let count = bands.first?.count ?? 0
  var result = [Float](repeating: 0, count: count)
  var span = result.mutableSpan
  module.process(Strip(inputs: inputs), into: &span)
  return result
}
