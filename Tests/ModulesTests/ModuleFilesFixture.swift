import Engine
import Storage

/// Files for modules, kept in memory.
struct FakeModuleFiles: ModuleFiles {
  var bytes: [String: [UInt8]] = [:]
  var arrays: [String: ArrayFile] = [:]
  var features: [String: VectorFeatures] = [:]

  init(
    texts: [String: String] = [:], arrays: [String: ArrayFile] = [:], features: [String: VectorFeatures] = [:]
  ) {
    bytes = texts.mapValues { Array($0.utf8) }
    self.arrays = arrays
    self.features = features
    for name in arrays.keys { bytes[name] = [0x89, 0x48, 0x44, 0x46] }
    for name in features.keys { bytes[name] = Array("features".utf8) }
  }

  func read(_ name: String, limit: Int) throws(ModuleFileError) -> ModuleFile {
    guard let bytes = bytes[name] else { throw ModuleFileError("there is no \"\(name)\"") }
    return ModuleFile(name: name, path: "/" + name, bytes: bytes, digest: "digest of \(name)")
  }

  func arrays(of file: ModuleFile) throws(ModuleFileError) -> ArrayFile {
    guard let arrays = arrays[file.name] else { throw ModuleFileError("\(file.name): is no NetCDF file") }
    return arrays
  }

  func features(of file: ModuleFile, layer: String?) throws(ModuleFileError) -> VectorFeatures {
    guard let features = features[file.name] else {
      throw ModuleFileError("\(file.name): holds no points or polygons")
    }
    return features
  }
}
