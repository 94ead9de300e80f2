import Foundation
import GDAL
import Geo
import Raster
import TestSupport

/// A raster in memory and what our warper makes of it on another grid.
struct WarpedField {
  let source: Grid
  let samples: [UInt16]
  static let nodata: UInt16 = 0

  /// A wavy field with a hole of missing pixels and missing ones along an edge.
  init(source: Grid) {
    self.source = source
    samples = (0..<(source.width * source.height)).map { place in
      let (column, row) = (place % source.width, place / source.width)
      let isHole = (20..<31).contains(column) && (40..<47).contains(row) || column + row < 25
      let wave = sin(Double(column) / 7) * cos(Double(row) / 5) * 3000
      return isHole ? Self.nodata : UInt16(8000 + wave + Double((column * 31 + row * 17) % 23) * 20)
    }
  }

  /// A function of map coordinates, without missing pixels.
  init(source: Grid, _ value: (_ x: Double, _ y: Double) -> Double) {
    self.source = source
    samples = (0..<(source.width * source.height)).map { place in
      let point = source.transform.map(
        column: Double(place % source.width) + 0.5, row: Double(place / source.width) + 0.5)
      return UInt16(value(point.x, point.y).rounded())
    }
  }

  func write(to path: String) throws {
    try GeoTIFFWriter.write(
      samples, to: path, grid: source,
      options: .init(type: .uint16, nodata: Double(Self.nodata), blockWidth: 64, blockHeight: 64))
  }

  /// Part of the source, as the warper takes it.
  func plane(_ window: PixelWindow) -> SamplePlane {
    let plane = SamplePlane()
    let (start, stride) = RasterWarper.frame(
      plane, type: .uint16, width: window.width, height: window.height, nodata: Double(Self.nodata))
    let target = plane.samples(as: UInt16.self)
    for row in 0..<window.height {
      for column in 0..<window.width {
        target[start + row * stride + column] =
          samples[(window.row + row) * source.width + window.column + column]
      }
    }
    return plane
  }

  /// The field on a grid, computed in windows of a size.
  ///
  /// - Parameter isCut: whether each window gets only the source pixels it needs.
  func warped(
    onto grid: Grid, _ resampling: Resampling, windows: (width: Int, height: Int), isCut: Bool = true
  ) throws -> [UInt16] {
    let mappings = SourceMappings(grid: grid)
    let survey = try mappings.survey(source)
    let mapping = try mappings.mapping(to: source, resampling: resampling, step: survey.step)
    let options = RasterWarper.Options(
      resampling: resampling, nodata: Double(Self.nodata), scaleX: survey.scaleX, scaleY: survey.scaleY)
    var result = [UInt16](repeating: Self.nodata, count: grid.width * grid.height)
    let layout = ChunkLayout(
      gridWidth: grid.width, gridHeight: grid.height, chunkWidth: windows.width, chunkHeight: windows.height)
    for number in 0..<layout.count {
      let window = layout.window(layout.index(number))
      var part = source.window
      if isCut {
        guard let needed = mapping.sourceWindow(for: window, options: options) else { continue }
        part = needed
      }
      let target = SamplePlane()
      try RasterWarper.warp(
        plane(part), first: (part.column, part.row), mapping: mapping, window: window, options: options,
        into: target)
      let values = target.samples(as: UInt16.self)
      for place in 0..<window.count {
        result[(window.row + place / window.width) * grid.width + window.column + place % window.width] =
          values[place]
      }
    }
    return result
  }

  /// The same by the `gdalwarp` command, with exact positions.
  func gdalwarp(
    onto grid: Grid, _ resampling: Resampling, folder: TemporaryFolder, options: [String] = []
  ) async throws -> [UInt16] {
    let (input, output) = (folder.file("in.tif"), folder.file("out.tif"))
    try write(to: input)
    let name =
      switch resampling {
      case .nearest: "near"
      case .cubicSpline: "cubicspline"
      case .q1: "Q1"
      case .q3: "Q3"
      default: resampling.rawValue
      }
    let bounds = grid.bounds
    try await Program(
      [
        "gdalwarp", "-q", "-overwrite", "-et", "0", "-r", name, "-t_srs", grid.crs.wkt, "-te",
        "\(bounds.minX)", "\(bounds.minY)", "\(bounds.maxX)", "\(bounds.maxY)", "-ts", "\(grid.width)",
        "\(grid.height)", "-wo", "UNIFIED_SRC_NODATA=YES",
      ] + options + [input, output]
    ).output()
    return try RasterDataset(opening: output).uint16(grid.window)
  }
}

/// How two results differ.
struct Differences: CustomStringConvertible {
  /// Valid in one, missing in the other.
  var validity = 0
  var values = 0
  var worst = 0
  private var sizes: [Int] = []
  var valid = 0

  /// - Parameter innerWidth: the width of both, to compare only pixels that have no missing neighbour; nil for all.
  init(_ one: [UInt16], _ other: [UInt16], innerWidth: Int? = nil) {
    for place in one.indices {
      if let width = innerWidth {
        let around = [-width - 1, -width, -width + 1, -1, 0, 1, width - 1, width, width + 1]
        let isInner = around.allSatisfy { step in
          one.indices.contains(place + step) && one[place + step] != 0 && other[place + step] != 0
        }
        guard isInner else { continue }
      }
      let (a, b) = (one[place], other[place])
      if a != 0 || b != 0 { valid += 1 }
      if (a == 0) != (b == 0) {
        validity += 1
      } else if a != b {
        values += 1
        sizes.append(abs(Int(a) - Int(b)))
        worst = max(worst, abs(Int(a) - Int(b)))
      }
    }
  }

  /// How many values differ by more.
  func beyond(_ size: Int) -> Int { sizes.filter { $0 > size }.count }

  var description: String { "\(valid) valid, validity \(validity), values \(values), worst \(worst)" }
}
