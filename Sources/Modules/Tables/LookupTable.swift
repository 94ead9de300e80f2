internal import Engine

/// Spectra by parameters: what a radiative transfer model made of them.
struct LookupTable {
  struct Mistake: Error {
    let message: String
  }

  /// A parameter: its values in the order of the table.
  struct Axis {
    var name: String
    var longName: String
    var units: String
    var values: [Double]
  }

  struct Band {
    /// Nil where only the wavelength is known.
    var name: String?
    /// In nm.
    var wavelength: Double?

    /// What messages call it.
    var title: String { name ?? wavelength.map { "\($0) nm" } ?? "?" }
  }

  var axes: [Axis]
  var bands: [Band]
  /// By entry, the place on each axis.
  var places: [[Int]]
  /// By entry, one number a band.
  var entries: [Double]
  /// Who made it, as the file says.
  var source: String?

  /// How many entries have a band without a number.
  var incomplete: Int {
    let count = bands.count
    return places.indices.count { entry in
      entries[(entry * count)..<((entry + 1) * count)].contains { !$0.isFinite }
    }
  }

  /// The axis that is not searched: the zenith angle of the sun comes from the scene.
  static let zenith = "solar_zenith_angle"
  private static let bandName = "band"

  // MARK: NetCDF

  /// Reads a variable whose dimensions are parameters and `band`.
  init(_ file: ArrayFile, variable name: String) throws(Mistake) {
    guard let spectra = file.variable(name), let numbers = spectra.numbers else {
      let names = file.variables.map(\.name).joined(separator: ", ")
      throw Mistake(message: "it has no numbers \"\(name)\" (it has \(names))")
    }
    guard let bandAxis = spectra.dimensions.firstIndex(of: Self.bandName), spectra.dimensions.count > 1 else {
      throw Mistake(
        message:
          "\"\(name)\" has the dimensions \(spectra.dimensions.joined(separator: ", ")): one must be \"band\", the "
          + "others parameters")
    }
    var axes: [Axis] = []
    for (place, dimension) in spectra.dimensions.enumerated() where place != bandAxis {
      guard let coordinate = file.variable(dimension), let values = coordinate.numbers,
        values.count == spectra.shape[place]
      else {
        throw Mistake(message: "the dimension \"\(dimension)\" has no coordinate variable of its values")
      }
      axes.append(
        Axis(
          name: dimension, longName: coordinate.attributes["long_name"] ?? dimension,
          units: coordinate.attributes["units"] ?? "1", values: values))
    }
    let count = spectra.shape[bandAxis]
    let names = file.variable(Self.bandName)?.texts
    let own = file.variable(Self.bandName)
    let waves =
      file.variable("wavelength").flatMap { $0.dimensions == [Self.bandName] ? $0 : nil }
      // A coordinate of numbers with a unit of length is one too.
      ?? own.flatMap { $0.attributes["units"] == nil ? nil : $0 }
    var wavelengths = waves?.numbers
    if let found = wavelengths, let units = waves?.attributes["units"] {
      let factors = [
        "nm": 1.0, "nanometer": 1, "nanometre": 1, "nanometers": 1, "um": 1000, "µm": 1000, "μm": 1000,
        "micrometer": 1000, "micrometre": 1000, "micrometers": 1000, "micron": 1000, "m": 1e9,
      ]
      guard let factor = factors[units] else {
        throw Mistake(message: "its wavelengths are in \"\(units)\": nm are expected, or um")
      }
      wavelengths = found.map { $0 * factor }
    }
    guard names?.count == count || wavelengths?.count == count else {
      throw Mistake(
        message: "the dimension \"band\" has neither names (a variable of strings) nor a \"wavelength\" in nm"
      )
    }
    bands = (0..<count).map { Band(name: names?[$0], wavelength: wavelengths?[$0]) }
    self.axes = axes
    source = file.attributes["source"] ?? file.attributes["title"]
    let shape = axes.map(\.values.count)
    let total = shape.reduce(1, *)
    guard total > 0, total * count == numbers.count else { throw Mistake(message: "\"\(name)\" is empty") }
    /// Elements between neighbours along each dimension.
    var strides = [Int](repeating: 1, count: spectra.shape.count)
    for place in strides.indices.dropLast().reversed() {
      strides[place] = strides[place + 1] * spectra.shape[place + 1]
    }
    let bandStride = strides[bandAxis]
    strides.remove(at: bandAxis)
    places = []
    entries = []
    places.reserveCapacity(total)
    entries.reserveCapacity(numbers.count)
    for entry in 0..<total {
      var (rest, own, start) = (entry, [Int](repeating: 0, count: shape.count), 0)
      for axis in shape.indices.reversed() {
        own[axis] = rest % shape[axis]
        rest /= shape[axis]
        start += own[axis] * strides[axis]
      }
      places.append(own)
      for band in 0..<count { entries.append(numbers[start + band * bandStride]) }
    }
    try check()
  }

  // MARK: CSV

  /// Reads one entry a line: columns of parameters, then of the bands that are named.
  init(_ text: CSVText, bands names: [String]) throws(Mistake) {
    let parameters = text.columns.filter { !names.contains($0) }
    guard !parameters.isEmpty else { throw Mistake(message: "it has no column besides the bands") }
    func numbers(_ column: String) throws(Mistake) -> [Double] {
      do throws(CSVText.Mistake) { return try text.numbers(column) } catch {
        throw Mistake(message: error.message)
      }
    }
    var axes: [Axis] = []
    places = Array(repeating: [], count: text.rows.count)
    for name in parameters {
      let column = try numbers(name)
      if let hole = column.firstIndex(where: { !$0.isFinite }) {
        throw Mistake(message: "line \(text.rows[hole].line): \"\(name)\" is missing")
      }
      let values = Set(column).sorted()
      let order = Dictionary(values.enumerated().map { ($1, $0) }) { first, _ in first }
      for (entry, value) in column.enumerated() { places[entry].append(order[value] ?? 0) }
      // A unit may stand behind the name: "density [kg m-3]".
      let parts = name.split(separator: "[", maxSplits: 1).map {
        $0.split(separator: " ").joined(separator: " ")
      }
      let units = parts.count > 1 ? parts[1].split(separator: "]").first.map(String.init) ?? "1" : "1"
      axes.append(Axis(name: parts[0], longName: parts[0], units: units, values: values))
    }
    self.axes = axes
    bands = names.map { Band(name: $0, wavelength: nil) }
    var columns: [[Double]] = []
    for name in names { columns.append(try numbers(name)) }
    entries = text.rows.indices.flatMap { entry in columns.map { $0[entry] } }
    source = nil
    try check()
    if Set(places).count != places.count {
      throw Mistake(message: "two lines have the same parameters")
    }
  }

  private func check() throws(Mistake) {
    for axis in axes {
      guard axis.values.allSatisfy(\.isFinite) else {
        throw Mistake(message: "a value of \"\(axis.name)\" is missing or not finite")
      }
      guard Set(axis.values).count == axis.values.count else {
        throw Mistake(message: "a value of \"\(axis.name)\" is there twice")
      }
    }
    guard places.count <= 1 << 24 else {
      throw Mistake(message: "it has \(places.count) entries, and \(1 << 24) are the most")
    }
    guard incomplete < places.count else { throw Mistake(message: "no entry has a number for every band") }
  }
}
