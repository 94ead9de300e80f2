public import Geo
public import JSON

/// What a module can see of its sequence while it is made: the variables that earlier modules offer.
///
/// Used by one thread while a config is read; mistakes are gathered, none is thrown.
public final class ModuleScope {
  /// A variable as later modules see it.
  public struct Entry: Sendable {
    public let variable: Variable
    /// The band it is, when the source brought it.
    public let band: BandRequest?
    /// Which dates each of its layers stands for.
    public let period: Period
    /// Whether it is one number a layer, not a raster.
    public let isNumber: Bool

    /// Whether it may be meant where a module is not told which variable it works on: no number, and nothing that stands
    /// beside another, such as a count or the day of an observation.
    public var isResult: Bool { !isNumber && !variable.isAuxiliary }

    public init(
      variable: Variable, band: BandRequest? = nil, period: Period = .date, isNumber: Bool = false
    ) {
      self.isNumber = isNumber
      self.variable = variable
      self.band = band
      self.period = period
    }
  }

  /// The collection the source names, from which the sensor is known; nil when it names none.
  public var collection: String? { collections.first }
  /// Every collection the source names.
  public var collections: [String] = []
  /// What the whole config says to modules beside their own parameters, by type: a table of sensors.
  private var knowledge: [ObjectIdentifier: any Sendable] = [:]
  /// How the source would bring a band that its config does not list; set by the source.
  public var requestForBand: ((String) -> BandRequest)?
  /// The band of what the cells of another weigh, nil where all weigh the same; set by the source.
  public var requestForWeight: ((BandRequest) -> BandRequest?)?
  /// Whether scenes may well have a band of this name that no variable bears yet; set by the source.
  public var mayHaveBand: ((String) -> Bool)?
  /// The names of all bands that the scenes' sensors have; empty where none is known. Set by the source.
  public var bandNames: [String] = []
  /// What the source has to check once every module has been made, and all bands are known; set by the source.
  public var checkWhenComplete: (() -> Void)?
  /// How modules read the files that their parameters name; nil where there are none to be read.
  public var moduleFiles: (any ModuleFiles)?
  /// The files that modules have read.
  public private(set) var files: [ModuleFile.Identity] = []
  /// Bands that modules need and the source's config does not list: the source brings them too.
  public private(set) var addedBands: [BandRequest] = []
  public private(set) var entries: [Entry] = []
  public private(set) var diagnostics: [Diagnostic] = []

  public init() {}

  /// The same scope, for making a module on trial: what it offers, asks for and reports stays in the copy.
  public func copy() -> ModuleScope {
    let copy = ModuleScope()
    copy.collections = collections
    copy.knowledge = knowledge
    copy.requestForBand = requestForBand
    copy.requestForWeight = requestForWeight
    copy.mayHaveBand = mayHaveBand
    copy.bandNames = bandNames
    copy.moduleFiles = moduleFiles
    copy.addedBands = addedBands
    copy.entries = entries
    return copy
  }

  /// Lets modules know a value, one of each type.
  public func inform<T: Sendable>(_ value: T) { knowledge[ObjectIdentifier(T.self)] = value }

  /// The value of a type that modules were informed of.
  public func known<T: Sendable>(_ type: T.Type) -> T? { knowledge[ObjectIdentifier(type)] as? T }

  /// The names that can be read here.
  public var names: [String] { entries.map(\.variable.name) }

  /// What a misspelt name may have meant: a variable, or a band that would come when it is named.
  public var nearbyNames: [String] { names + bandNames.filter { !names.contains($0) } }

  /// Offers a variable to the modules that follow; a later one of the same name replaces an earlier one.
  public func offer(_ entry: Entry) {
    entries.removeAll { $0.variable.name == entry.variable.name }
    entries.append(entry)
  }

  /// The variable with this name.
  public func entry(_ name: String) -> Entry? {
    entries.first { $0.variable.name == name }
  }

  /// Has the source bring a further band; nil when there is no source to do so.
  ///
  /// - Parameters:
  ///   - name: the band, by asset key or common name.
  ///   - others: further names under which scenes may have it.
  public func addBand(_ name: String, others: [String] = []) -> Entry? {
    guard var request = requestForBand?(name) else { return nil }
    // Asked for by another of its names.
    if request.name != name, let present = entry(request.name), present.band != nil { return present }
    request.aliases += others.filter { !request.aliases.contains($0) }
    addedBands.append(request)
    let entry = Entry(variable: request.variable, band: request)
    offer(entry)
    return entry
  }

  /// Has the source bring what the cells of a band weigh; nil where all weigh the same.
  public func addWeight(of band: BandRequest) -> Entry? {
    guard let request = requestForWeight?(band) else { return nil }
    if let present = entry(request.name), present.band == request { return present }
    addedBands.append(request)
    let entry = Entry(variable: request.variable, band: request)
    offer(entry)
    return entry
  }

  /// The variable with this name: one that is offered, or a band that the source is made to bring for it.
  public func entryOrBand(_ name: String) -> Entry? {
    entry(name) ?? (mayHaveBand?(name) == true ? addBand(name) : nil)
  }

  /// Reports a mistake.
  public func report(_ diagnostic: Diagnostic) {
    diagnostics.append(diagnostic)
  }

  /// Reports a mistake at a parameter, or at the module itself when the config does not give the parameter.
  public func report(
    _ message: String, at name: String?, of arguments: ModuleArguments, suggestion: String? = nil
  ) {
    let node = name.flatMap { arguments.node($0) }
    let path = node == nil ? arguments.path : name.map { arguments.path.appending($0) } ?? arguments.path
    report(
      Diagnostic(
        path: path, position: (node ?? arguments.node).position, message: message, suggestion: suggestion))
  }

  /// Reads the file that a node names; nil, with a report, when it cannot be read.
  ///
  /// - Parameters:
  ///   - node: the text in the config that names the file.
  ///   - path: where that text stands in the config, for reports.
  ///   - limit: the most bytes it may have.
  public func file(
    _ node: JSONNode, path: JSONPath, limit: Int = ModuleFile.sizeLimit
  ) -> ModuleFile? {
    guard let name = node.string else { return nil }
    return reporting(at: node, path: path) { files throws(ModuleFileError) in
      let file = try files.read(name, limit: limit)
      self.files.append(file.identity)
      return file
    }
  }

  /// Reads the file that a parameter names; nil, with a report, when it cannot be read.
  public func file(at parameter: String, of arguments: ModuleArguments) -> ModuleFile? {
    guard let node = arguments.node(parameter) else { return nil }
    return file(node, path: arguments.path.appending(parameter))
  }

  /// The arrays of a NetCDF file; nil, with a report at the node that names it, when it is none.
  public func arrays(of file: ModuleFile, node: JSONNode, path: JSONPath) -> ArrayFile? {
    reporting(at: node, path: path) { files throws(ModuleFileError) in try files.arrays(of: file) }
  }

  /// The points and polygons of a file; nil, with a report at the node that names it, when it has none to use.
  public func features(
    of file: ModuleFile, layer: String?, node: JSONNode, path: JSONPath
  ) -> VectorFeatures? {
    reporting(at: node, path: path) { files throws(ModuleFileError) in
      try files.features(of: file, layer: layer)
    }
  }

  /// The points and polygons of a GeoJSON text that a parameter stands for.
  public func features(inGeoJSON text: String, at parameter: String, of arguments: ModuleArguments)
    -> VectorFeatures?
  {
    guard let node = arguments.node(parameter) else { return nil }
    let file = ModuleFile(name: parameter, path: text, bytes: Array(text.utf8), digest: "")
    return features(of: file, layer: nil, node: node, path: arguments.path.appending(parameter))
  }

  private func reporting<Result>(
    at node: JSONNode, path: JSONPath, _ body: (any ModuleFiles) throws(ModuleFileError) -> Result
  ) -> Result? {
    do throws(ModuleFileError) {
      guard let moduleFiles else { throw ModuleFileError("no files can be read here") }
      return try body(moduleFiles)
    } catch {
      report(
        Diagnostic(
          path: path, position: node.position, message: error.description, suggestion: error.suggestion))
      return nil
    }
  }

  /// The variable that a parameter names; a mistake is reported when there is none, nor such a band.
  public func variable(_ name: String, at parameter: String?, of arguments: ModuleArguments) -> Entry? {
    guard let entry = entryOrBand(name) else {
      let nearest = NearestName.best(for: name, among: nearbyNames)
      report(
        "unknown variable \"\(name)\" (here there are: \(listedNames))", at: parameter,
        of: arguments, suggestion: nearest.map { "did you mean \"\($0)\"?" })
      return nil
    }
    return entry
  }

  /// The names of variables for a message, the first of many: "red, nir and 12 more".
  public var listedNames: String {
    if nearbyNames.isEmpty {
      return "no variable yet, and no such band of a known sensor: name it in \"bands\" of the source"
    }
    func listed(_ names: [String]) -> String {
      let most = 20
      let shown = names.prefix(most).joined(separator: ", ")
      return names.count > most ? "\(shown) and \(names.count - most) more" : shown
    }
    let bands = bandNames.filter { !names.contains($0) }
    let ofSensor = bands.isEmpty ? nil : "bands of the sensor: \(listed(bands))"
    return [names.isEmpty ? nil : listed(names), ofSensor].compactMap { $0 }.joined(separator: "; ")
  }
}
