public import NetCDF

/// One band of a granule: a variable, or one place along its band axis, on the swath's lines and columns.
public struct GranuleBand: Hashable, Sendable {
  /// As the config calls it.
  public let name: String
  public let variable: GroupedVariable
  public private(set) var numbers: StoredNumbers
  let lineAxis: Int
  let columnAxis: Int
  /// The place along every other dimension.
  let fixed: [Int]
  /// What the place is, for a person: "443 nm".
  public let place: String?

  /// The same without the file's range of valid numbers, which is in other numbers than it stores where it would leave
  /// nothing of the band. Looks at stored numbers until one is in the range.
  public func checkingRange(_ array: StoredArray) -> GranuleBand {
    guard let range = numbers.range, leavesNothing(range, of: array) else { return self }
    var band = self
    band.numbers = numbers.ignoringRange("its valid range would leave nothing of what it stores")
    return band
  }

  private func leavesNothing(_ range: ClosedRange<Double>, of array: StoredArray) -> Bool {
    let reader = reader(array)
    let atATime = 64
    let size = numbers.type.size
    var bytes = [UInt8](repeating: 0, count: atATime * reader.columns * size)
    var isAnyThere = false
    for first in stride(from: 0, to: reader.lines, by: atATime) {
      let lines = first..<min(reader.lines, first + atATime)
      let count = lines.count * reader.columns
      let isRead = bytes.withUnsafeMutableBytes { buffer in
        do throws(NetCDFError) {
          try reader.read(lines, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<(count * size)]))
          return true
        } catch {
          return false
        }
      }
      // The failure is reported where the band is needed.
      guard isRead else { return false }
      let isInRange = bytes.withUnsafeBytes { raw in
        (0..<count).contains { index in
          let number = numbers.type.number(raw, at: index)
          guard !numbers.isMissing(number, inRange: false) else { return false }
          isAnyThere = true
          return range.contains(number)
        }
      }
      if isInRange { return false }
    }
    return isAnyThere
  }

  /// Reads its lines, in one thread.
  public func reader(_ array: StoredArray) -> LineReader {
    LineReader(array, lineAxis: lineAxis, columnAxis: columnAxis, fixed: fixed)
  }
}

/// Finds bands in a granule.
struct BandSearch {
  let search: VariableSearch
  let navigation: Navigation
  /// The values of a small variable, as stored.
  let numbers: (GroupedVariable) throws(GranuleError) -> [Double]

  /// Wavelengths further from the one that was asked for, in nm, are others.
  private static let nearestWavelength = 5.0

  func band(_ name: String) throws(GranuleError) -> GranuleBand {
    var wanted = VariableSearch.Name(name)
    // A variable may bear such a name itself.
    if try search.variable(name) != nil { wanted = VariableSearch.Name(variable: name) }
    let variable = try search.existing(wanted.variable)
    guard let axes = navigation.axes(of: variable) else {
      throw GranuleError(
        search.path,
        "\"\(variable.path)\" does not lie on the swath of \(navigation.lines) lines and \(navigation.columns) columns "
          + "(it is \(variable.shape.map(String.init).joined(separator: " × ")))")
    }
    guard variable.type.isNumber else {
      throw GranuleError(search.path, "\"\(variable.path)\" holds strings, not numbers")
    }
    var fixed = [Int](repeating: 0, count: variable.dimensions.count)
    let others = variable.dimensions.indices.filter {
      $0 != axes.line && $0 != axes.column && variable.dimensions[$0].length > 1
    }
    var place: String?
    switch others.count {
    case 0:
      guard wanted.index ?? 0 == 0, wanted.coordinate == nil else {
        throw GranuleError(
          search.path,
          "\"\(variable.path)\" has no band axis: leave \"\(name.dropFirst(wanted.variable.count))\" out")
      }
    case 1: (fixed[others[0]], place) = try self.place(wanted, variable, axis: others[0])
    default:
      throw GranuleError(
        search.path,
        "\"\(variable.path)\" has \(others.count) dimensions beside lines and columns (\(others.map { variable.dimensions[$0].name }.joined(separator: ", "))); "
          + "one at most can be chosen from")
    }
    return GranuleBand(
      name: name, variable: variable, numbers: StoredNumbers(variable), lineAxis: axes.line,
      columnAxis: axes.column, fixed: fixed, place: place)
  }

  /// The place along the band axis.
  private func place(
    _ wanted: VariableSearch.Name, _ variable: GroupedVariable, axis: Int
  ) throws(GranuleError) -> (Int, String?) {
    let dimension = variable.dimensions[axis]
    if let index = wanted.index {
      guard (0..<dimension.length).contains(index) else {
        throw GranuleError(
          search.path,
          "\"\(variable.path)\" has \(dimension.length) bands along \"\(dimension.name)\", counted from 0")
      }
      return (index, "number \(index)")
    }
    let axes = search.definition.variables.filter { $0.dimensions == [dimension] && $0.type.isNumber }
    let coordinate =
      axes.first { $0.name == dimension.name } ?? axes.first { $0.name.hasPrefix("wave") } ?? axes.first
    let values = try coordinate.map(numbers) ?? []
    guard let number = wanted.coordinate else {
      let some = values.prefix(4).map { "\"\(wanted.variable)@\($0.shortText)\"" }.joined(separator: ", ")
      throw GranuleError(
        search.path,
        "\"\(variable.path)\" has \(dimension.length) bands along \"\(dimension.name)\": say which"
          + (some.isEmpty
            ? " by its number, as \"\(wanted.variable)[0]\"" : ", as \(some)\(values.count > 4 ? ", …" : "")")
      )
    }
    guard let nearest = values.indices.min(by: { abs(values[$0] - number) < abs(values[$1] - number) }),
      abs(values[nearest] - number) <= Self.nearestWavelength
    else {
      throw GranuleError(
        search.path,
        values.isEmpty
          ? "nothing says what the bands of \"\(variable.path)\" are: choose one by its number, as \"\(wanted.variable)[0]\""
          : "\"\(variable.path)\" has no band within \(Int(Self.nearestWavelength)) of \(number.shortText) (it has "
            + values.prefix(12).map(\.shortText).joined(separator: ", ") + (values.count > 12 ? ", …)" : ")"))
    }
    let units = coordinate?.attribute("units")?.text.map { " \($0)" } ?? ""
    return (nearest, values[nearest].shortText + units)
  }
}

extension VariableSearch.Name {
  fileprivate init(variable: String) { (self.variable, index, coordinate) = (variable, nil, nil) }
}

extension Double {
  /// "443", "442.5".
  fileprivate var shortText: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
