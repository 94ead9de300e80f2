internal import Engine
internal import Geo

extension SequencePlan {
  /// Samples under the grid, two bytes each: what the usual archives store. Of granules all numbers of the bands, and their
  /// longitudes and latitudes twice: to find where their pixels lie, and to bring these onto the grid.
  var bytesRead: Int {
    let bytes = windowsRead.reduce(0) { $0 + Double($1.window.count) * $1.bytesPerPixel }
    return Int(min(bytes, 1e18))
  }

  /// The same by chunk.
  var bytesByChunk: [Double] {
    // Most scenes of an archive lie alike.
    var (windows, places) = ([(window: PixelWindow, bytesPerPixel: Double)](), [PixelWindow: Int]())
    for read in windowsRead {
      if let place = places[read.window] {
        windows[place].bytesPerPixel += read.bytesPerPixel
      } else {
        places[read.window] = windows.count
        windows.append(read)
      }
    }
    var bytes = Array(repeating: 0.0, count: layout.count)
    for read in windows {
      for chunk in layout.chunks(in: read.window) {
        let shared = layout.window(layout.index(chunk)).intersection(read.window)
        bytes[chunk] += Double(shared?.count ?? 0) * read.bytesPerPixel
      }
    }
    return bytes
  }

  /// What is read of each file: a window of the grid, and bytes for each of its pixels.
  private var windowsRead: [(window: PixelWindow, bytesPerPixel: Double)] {
    let pixels = Double(max(grid.window.count, 1))
    return timeSteps.flatMap(\.scenes).flatMap { scene in
      let positions = scene.bands.lazy.compactMap { $0.file?.swath?.positionBytes }.first
      let files = scene.bands.compactMap { band -> (window: PixelWindow, bytesPerPixel: Double)? in
        if let swath = band.file?.swath {
          return (grid.window, swath.isMaskOnly ? 0 : Double(swath.bytes) / pixels)
        }
        guard
          let window = (band.file?.placement ?? scene.placement ?? grid.window)
            .intersection(grid.window)
        else { return nil }
        let each = band.file?.warp.map { warp in
          warp.overviewFactor >= 2 ? 4 : warp.sourcePixelsPerPixel
        }
        return (window, 2 * (each ?? 1))
      }
      return (positions.map { [(grid.window, Double(2 * $0) / pixels)] } ?? []) + files
    }
  }

  /// Requests to servers: each file's header, and for each chunk what it needs of each file under it.
  var requests: Int {
    var count = 0
    for file in timeSteps.flatMap(\.scenes).flatMap({ $0.bands.compactMap(\.file) })
    where file.path.contains("://") && !file.path.hasPrefix("file:") {
      count += 1
      guard let window = file.placement.intersection(grid.window) else { continue }
      count += layout.chunks(in: window).count
    }
    return count
  }
}
