/// One file of a scene.
public struct SceneAsset: Sendable {
  /// The asset's name in its item: "red", "B04", "qa_pixel", ….
  public var key: String
  /// The file: an absolute local path, or a URL.
  public var href: String
  public var mediaType: String?
  public var roles: [String]
  public var title: String?
  /// The bands in the order of the file; empty when the catalogue says nothing about them.
  public var bands: [AssetBand]
  /// The asset's grid, where the asset or its item tells of one.
  public var projection: AssetProjection
  /// The file's length in bytes (`file:size`).
  public var size: Int?
  /// The file's multihash, in hexadecimal (`file:checksum`).
  public var checksum: String?
  /// Why the asset cannot be read, where its item is wrong about it: a loss for who reads it, and for nobody else.
  public var flaw: String?

  public init(
    key: String,
    href: String,
    mediaType: String? = nil,
    roles: [String] = [],
    title: String? = nil,
    bands: [AssetBand] = [],
    projection: AssetProjection = AssetProjection(),
    size: Int? = nil,
    checksum: String? = nil,
    flaw: String? = nil
  ) {
    self.key = key
    self.href = href
    self.mediaType = mediaType
    self.roles = roles
    self.title = title
    self.bands = bands
    self.projection = projection
    self.size = size
    self.checksum = checksum
    self.flaw = flaw
  }
}
