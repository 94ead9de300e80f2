internal import Catalog
internal import Engine
internal import Geo
public import JSON

/// The scenes and grids of a plan as GeoJSON, to look at on a map: what `apus plan --geojson` prints.
public struct PlanMap: Sendable {
  private let plan: PipelinePlan

  public init(_ plan: PipelinePlan) {
    self.plan = plan
  }

  /// A FeatureCollection: of each sequence the grid, then its scenes in order of time. A scene whose catalogue does not
  /// say where it lies has no geometry; so has a grid beyond what degrees can say.
  public var json: JSONValue {
    let features = plan.sequences.flatMap { sequence in
      (sequence.plan.map { [grid($0)] } ?? []) + sequence.scenes.map { scene($0, of: sequence.config.name) }
    }
    return ["type": "FeatureCollection", "features": .array(features)]
  }

  private func grid(_ plan: SequencePlan) -> JSONValue {
    [
      "type": "Feature",
      "properties": [
        "kind": "grid", "sequence": .string(plan.name), "crs": .string(plan.grid.crs.name),
        "width": .integer(plan.grid.width), "height": .integer(plan.grid.height),
      ],
      "geometry": StacFootprint(plan.grid)?.geometry ?? .null,
    ]
  }

  private func scene(_ scene: Scene, of sequence: String) -> JSONValue {
    var properties: JSONValue = [
      "kind": "scene", "sequence": .string(sequence), "id": .string(scene.id),
      "datetime": .string(scene.datetime.description),
    ]
    properties["eo:cloud_cover"] = scene.properties["eo:cloud_cover"]
    return ["type": "Feature", "properties": properties, "geometry": geometry(scene.footprint)]
  }

  private func geometry(_ polygons: [LonLatPolygon]) -> JSONValue {
    func ring(_ corners: [LonLat]) -> JSONValue {
      var points = corners.map { corner -> JSONValue in [.number(corner.longitude), .number(corner.latitude)]
      }
      // Rings end where they begin.
      if let first = points.first, first != points.last { points.append(first) }
      return .array(points)
    }
    let parts = polygons.map { polygon in JSONValue.array(([polygon.exterior] + polygon.holes).map(ring)) }
    guard let first = parts.first else { return .null }
    return parts.count == 1
      ? ["type": "Polygon", "coordinates": first] : ["type": "MultiPolygon", "coordinates": .array(parts)]
  }
}
