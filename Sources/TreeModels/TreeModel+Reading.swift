extension TreeModel {
  /// The most bytes that a model's file may have.
  public static let byteLimit = 64 << 20

  /// Reads a model: ONNX, LightGBM's text or XGBoost's JSON, told apart by their content.
  ///
  /// Nothing in the bytes can make it trap or run code; what is not understood is an error that names it.
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - name: the file's name, which tells formats that are not read.
  public static func read(_ bytes: [UInt8], name: String) throws(TreeModelError) -> TreeModel {
    if let foreign = ForeignModel(name: name, bytes: bytes) { throw foreign.error(name: name) }
    guard bytes.count <= byteLimit else {
      throw TreeModelError("it has \(bytes.count) bytes, and \(byteLimit) are the most that is read")
    }
    let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
    guard let first else { throw TreeModelError("it is empty") }
    if first == UInt8(ascii: "{") { return try XGBoostReader.read(bytes) }
    if bytes.starts(with: Array("tree\n".utf8)) || bytes.starts(with: Array("tree\r\n".utf8)) {
      return try LightGBMReader.read(bytes)
    }
    return try ONNXReader.read(bytes)
  }
}

/// A format of models that is not read, and how its models get into one that is.
struct ForeignModel {
  let format: String
  let advice: String

  /// Nil for formats that are read, as far as name and first bytes tell.
  init?(name: String, bytes: [UInt8]) {
    let suffix = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
    let isPickle = bytes.count > 2 && bytes[0] == 0x80 && (2...5).contains(bytes[1])
    switch suffix {
    case "pkl", "pickle", "joblib", "sav", "dill":
      self.init(pickleCalled: suffix)
    case "ubj":
      self.init(
        format: "XGBoost's binary JSON", advice: "save it as text: booster.save_model(\"model.json\")")
    case "cbm":
      self.init(
        format: "CatBoost's own format",
        advice: "export it: model.save_model(\"model.onnx\", format=\"onnx\")")
    default:
      guard isPickle else { return nil }
      self.init(pickleCalled: suffix)
    }
  }

  private init(format: String, advice: String) {
    (self.format, self.advice) = (format, advice)
  }

  private init(pickleCalled suffix: String) {
    format = suffix == "joblib" ? "joblib's pickle" : "a Python pickle"
    advice =
      "convert it to ONNX with the Python that made it: from skl2onnx import to_onnx; import joblib, numpy; "
      + "model = joblib.load(\"model.pkl\"); open(\"model.onnx\", \"wb\").write(to_onnx(model, "
      + "numpy.zeros((1, model.n_features_in_), numpy.float32), options={\"zipmap\": False}).SerializeToString())"
  }

  func error(name: String) -> TreeModelError {
    TreeModelError(
      "it is \(format), which is not read"
        + (format.contains("pickle") ? ": loading one runs whatever code is in it" : ""),
      suggestion: advice)
  }
}
