internal import Engine
internal import Geo

extension GridSeries {
  /// A variable of a NetCDF file, as CF describes its axes.
  ///
  /// - Parameters:
  ///   - place: the level, member or other coordinate of every further dimension of more than one element.
  init(_ name: String, in file: ArrayFile, at place: [String: Double]) throws(Fault) {
    guard let variable = file.variable(name), !variable.dimensions.isEmpty, let numbers = variable.numbers
    else {
      let names = file.variables.filter { $0.dimensions.count > 2 && $0.numbers != nil }.map(\.name)
      throw Fault(
        "there is no variable \"\(name)\" (there are: \(names.sorted().joined(separator: ", ")))",
        suggestion: NearestNames.best(name, names))
    }
    let axes = try Axes(of: variable, in: file)
    let size = Slices(variable.shape)
    var merged = [axes.latitude, axes.longitude, axes.time]
    // The first element of each further dimension, and those that are looked through for a value.
    var fixed = [Int](repeating: 0, count: variable.shape.count)
    var versions: Int?
    for (index, dimension) in variable.dimensions.enumerated() where !merged.contains(index) {
      let count = variable.shape[index]
      merged.append(index)
      // Final and preliminary values of ERA5 lie beside each other; each time has one of them.
      if dimension == "expver" { versions = index }
      guard count > 1, dimension != "expver" else { continue }
      let values = file.variable(dimension)?.numbers ?? (0..<count).map(Double.init)
      let listed = values.prefix(12).map { String($0) }.joined(separator: ", ")
      guard let wanted = place[dimension] else {
        throw Fault(
          "\"\(name)\" has \(count) values along \"\(dimension)\" (\(listed)): which one is not said",
          suggestion: "\"at\": {\"\(dimension)\": \(values[0])}")
      }
      guard let found = values.firstIndex(where: { abs($0 - wanted) < 1e-6 * max(1, abs(wanted)) }) else {
        throw Fault("\"\(name)\" has no \(dimension) \(wanted) (there are: \(listed))")
      }
      fixed[index] = found
    }
    for key in place.keys.sorted() where !variable.dimensions.contains(key) {
      throw Fault(
        "\"\(name)\" has no dimension \"\(key)\" (there are: \(variable.dimensions.joined(separator: ", ")))")
    }
    self.name = name
    units = variable.attributes["units"] ?? ""
    longitudes = axes.longitudes
    latitudes = axes.latitudes
    var steps: [Int: [Double]] = [:]
    for (step, time) in axes.times.enumerated() {
      var place = fixed
      place[axes.time] = step
      var field = [Double](repeating: .nan, count: latitudes.count * longitudes.count)
      for version in 0..<(versions.map { variable.shape[$0] } ?? 1) {
        if let versions { place[versions] = version }
        for row in latitudes.indices {
          place[axes.latitude] = row
          for column in longitudes.indices where field[row * longitudes.count + column].isNaN {
            place[axes.longitude] = column
            field[row * longitudes.count + column] = numbers[size.offset(of: place)]
          }
        }
      }
      guard steps.updateValue(field, forKey: time.microsecondsSince1970) == nil else {
        throw Fault("\"\(name)\" has the time \(time) twice")
      }
    }
    times = axes.times.sorted()
    fields = times.compactMap { steps[$0.microsecondsSince1970] }
  }

  /// Offsets into an array.
  private struct Slices {
    let strides: [Int]

    init(_ shape: [Int]) {
      var strides = [Int](repeating: 1, count: shape.count)
      for index in shape.indices.dropLast().reversed() {
        strides[index] = strides[index + 1] * shape[index + 1]
      }
      self.strides = strides
    }

    func offset(of place: [Int]) -> Int { zip(strides, place).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// Which dimensions are longitude, latitude and time, and their coordinates.
  private struct Axes {
    let longitude: Int
    let latitude: Int
    let time: Int
    let longitudes: [Double]
    let latitudes: [Double]
    let times: [Instant]

    init(of variable: ArrayFile.Variable, in file: ArrayFile) throws(Fault) {
      func axis(_ title: String, _ isAxis: (ArrayFile.Variable) -> Bool) throws(Fault) -> (
        Int, ArrayFile.Variable
      ) {
        for (index, dimension) in variable.dimensions.enumerated() {
          guard let coordinate = file.variable(dimension), coordinate.dimensions == [dimension],
            coordinate.numbers?.count == variable.shape[index], isAxis(coordinate)
          else { continue }
          return (index, coordinate)
        }
        throw Fault(
          "\"\(variable.name)\" (\(variable.dimensions.joined(separator: ", "))) has no \(title) of its own: "
            + "weather is read from grids of longitude, latitude and time")
      }
      func degrees(_ coordinate: ArrayFile.Variable, _ name: String, _ direction: String) -> Bool {
        coordinate.attributes["standard_name"] == name || coordinate.name == name
          || coordinate.attributes["units"]?.lowercased().hasPrefix("degree") == true
            && coordinate.attributes["units"]?.lowercased().hasSuffix(direction) == true
      }
      let x = try axis("longitude") {
        degrees($0, "longitude", "e") && !degrees($0, "latitude", "n") || $0.name == "lon"
      }
      let y = try axis("latitude") { degrees($0, "latitude", "n") || $0.name == "lat" }
      let t = try axis("time") { $0.attributes["units"]?.contains(" since ") == true }
      (longitude, latitude, time) = (x.0, y.0, t.0)
      longitudes = try Self.monotonic(x.1)
      latitudes = try Self.monotonic(y.1)
      let units = t.1.attributes["units"] ?? ""
      guard let coordinate = CFTime(units: units, calendar: t.1.attributes["calendar"]) else {
        throw Fault(
          "its times are in \"\(units)\", calendar \"\(t.1.attributes["calendar"] ?? "standard")\", which have no dates here"
        )
      }
      var times: [Instant] = []
      for value in t.1.numbers ?? [] {
        guard let time = coordinate.instant(value) else {
          throw Fault("its time \(value) \(units) is no date")
        }
        times.append(time)
      }
      guard !times.isEmpty else { throw Fault("it has no times") }
      self.times = times
    }

    private static func monotonic(_ coordinate: ArrayFile.Variable) throws(Fault) -> [Double] {
      let values = coordinate.numbers ?? []
      let steps = zip(values, values.dropFirst()).map { $1 - $0 }
      guard values.allSatisfy(\.isFinite), steps.allSatisfy({ $0 > 0 }) || steps.allSatisfy({ $0 < 0 }),
        !values.isEmpty
      else { throw Fault("its \(coordinate.name) neither rises nor falls throughout") }
      return values
    }
  }
}

/// Suggestions for names.
enum NearestNames {
  static func best(_ name: String, _ names: [String]) -> String? {
    names.first { $0.lowercased() == name.lowercased() }.map { "did you mean \"\($0)\"?" }
  }
}
