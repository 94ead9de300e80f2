internal import NetCDF
internal import Storage

/// The files of a granule: one, or those of a folder in which every variable has a file of its own (Sentinel-3's
/// ".SEN3").
struct GranuleParts: Sendable {
  /// What all files are made of: variables of a folder are in groups named after their files.
  let definition: GroupedDefinition
  private let files: [GranuleFile]
  /// By path in `definition`, of a folder: the file, and the variable as that has it.
  private let places: [String: (file: Int, variable: GroupedVariable)]

  /// Whether a path is that of a granule that is a folder.
  static func isFolder(_ path: String) -> Bool {
    path.lowercased().hasSuffix(".sen3") && LocalFiles.isDirectory(path)
  }

  /// Opens the files. Not to be called on threads of Swift's own pool.
  init(_ path: String) throws(GranuleError) {
    guard Self.isFolder(path) else {
      let file = try Granule.read(path) { () throws(NetCDFError) in try GranuleFile(path) }
      (definition, files, places) = (file.definition, [file], [:])
      return
    }
    let names: [String]
    do throws(StorageError) {
      names = try LocalFiles.list(path).filter { $0.lowercased().hasSuffix(".nc") }.sorted()
    } catch {
      throw GranuleError(path, "cannot list it: \(error.description)")
    }
    guard !names.isEmpty else { throw GranuleError(path, "the folder has no files (.nc)", isOtherKind: true) }
    var (files, whole): ([GranuleFile], GroupedDefinition) = ([], GroupedDefinition())
    var places: [String: (file: Int, variable: GroupedVariable)] = [:]
    for name in names {
      let part = "\(path)/\(name)"
      let file = try Granule.read(part) { () throws(NetCDFError) in try GranuleFile(part) }
      for variable in file.definition.variables {
        let stem = String(name.dropLast(3))
        let own = GroupedVariable(
          group: variable.group.isEmpty ? stem : "\(stem)/\(variable.group)", name: variable.name,
          type: variable.type, dimensions: variable.dimensions, attributes: variable.attributes)
        whole.variables.append(own)
        places[own.path] = (files.count, variable)
      }
      for attribute in file.definition.attributes where whole.attribute(attribute.name) == nil {
        whole.attributes.append(attribute)
      }
      files.append(file)
      // Folders have more files than may be open.
      file.rest()
    }
    (definition, self.files, self.places) = (whole, files, places)
  }

  private func place(_ variable: GroupedVariable) -> (file: Int, variable: GroupedVariable) {
    places[variable.path] ?? (0, variable)
  }

  /// Variables that can be read, in the order in which they are asked for.
  func arrays(_ variables: [GroupedVariable]) throws(NetCDFError) -> [StoredArray] {
    let wanted = variables.map(place)
    var found: [Int: StoredArray] = [:]
    for file in Set(wanted.map(\.file)).sorted() {
      let numbers = wanted.indices.filter { wanted[$0].file == file }
      for (number, array) in zip(numbers, try files[file].arrays(numbers.map { wanted[$0].variable })) {
        found[number] = array
      }
    }
    return wanted.indices.compactMap { found[$0] }
  }

  /// The values of a small variable as numbers, as stored; empty for text.
  func numbers(_ variable: GroupedVariable) throws(NetCDFError) -> [Double] {
    let place = place(variable)
    return try files[place.file].numbers(place.variable)
  }

  /// Closes what the libraries hold open.
  func rest() { for file in files { file.rest() } }
}
