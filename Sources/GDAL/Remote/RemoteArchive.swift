internal import CGDAL
public import Network
internal import Synchronization

extension RemoteAccess {
  /// GDAL's options for a bucket or container.
  fileprivate func storeOptions(_ keys: ObjectStoreKeys?) -> [(key: String, value: String)] {
    var options: [(key: String, value: String)] = []
    if let keys {
      options += [
        ("AWS_ACCESS_KEY_ID", keys.id), ("AWS_SECRET_ACCESS_KEY", keys.secret),
        ("AWS_SESSION_TOKEN", keys.session),
      ]
    }
    if method == .unsigned {
      options += ["AWS_NO_SIGN_REQUEST", "AZURE_NO_SIGN_REQUEST", "GS_NO_SIGN_REQUEST"].map { ($0, "YES") }
    }
    if isRequesterPaying { options.append(("AWS_REQUEST_PAYER", "requester")) }
    if let profile { options.append(("AWS_PROFILE", profile)) }
    if let region { options.append(("AWS_REGION", region)) }
    if let endpoint {
      let server = endpoint.range(ofText: "://").map { String(endpoint[$0.upperBound...]) } ?? endpoint
      options.append(("AWS_S3_ENDPOINT", server.hasSuffix("/") ? String(server.dropLast()) : server))
      options.append(("AWS_HTTPS", endpoint.hasPrefix("http://") ? "NO" : "YES"))
      options.append(("AWS_VIRTUAL_HOSTING", "FALSE"))
    }
    return options
  }
}

/// The remote files of a sequence, each known by one object whoever reads it.
public final class RemoteArchive: Sendable {
  private struct State {
    var files: [String: RemoteFile] = [:]
    var stores: Set<String> = []
  }

  private let access: RemoteAccess
  private let signer: any RequestSigner
  private let keys: ObjectStoreKeys?
  private let record: (any FileVersionRecord)?
  private let state = Mutex(State())

  /// - Parameters:
  ///   - access: how files are signed for, and as whom servers are asked.
  ///   - keys: to the S3 buckets; nil for those of the environment.
  ///   - record: decides which contents of the files may be read; nil where any may.
  public convenience init(
    _ access: RemoteAccess, keys: ObjectStoreKeys? = nil, record: (any FileVersionRecord)? = nil
  ) {
    self.init(access, keys: keys, signer: access.signer(), record: record)
  }

  init(
    _ access: RemoteAccess, keys: ObjectStoreKeys? = nil, signer: any RequestSigner,
    record: (any FileVersionRecord)? = nil
  ) {
    self.access = access
    self.keys = keys
    self.signer = signer
    self.record = record
  }

  /// The file at a location; nil for local paths.
  public func file(_ location: String) -> RemoteFile? {
    // The common local path must not cost a search.
    guard !location.hasPrefix("/"), VirtualPath.isRemote(location) else { return nil }
    return state.withLock { state in
      if let present = state.files[location] { return present }
      let file = RemoteFile(location, source: source(location, &state), record: record)
      state.files[location] = file
      return file
    }
  }

  /// Why the file at a location cannot be brought here as one file; nil when it may be.
  public static func refusal(_ location: String) -> GDALError? {
    if let refusal = ForeignFiles.refusal(of: location) { return refusal }
    return VirtualPath.isRemote(location) ? ScientificFormat.refusal(ofRemote: location) : nil
  }

  /// Opens a raster file, local or remote.
  ///
  /// - Parameters:
  ///   - location: a path, or a URL of a web server or object store.
  ///   - variables: what the raster may be called in a file of several.
  ///   - overview: the reduced copy of the raster to read instead of it, counted from 0.
  ///   - isForeign: whether a local file is the copy of one on a server.
  public func open(
    _ location: String, variables: [String] = [], overview: Int? = nil, isForeign: Bool = false
  ) throws(GDALError) -> RasterDataset {
    guard let file = file(location) else {
      return try RasterDataset(
        opening: location, variables: variables, overview: overview, isForeign: isForeign)
    }
    return try RasterDataset(opening: file, variables: variables, overview: overview)
  }

  private func source(_ location: String, _ state: inout State) -> any RangeSource {
    let name = VirtualPath.gdalName(of: location)
    if access.method == .planetaryComputer, let url = RemoteArchive.blobURL(location) {
      return HTTPRangeSource(url: url, signer: signer)
    }
    guard VirtualPath.isObjectStore(location) else { return HTTPRangeSource(url: location, signer: signer) }
    // "/vsis3/BUCKET/": the options of one bucket are not those of the next.
    let parts = name.split(separator: "/", maxSplits: 2)
    let store = "/" + parts.prefix(2).joined(separator: "/") + "/"
    if state.stores.insert(store).inserted {
      for (key, value) in access.storeOptions(keys) { VSISetPathSpecificOption(store, key, value) }
    }
    return ObjectSource(location: location, isRequesterPaying: access.isRequesterPaying)
  }

  /// "abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/BLOB" as a link that a token can sign.
  static func blobURL(_ location: String) -> String? {
    guard let mark = location.range(ofText: "://"),
      ["abfs", "abfss", "wasb", "wasbs"].contains(location[..<mark.lowerBound].lowercased())
    else { return nil }
    let rest = location[mark.upperBound...]
    let server = rest.prefix { $0 != "/" }
    guard let at = server.firstIndex(of: "@") else { return nil }
    let account = server[server.index(after: at)...].prefix { $0 != "." }
    return "https://\(account).blob.core.windows.net/\(server[..<at])\(rest.dropFirst(server.count))"
  }
}
