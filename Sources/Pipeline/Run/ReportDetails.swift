import Catalog
import Engine
import Geo
import JSON

/// What reports tell of a sequence beyond what became of it: its modules, its scenes and where it lies.
struct ReportDetails {
  let sequence: PlannedSequence
  let plan: SequencePlan

  func add(to report: inout SequenceReport) {
    report.dependsOn = sequence.config.dependsOn
    report.steps = plan.compiled.graph.description
    report.positions = plan.positions ?? (try? PixelPlaces.lattice(of: plan.grid))
    report.scenes = sequence.scenes.map { scene in
      SceneReport(
        id: scene.id, cloudCover: scene.properties["eo:cloud_cover"]?.double,
        outline: ReportDetails.outline(scene.footprint.first))
    }
  }

  /// Corners of a footprint, of which no more than some are needed to see its shape.
  private static func outline(_ polygon: LonLatPolygon?) -> [[Double]] {
    let corners = polygon?.exterior ?? []
    let step = max(1, corners.count / 40)
    return stride(from: 0, to: corners.count, by: step).map { [corners[$0].longitude, corners[$0].latitude] }
  }
}
