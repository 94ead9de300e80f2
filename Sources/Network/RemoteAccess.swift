/// How the files of a sequence are got at: who signs, and the options of object stores. No secret is in it.
public struct RemoteAccess: Hashable, Sendable {
  public enum Method: String, CaseIterable, Hashable, Sendable {
    /// Links go out as they are; object stores use the credentials of the environment, if there are any.
    case none
    case planetaryComputer = "planetary_computer"
    /// Object stores are asked without credentials, whatever the environment holds.
    case unsigned
    case s3
    /// NASA's Earthdata login: `EARTHDATA_TOKEN`, or `.netrc`.
    case earthdata
  }

  public var method: Method
  /// Whether the reader of an S3 bucket pays.
  public var isRequesterPaying = false
  /// The profile in the usual AWS files.
  public var profile: String?
  /// "https://minio.example.org:9000": an S3 service other than Amazon's.
  public var endpoint: String?
  public var region: String?

  public init(_ method: Method = .none) {
    self.method = method
  }

  /// Who signs requests to web servers.
  public func signer() -> any RequestSigner {
    switch method {
    case .planetaryComputer: return PlanetaryComputerSigner.shared
    case .earthdata:
      // Without a token libcurl takes name and password from .netrc by itself.
      guard let token = Environment.variable("EARTHDATA_TOKEN") else { break }
      return HeaderSigner(
        name: "Authorization", value: "Bearer \(token)", domains: ["nasa.gov", "cr.usgs.gov", "nsidc.org"])
    case .none, .unsigned, .s3: break
    }
    return PlainRequests()
  }
}
