/// Writes protobuf messages, as much as small ONNX models need.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  mutating func varint(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(value & 0x7F) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  mutating func key(_ number: Int, _ wire: UInt64) { varint(UInt64(number) << 3 | wire) }

  mutating func integer(_ number: Int, _ value: Int) {
    key(number, 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func float(_ number: Int, _ value: Float) {
    key(number, 5)
    bits(value)
  }

  mutating func bits(_ value: Float) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
    }
  }

  mutating func bytes(_ number: Int, _ value: [UInt8]) {
    key(number, 2)
    varint(UInt64(value.count))
    bytes += value
  }

  mutating func text(_ number: Int, _ value: String) { bytes(number, Array(value.utf8)) }

  // MARK: ONNX

  private static func attribute(_ name: String, type: Int, _ body: (inout ProtobufWriter) -> Void)
    -> ProtobufWriter
  {
    var writer = ProtobufWriter()
    writer.text(1, name)
    body(&writer)
    writer.integer(20, type)
    return writer
  }

  static func attribute(_ name: String, integers: [Int], isPacked: Bool) -> ProtobufWriter {
    attribute(name, type: 7) { writer in
      guard isPacked else {
        for value in integers { writer.integer(8, value) }
        return
      }
      var packed = ProtobufWriter()
      for value in integers { packed.varint(UInt64(bitPattern: Int64(value))) }
      writer.bytes(8, packed.bytes)
    }
  }

  static func attribute(_ name: String, floats: [Float], isPacked: Bool = false) -> ProtobufWriter {
    attribute(name, type: 6) { writer in
      guard isPacked else {
        for value in floats { writer.float(7, value) }
        return
      }
      var packed = ProtobufWriter()
      for value in floats { packed.bits(value) }
      writer.bytes(7, packed.bytes)
    }
  }

  static func attribute(_ name: String, texts: [String]) -> ProtobufWriter {
    attribute(name, type: 8) { writer in for text in texts { writer.text(9, text) } }
  }

  static func attribute(_ name: String, text: String) -> ProtobufWriter {
    attribute(name, type: 3) { $0.text(4, text) }
  }

  static func attribute(_ name: String, integer: Int) -> ProtobufWriter {
    attribute(name, type: 2) { $0.integer(3, integer) }
  }

  static func node(
    _ operation: String, name: String = "", inputs: [String], outputs: [String],
    attributes: [ProtobufWriter] = []
  ) -> ProtobufWriter {
    var writer = ProtobufWriter()
    for input in inputs { writer.text(1, input) }
    for output in outputs { writer.text(2, output) }
    if !name.isEmpty { writer.text(3, name) }
    writer.text(4, operation)
    for attribute in attributes { writer.bytes(5, attribute.bytes) }
    writer.text(7, "ai.onnx.ml")
    return writer
  }

  static func model(nodes: [ProtobufWriter], input: String, width: Int?) -> [UInt8] {
    var (dimension, open, shape, tensor, type, value) = (
      ProtobufWriter(), ProtobufWriter(), ProtobufWriter(), ProtobufWriter(), ProtobufWriter(),
      ProtobufWriter()
    )
    open.text(2, "N")
    if let width { dimension.integer(1, width) }
    shape.bytes(1, open.bytes)
    shape.bytes(1, dimension.bytes)
    tensor.integer(1, 1)
    tensor.bytes(2, shape.bytes)
    type.bytes(1, tensor.bytes)
    value.text(1, input)
    value.bytes(2, type.bytes)
    var graph = ProtobufWriter()
    for node in nodes { graph.bytes(1, node.bytes) }
    graph.text(2, "forest")
    graph.bytes(11, value.bytes)
    var operators = ProtobufWriter()
    operators.text(1, "ai.onnx.ml")
    operators.integer(2, 3)
    var model = ProtobufWriter()
    model.integer(1, 8)
    model.text(2, "test")
    model.bytes(7, graph.bytes)
    model.bytes(8, operators.bytes)
    return model.bytes
  }
}
