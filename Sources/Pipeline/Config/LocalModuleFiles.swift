import Catalog
import Engine
import GDAL
import Geo
import NetCDF
import Storage

/// The files that modules' parameters name: local ones, relative to the config's folder.
struct LocalModuleFiles: ModuleFiles {
  /// The absolute path of the config's folder.
  let folder: String

  func read(_ name: String, limit: Int) throws(ModuleFileError) -> ModuleFile {
    let path = Href.resolve(name, inFolder: folder)
    guard Href.scheme(of: path) == nil, !path.hasPrefix("/vsi") else {
      throw ModuleFileError(
        "\"\(name)\" is not a local file",
        suggestion: "download it, and name the copy: its content is part of the run")
    }
    if ArrayStore.markers.contains(where: { LocalFiles.exists("\(path)/\($0)") }) {
      return ModuleFile(name: name, path: path, bytes: [], digest: try digest(ofStore: path, name, limit))
    }
    do throws(StorageError) {
      let size = try LocalFiles.size(path)
      guard size <= limit else {
        throw StorageError(
          .read, path: path, reason: "it has \(size) bytes, and \(limit) are the most that is read")
      }
      let bytes = try LocalFiles.readAll(path)
      return ModuleFile(name: name, path: path, bytes: bytes, digest: LocalModuleFiles.digest(of: bytes))
    } catch {
      guard error.isNotFound else { throw ModuleFileError("cannot read \"\(name)\": \(error)") }
      throw ModuleFileError(
        "there is no \"\(name)\"",
        suggestion: name.hasPrefix("/")
          ? nil : "a relative path starts at the config's folder, looked for \(path)")
    }
  }

  /// What tells a Zarr store from others: the names and contents of all its files.
  private func digest(ofStore path: String, _ name: String, _ limit: Int) throws(ModuleFileError) -> String {
    do throws(StorageError) {
      var (lines, room) = ([] as [UInt8], limit)
      for file in try LocalModuleFiles.files(below: path) {
        let bytes = try LocalFiles.readAll("\(path)/\(file)")
        room -= bytes.count
        guard room >= 0 else {
          throw StorageError(
            .read, path: path, reason: "it has more than \(limit) bytes, the most that is read")
        }
        lines += Array("\(file) \(LocalModuleFiles.digest(of: bytes))\n".utf8)
      }
      return LocalModuleFiles.digest(of: lines)
    } catch {
      throw ModuleFileError("cannot read \"\(name)\": \(error)")
    }
  }

  /// The files of a folder and of those in it, as a store has them: not deeper than its arrays lie.
  private static func files(below path: String, depth: Int = 0) throws(StorageError) -> [String] {
    guard depth < 16 else { return [] }
    var files: [String] = []
    for name in try LocalFiles.list(path) {
      guard LocalFiles.isDirectory("\(path)/\(name)") else {
        files.append(name)
        continue
      }
      files += try LocalModuleFiles.files(below: "\(path)/\(name)", depth: depth + 1).map { "\(name)/\($0)" }
    }
    return files
  }

  private static func digest(of bytes: [UInt8]) -> String {
    guard var digest = Digest(.sha256) else { return "crc32:" + String(Checksum.crc32(bytes), radix: 16) }
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.finish().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count < 2 ? "0" + digits : digits
    }.joined()
  }

  func arrays(of file: ModuleFile) throws(ModuleFileError) -> ArrayFile {
    if GribArrays.isGrib(file.bytes) { return try GribArrays.read(file) }
    let path = file.path
    if file.bytes.isEmpty, LocalFiles.isDirectory(path) {
      do throws(GDALError) {
        return ArrayFile(try ArrayStore(opening: path, limit: ArrayFile.elementLimit))
      } catch {
        throw ModuleFileError("\(error)")
      }
    }
    // The config is read by synchronous code, as its other files are.
    let result = NetCDFThread.wait { @NetCDFThread () -> Result<ArrayFile, ModuleFileError> in
      do {
        let reader = try NetCDFFileReader(path)
        let arrays = Result { try ArrayFile(reader) }
        try reader.close()
        return .success(try arrays.get())
      } catch let error as ModuleFileError {
        return .failure(error)
      } catch {
        return .failure(ModuleFileError("\(error)"))
      }
    }
    return try result.get()
  }
}

extension LocalModuleFiles {
  func features(of file: ModuleFile, layer: String?) throws(ModuleFileError) -> VectorFeatures {
    do {
      let dataset = try VectorFile(opening: file.path, layer: layer)
      let crs = dataset.crs
      return VectorFeatures(
        features: dataset.features.map { feature in
          VectorFeatures.Feature(
            number: feature.number, attributes: feature.attributes, shape: feature.shape.engine)
        }, attributeNames: dataset.attributeNames,
        projecting: { shape, target in
          switch shape {
          case .points(let points): moved(points, from: crs, to: target).map { .points($0) }
          case .polygons(let rings):
            rings.reduce([] as [[VectorFeatures.Point]]?) { all, ring in
              guard let all, let ring = moved(ring, from: crs, to: target) else { return nil }
              return all + [ring]
            }.map { .polygons($0) }
          }
        },
        box: { try? SpatialReference.transform($0.bounds, from: $0.crs, to: crs, densify: 20) })
    } catch {
      throw ModuleFileError("\"\(file.name)\": \(error)")
    }
  }
}

/// Points in another coordinate system; nil where that does not reach one of them.
private func moved(
  _ points: [VectorFeatures.Point], from source: CoordinateReference, to target: CoordinateReference
) -> [VectorFeatures.Point]? {
  var x = points.map(\.x)
  var y = points.map(\.y)
  guard (try? SpatialReference.transform(x: &x, y: &y, from: source, to: target)) != nil else { return nil }
  return zip(x, y).map { VectorFeatures.Point(x: $0, y: $1) }
}

extension VectorFile.Shape {
  fileprivate var engine: VectorFeatures.Shape {
    switch self {
    case .points(let points): .points(points.map { VectorFeatures.Point(x: $0.x, y: $0.y) })
    case .polygons(let rings):
      .polygons(rings.map { $0.map { VectorFeatures.Point(x: $0.x, y: $0.y) } })
    }
  }
}

extension ArrayFile {
  /// Everything in a Zarr store but texts.
  fileprivate init(_ store: ArrayStore) {
    self.init(
      variables: store.arrays.map {
        Variable(
          name: $0.name, dimensions: $0.dimensions, shape: $0.shape, values: .numbers($0.numbers),
          attributes: $0.attributes)
      }, attributes: store.attributes)
  }

  /// Everything in a file; numbers after scale and offset, fill values as NaN.
  @NetCDFThread
  fileprivate init(_ reader: NetCDFFileReader) throws {
    let definition = reader.definition
    self.init(variables: [], attributes: ArrayFile.texts(definition.globalAttributes))
    var room = ArrayFile.elementLimit
    for variable in definition.variables {
      let shape = try reader.shape(of: variable.name)
      var count = 1
      for length in shape where count <= room {
        count = count.multipliedReportingOverflow(by: length).partialValue
      }
      guard (0...room).contains(count) else {
        throw ModuleFileError(
          "\"\(reader.path)\", variable \"\(variable.name)\": the file holds more than \(ArrayFile.elementLimit) numbers, "
            + "the most that is read of such a file")
      }
      room -= count
      var attributes = ArrayFile.texts(variable.attributes)
      let values: Values
      if variable.type.isNumber {
        values = .numbers(ArrayFile.scaled(try reader.doubles(variable.name), variable))
      } else {
        values = .texts(try reader.strings(variable.name))
      }
      // A text of characters is one element, whatever its length.
      let isText = variable.type == .character && !shape.isEmpty
      for name in ["scale_factor", "add_offset"] { attributes[name] = nil }
      variables.append(
        Variable(
          name: variable.name, dimensions: isText ? variable.dimensions.dropLast() : variable.dimensions,
          shape: isText ? shape.dropLast() : shape, values: values, attributes: attributes))
    }
  }

  private static func scaled(_ numbers: [Double], _ variable: FileVariable) -> [Double] {
    func number(_ name: String) -> Double? {
      variable.attributes.first { $0.name == name }?.value.numbers.first
    }
    let missing = [variable.fill?.numbers.first, number("missing_value")].compactMap { $0 }
    let (scale, offset) = (number("scale_factor"), number("add_offset"))
    return numbers.map { value in
      if missing.contains(value) { return .nan }
      return scale == nil && offset == nil ? value : value * (scale ?? 1) + (offset ?? 0)
    }
  }

  private static func texts(_ attributes: [FileAttribute]) -> [String: String] {
    Dictionary(
      attributes.map { attribute in
        (
          attribute.name,
          attribute.value.text ?? attribute.value.numbers.map(\.description).joined(separator: " ")
        )
      }
    ) { first, _ in first }
  }
}
