internal import CGDAL

/// The arrays of a Zarr store, read whole: small ones, such as weather on a grid.
public struct ArrayStore: Sendable {
  /// An array of numbers with named dimensions.
  public struct Array: Sendable {
    public let name: String
    /// The slowest first.
    public let dimensions: [String]
    /// The lengths of the dimensions.
    public let shape: [Int]
    /// After scale and offset; NaN where missing.
    public let numbers: [Double]
    public let attributes: [String: String]
  }

  public let arrays: [Array]
  public let attributes: [String: String]

  /// Whether a folder is such a store.
  public static let markers = [".zgroup", ".zmetadata", "zarr.json"]

  /// - Parameters:
  ///   - path: the folder of the store; only local ones are read.
  ///   - limit: the most numbers that all arrays may have together.
  /// - Throws: when it is no Zarr store, is damaged, or holds more.
  public init(opening path: String, limit: Int) throws(GDALError) {
    GDALLibrary.prepare()
    let drivers = CSLAddString(nil, "Zarr")
    defer { CSLDestroy(drivers) }
    let names = drivers.map { UnsafeRawPointer($0).assumingMemoryBound(to: UnsafePointer<CChar>?.self) }
    let (opened, messages) = collectingMessages {
      GDALOpenEx(
        path, UInt32(GDAL_OF_MULTIDIM_RASTER | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR), names, nil, nil)
    }
    guard let dataset = opened, let group = GDALDatasetGetRootGroup(dataset) else {
      if let opened { GDALClose(opened) }
      throw GDALError(
        .open, file: path, message: messages.failure ?? "not a Zarr store that is read here",
        advice: "version 2 of Zarr is read: xarray writes it with zarr_format=2")
    }
    defer {
      GDALGroupRelease(group)
      GDALClose(dataset)
    }
    var count = 0
    let found = GDALGroupGetAttributes(group, &count, nil)
    attributes = ArrayStore.attributes(found, count)
    let list = GDALGroupGetMDArrayNames(group, nil)
    defer { CSLDestroy(list) }
    var arrays: [Array] = []
    var room = limit
    for index in 0..<Int(CSLCount(list)) {
      guard let name = list?[index].map({ String(cString: $0) }) else { continue }
      let (own, messages) = collectingMessages { GDALGroupOpenMDArray(group, name, nil) }
      guard let own else {
        throw GDALError(
          .open, file: path, message: "array \"\(name)\": \(messages.failure ?? "it is damaged")")
      }
      defer { GDALMDArrayRelease(own) }
      guard let array = try ArrayStore.read(own, name, path, &room) else { continue }
      arrays.append(array)
    }
    guard !arrays.isEmpty else {
      throw GDALError(
        .open, file: path, message: "no array of numbers is found in it",
        advice: "version 2 of Zarr is read: xarray writes it with zarr_format=2")
    }
    self.arrays = arrays
  }

  /// - Returns: nil for texts and structures.
  private static func read(
    _ array: GDALMDArrayH, _ name: String, _ path: String, _ room: inout Int
  ) throws(GDALError) -> Array? {
    guard let type = GDALMDArrayGetDataType(array) else { return nil }
    defer { GDALExtendedDataTypeRelease(type) }
    guard GDALExtendedDataTypeGetClass(type) == GEDTC_NUMERIC else { return nil }
    var count = 0
    let dimensions = GDALMDArrayGetDimensions(array, &count)
    defer { GDALReleaseDimensions(dimensions, count) }
    var (titles, shape): ([String], [Int]) = ([], [])
    for index in 0..<count {
      guard let dimension = dimensions?[index] else { return nil }
      titles.append(GDALDimensionGetName(dimension).map { String(cString: $0) } ?? "")
      shape.append(Int(clamping: GDALDimensionGetSize(dimension)))
    }
    var elements = 1
    for length in shape where elements <= room {
      elements = elements.multipliedReportingOverflow(by: length).partialValue
    }
    guard (0...room).contains(elements) else {
      throw GDALError(
        .read, file: path,
        message: "array \"\(name)\": the store holds more numbers than are read of such a one")
    }
    room -= elements
    var numbers = [Double](repeating: .nan, count: elements)
    if elements > 0 {
      let starts = [UInt64](repeating: 0, count: count)
      let lengths = shape
      let buffer = GDALExtendedDataTypeCreate(GDT_Float64)
      defer { GDALExtendedDataTypeRelease(buffer) }
      let (isRead, messages) = collectingMessages {
        numbers.withUnsafeMutableBytes { bytes in
          GDALMDArrayRead(
            array, starts, lengths, nil, nil, buffer, bytes.baseAddress, bytes.baseAddress, bytes.count)
        }
      }
      guard isRead != 0, messages.failures.isEmpty else {
        throw GDALError(
          .read, file: path, message: "array \"\(name)\": \(messages.failure ?? "its numbers cannot be read")"
        )
      }
    }
    var found = 0
    let list = GDALMDArrayGetAttributes(array, &found, nil)
    var attributes = attributes(list, found)
    if let unit = GDALMDArrayGetUnit(array).map({ String(cString: $0) }), !unit.isEmpty {
      attributes["units"] = unit
    }
    return Array(
      name: name, dimensions: titles, shape: shape, numbers: scaled(numbers, array, &attributes),
      attributes: attributes)
  }

  /// Physical values; NaN where the fill value stands.
  private static func scaled(
    _ numbers: [Double], _ array: GDALMDArrayH, _ attributes: inout [String: String]
  ) -> [Double] {
    var (hasScale, hasOffset, hasMissing): (Int32, Int32, Int32) = (0, 0, 0)
    let known = (GDALMDArrayGetScale(array, &hasScale), GDALMDArrayGetOffset(array, &hasOffset))
    let missing = GDALMDArrayGetNoDataValueAsDouble(array, &hasMissing)
    func taken(_ name: String) -> Double? { attributes.removeValue(forKey: name).flatMap(Double.init) }
    let others = ["_FillValue", "missing_value"].compactMap(taken)
    let (named, shift) = (taken("scale_factor"), taken("add_offset"))
    let scale = hasScale != 0 ? known.0 : named ?? 1
    let offset = hasOffset != 0 ? known.1 : shift ?? 0
    return numbers.map { value in
      if hasMissing != 0 && value == missing || others.contains(value) { return .nan }
      return scale == 1 && offset == 0 ? value : value * scale + offset
    }
  }

  private static func attributes(
    _ list: UnsafeMutablePointer<GDALAttributeH?>?, _ count: Int
  ) -> [String: String] {
    defer { GDALReleaseAttributes(list, count) }
    var attributes: [String: String] = [:]
    for index in 0..<count {
      guard let attribute = list?[index], let name = GDALAttributeGetName(attribute),
        let value = GDALAttributeReadAsString(attribute)
      else { continue }
      attributes[String(cString: name)] = String(cString: value)
    }
    return attributes
  }
}
