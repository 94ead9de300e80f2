/// The messages of an ONNX file that a tree ensemble needs; other fields are skipped.
///
/// <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>
struct ONNXGraph {
  var nodes: [ONNXNode] = []
  var initializers: [ONNXTensor] = []
  var inputs: [ONNXInput] = []
  /// The version of the ai.onnx.ml operators; nil where the model has none.
  var mlVersion: Int?

  init(_ bytes: [UInt8]) throws(TreeModelError) {
    var model = ProtobufReader(bytes, bytes.indices)
    var hasGraph = false
    while let field = try model.next() {
      guard case .bytes(let range) = field.value else { continue }
      switch field.number {
      case 7:
        hasGraph = true
        try readGraph(bytes, range)
      case 8: try readOperatorSet(bytes, range)
      default: break
      }
    }
    guard hasGraph else {
      throw TreeModelError(
        "it is no ONNX model: it has no graph",
        suggestion: "models are read as ONNX (.onnx), LightGBM text (.txt) and XGBoost JSON (.json)")
    }
  }

  private mutating func readGraph(_ bytes: [UInt8], _ range: Range<Int>) throws(TreeModelError) {
    var graph = ProtobufReader(bytes, range)
    while let field = try graph.next() {
      guard case .bytes(let range) = field.value else { continue }
      switch field.number {
      case 1: nodes.append(try ONNXNode(bytes, range))
      case 5: initializers.append(try ONNXTensor(bytes, range))
      case 11: inputs.append(try ONNXInput(bytes, range))
      default: break
      }
    }
  }

  private mutating func readOperatorSet(_ bytes: [UInt8], _ range: Range<Int>) throws(TreeModelError) {
    var set = ProtobufReader(bytes, range)
    var (domain, version) = ("", 0)
    while let field = try set.next() {
      switch (field.number, field.value) {
      case (1, .bytes(let range)): domain = String(decoding: bytes[range], as: UTF8.self)
      case (2, .varint(let number)): version = Int(truncatingIfNeeded: number)
      default: break
      }
    }
    if domain == "ai.onnx.ml" { mlVersion = version }
  }
}

/// An input of the graph: its name and the length of its second dimension.
struct ONNXInput {
  var name = ""
  /// Nil where the model leaves it open.
  var width: Int?

  init(_ bytes: [UInt8], _ range: Range<Int>) throws(TreeModelError) {
    var message = ProtobufReader(bytes, range)
    var dimensions: [Int?] = []
    while let field = try message.next() {
      guard case .bytes(let range) = field.value else { continue }
      if field.number == 1 { name = String(decoding: bytes[range], as: UTF8.self) }
      guard field.number == 2 else { continue }
      // The type, of a tensor, with a shape of dimensions.
      for type in try ONNXInput.messages(1, bytes, range) {
        for shape in try ONNXInput.messages(2, bytes, type) {
          for dimension in try ONNXInput.messages(1, bytes, shape) {
            dimensions.append(try ONNXInput.length(bytes, dimension))
          }
        }
      }
    }
    width = dimensions.count == 2 ? dimensions[1] : nil
  }

  private static func messages(
    _ number: Int, _ bytes: [UInt8], _ range: Range<Int>
  ) throws(TreeModelError) -> [Range<Int>] {
    var message = ProtobufReader(bytes, range)
    var found: [Range<Int>] = []
    while let field = try message.next() {
      if field.number == number, case .bytes(let range) = field.value { found.append(range) }
    }
    return found
  }

  private static func length(_ bytes: [UInt8], _ range: Range<Int>) throws(TreeModelError) -> Int? {
    var message = ProtobufReader(bytes, range)
    var length: Int?
    while let field = try message.next() {
      if field.number == 1, case .varint(let number) = field.value { length = Int(exactly: number) }
    }
    return length.flatMap { $0 > 0 ? $0 : nil }
  }
}

/// A node of the graph: an operation on named values.
struct ONNXNode {
  var name = ""
  var operation = ""
  var domain = ""
  var inputs: [String] = []
  var outputs: [String] = []
  var attributes: [String: ONNXAttribute] = [:]

  init(_ bytes: [UInt8], _ range: Range<Int>) throws(TreeModelError) {
    var message = ProtobufReader(bytes, range)
    while let field = try message.next() {
      guard case .bytes(let range) = field.value else { continue }
      func text() -> String { String(decoding: bytes[range], as: UTF8.self) }
      switch field.number {
      case 1: inputs.append(text())
      case 2: outputs.append(text())
      case 3: name = text()
      case 4: operation = text()
      case 5:
        let attribute = try ONNXAttribute(bytes, range)
        attributes[attribute.name] = attribute
      case 7: domain = text()
      default: break
      }
    }
  }

  /// How messages name it: `node "trees" (TreeEnsembleClassifier)`.
  var title: String { name.isEmpty ? "node \(operation)" : "node \"\(name)\" (\(operation))" }
}

/// A parameter of a node.
struct ONNXAttribute {
  var name = ""
  var integer: Int?
  var text: String?
  var tensor: ONNXTensor?
  var floats: [Float] = []
  var integers: [Int] = []
  var texts: [String] = []

  init(_ bytes: [UInt8], _ range: Range<Int>) throws(TreeModelError) {
    var message = ProtobufReader(bytes, range)
    while let field = try message.next() {
      switch (field.number, field.value) {
      case (1, .bytes(let range)): name = String(decoding: bytes[range], as: UTF8.self)
      case (3, .varint(let number)): integer = Int(truncatingIfNeeded: number)
      case (4, .bytes(let range)): text = String(decoding: bytes[range], as: UTF8.self)
      case (5, .bytes(let range)): tensor = try ONNXTensor(bytes, range)
      case (7, .fixed32(let bits)): floats.append(Float(bitPattern: bits))
      case (7, .bytes(let range)): floats += try ONNXTensor.floats(bytes, range)
      case (8, .varint(let number)): integers.append(Int(truncatingIfNeeded: number))
      case (8, .bytes(let range)):
        var packed = ProtobufReader(bytes, range)
        while !packed.isAtEnd { integers.append(Int(truncatingIfNeeded: try packed.varint())) }
      case (9, .bytes(let range)): texts.append(String(decoding: bytes[range], as: UTF8.self))
      default: break
      }
    }
  }
}

/// An array of numbers.
struct ONNXTensor {
  var name = ""
  /// 1 float, 11 double, 6 int32, 7 int64.
  private var kind = 0
  private(set) var numbers: [Double] = []
  /// Whether the numbers are Double in the file.
  var isDouble: Bool { kind == 11 }

  init(_ bytes: [UInt8], _ range: Range<Int>) throws(TreeModelError) {
    var message = ProtobufReader(bytes, range)
    var raw: Range<Int>?
    while let field = try message.next() {
      switch (field.number, field.value) {
      case (2, .varint(let number)): kind = Int(truncatingIfNeeded: number)
      case (4, .fixed32(let bits)): numbers.append(Double(Float(bitPattern: bits)))
      case (4, .bytes(let range)): numbers += try ONNXTensor.floats(bytes, range).map(Double.init)
      case (8, .bytes(let range)): name = String(decoding: bytes[range], as: UTF8.self)
      case (9, .bytes(let range)): raw = range
      case (10, .fixed64(let bits)): numbers.append(Double(bitPattern: bits))
      case (10, .bytes(let range)): numbers += try ONNXTensor.doubles(bytes, range)
      default: break
      }
    }
    guard let raw, !raw.isEmpty else { return }
    switch kind {
    case 1: numbers = try ONNXTensor.floats(bytes, raw).map(Double.init)
    case 11: numbers = try ONNXTensor.doubles(bytes, raw)
    // Whole numbers are of no use to trees, but a shape may be among the initializers.
    default: break
    }
  }

  static func floats(_ bytes: [UInt8], _ range: Range<Int>) throws(TreeModelError) -> [Float] {
    var packed = ProtobufReader(bytes, range)
    var numbers: [Float] = []
    while !packed.isAtEnd {
      numbers.append(Float(bitPattern: UInt32(truncatingIfNeeded: try packed.fixed(4))))
    }
    return numbers
  }

  private static func doubles(_ bytes: [UInt8], _ range: Range<Int>) throws(TreeModelError) -> [Double] {
    var packed = ProtobufReader(bytes, range)
    var numbers: [Double] = []
    while !packed.isAtEnd { numbers.append(Double(bitPattern: try packed.fixed(8))) }
    return numbers
  }
}
