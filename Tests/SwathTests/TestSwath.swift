import Foundation
import Geo

@testable import Swath

/// A swath whose positions are known: lines across a great circle, curved on any map.
struct TestSwath {
  let lines: Int
  let columns: Int
  var longitudes: [Double]
  var latitudes: [Double]

  /// - Parameters:
  ///   - centre: where its middle is, in degrees.
  ///   - heading: degrees from north.
  ///   - spacing: metres between pixels.
  init(
    lines: Int, columns: Int, centre: (longitude: Double, latitude: Double), heading: Double = 12,
    spacing: Double = 5000, jitter: Double = 0.2
  ) {
    (self.lines, self.columns) = (lines, columns)
    (longitudes, latitudes) = ([], [])
    var state: UInt64 = 42
    func random() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53) - 0.5
    }
    let (lon, lat, course) = (radians(centre.longitude), radians(centre.latitude), radians(heading))
    let up = SIMD3(cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat))
    let east = SIMD3(-sin(lon), cos(lon), 0)
    let north = SIMD3(-sin(lat) * cos(lon), -sin(lat) * sin(lon), cos(lat))
    let along = east * sin(course) + north * cos(course)
    let across = east * cos(course) - north * sin(course)
    for line in 0..<lines {
      for column in 0..<columns {
        // Pixels grow towards the ends of a line.
        let offset = Double(column) - Double(columns - 1) / 2
        let x = (offset * (1 + abs(offset) / Double(columns)) + jitter * random()) * spacing / Sphere.radius
        let y = (Double(line) - Double(lines - 1) / 2 + jitter * random()) * spacing / Sphere.radius
        let middle = up * cos(y) + along * sin(y)
        let point = middle * cos(x) + across * sin(x)
        longitudes.append(atan2(point.y, point.x) * 180 / .pi)
        latitudes.append(asin(max(-1, min(1, point.z))) * 180 / .pi)
      }
    }
  }

  var survey: SwathSurvey {
    let (surveyor, strip) = (SwathSurveyor(lines: lines, columns: columns), SwathStrip())
    for first in stride(from: 0, to: lines, by: SwathSurvey.block) {
      read(first..<min(lines, first + SwathSurvey.block), strip)
      surveyor.add(strip)
    }
    return surveyor.finish()
  }

  func read(_ part: Range<Int>, _ strip: SwathStrip) {
    strip.load(lines: part, columns: columns) { (longitudes, latitudes) in
      for index in longitudes.indices {
        longitudes[index] = self.longitudes[part.lowerBound * columns + index]
        latitudes[index] = self.latitudes[part.lowerBound * columns + index]
      }
    }
  }

  func nearest(_ cells: TargetCells, _ survey: SwathSurvey? = nil) -> NearestPixels {
    let found = NearestPixels(cells)
    found.add(survey ?? self.survey, swath: 0, strip: SwathStrip(), read: read)
    return found
  }

  /// The pixel of each place by looking at all of them: the nearest that reaches it, the first of equals.
  func nearest(longitudes: [Double], latitudes: [Double], reaches: [Double]) -> [Int] {
    let pixels = zip(self.longitudes, self.latitudes).map(vector)
    return zip(longitudes, latitudes).map { place in
      let cell = vector(place.0, place.1)
      var best = (pixel: -1, square: Double.infinity)
      for (pixel, point) in pixels.enumerated() {
        let square = ((point - cell) * (point - cell)).sum()
        guard square < best.square,
          2 * Sphere.radius * asin(square.squareRoot() / 2) <= reaches[pixel % columns]
        else { continue }
        best = (pixel, square)
      }
      return best.pixel
    }
  }

  private func vector(_ longitude: Double, _ latitude: Double) -> SIMD3<Double> {
    let (lon, lat) = (radians(longitude), radians(latitude))
    return SIMD3(cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat))
  }
}

func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }

/// A grid of parallels and meridians.
struct LonLatGrid {
  let transform: Geo.AffineTransform
  let width: Int
  let height: Int

  init(west: Double, north: Double, step: Double, width: Int, height: Int) {
    transform = Geo.AffineTransform(originX: west, originY: north, pixelWidth: step, pixelHeight: -step)
    (self.width, self.height) = (width, height)
  }

  var window: PixelWindow { PixelWindow(column: 0, row: 0, width: width, height: height) }

  func centres(_ window: PixelWindow) -> (longitudes: [Double], latitudes: [Double]) {
    var result: (longitudes: [Double], latitudes: [Double]) = ([], [])
    for row in window.row..<window.endRow {
      for column in window.column..<window.endColumn {
        result.longitudes.append(transform.originX + (Double(column) + 0.5) * transform.pixelWidth)
        result.latitudes.append(transform.originY + (Double(row) + 0.5) * transform.pixelHeight)
      }
    }
    return result
  }
}
