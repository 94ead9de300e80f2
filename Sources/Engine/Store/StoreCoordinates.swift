public import JSON

/// What a store says of its coordinates besides numbers and WKT, in the words of the CF conventions.
public struct StoreCoordinates: Sendable {
  /// Attributes of the grid mapping: `grid_mapping_name`, ellipsoid, parameters of the projection.
  public var gridMapping: JSONObject
  /// Attributes of x and y: standard name, units.
  public var x: JSONObject
  public var y: JSONObject

  public init(gridMapping: JSONObject = [:], x: JSONObject = [:], y: JSONObject = [:]) {
    self.gridMapping = gridMapping
    self.x = x
    self.y = y
  }
}
