internal import Geo
internal import Raster

extension LoadedBand {
  /// Brings what was read of a quality layer into integers that flags can be looked up in; pixels that have none count
  /// as uncovered.
  ///
  /// - Throws: when a number is no flags: not whole, or beyond 32 bits.
  func becomeFlags(_ band: String) throws {
    guard !format.type.isInteger || format.isStandIn else { return }
    coverMissing(format.isStandIn ? format.nodata ?? .nan : .nan)
    guard !format.type.isInteger else { return }
    let numbers = SamplePlane()
    numbers.reshape(type: .uint32, width: plane.width, height: plane.height)
    let fault =
      format.type == .float32
      ? Self.convert(plane.samples(as: Float.self), into: numbers.samples(as: UInt32.self))
      : Self.convert(plane.samples(as: Double.self), into: numbers.samples(as: UInt32.self))
    if let fault {
      throw CellFailure(
        "quality band \"\(band)\" holds \(fault) among its \(format.type.rawValue) numbers; flags and classes are whole "
          + "numbers of up to 32 bits")
    }
    plane.reshape(type: .uint32, width: numbers.width, height: numbers.height)
    plane.bytes.copyMemory(from: UnsafeRawBufferPointer(numbers.bytes))
    let nodata = format.nodata.flatMap { Int64(exactly: $0) }.map { Double(UInt32(truncatingIfNeeded: $0)) }
    format = BandFormat(type: .uint32, nodata: nodata, scale: 1, offset: 0)
  }

  /// Says of pixels of a window in which no scene lies that nothing covers them, also where a number stands for that.
  func uncover(_ window: PixelWindow, outside scenes: [TimeStepScene]) {
    let parts = scenes.map { $0.placement.map { $0.intersection(window) } ?? window }
    guard !parts.contains(window) else { return }
    var outside = [UInt8](repeating: 1, count: window.count)
    for part in parts.compactMap({ $0 }) {
      for row in part.row..<part.endRow {
        let start = (row - window.row) * window.width + part.column - window.column
        outside.replaceSubrange(start..<(start + part.width), with: repeatElement(0, count: part.width))
      }
    }
    startUncovered()
    let uncovered = uncovered.bytes8
    for (pixel, mark) in outside.enumerated() where mark != 0 { uncovered[pixel] = 1 }
  }

  private func startUncovered() {
    guard !hasUncovered else { return }
    uncovered.reshape(type: .uint8, width: plane.width, height: plane.height)
    uncovered.fill(0)
    hasUncovered = true
  }

  /// Says of missing pixels, which have a number that stands in for none, that nothing covers them.
  private func coverMissing(_ nodata: Double) {
    startUncovered()
    MissingSamples.find(in: plane, nodata: nodata, into: uncovered)
  }

  /// - Returns: the first number that is no flags.
  private static func convert<T: BinaryFloatingPoint>(
    _ samples: UnsafeMutableBufferPointer<T>, into numbers: UnsafeMutableBufferPointer<UInt32>
  ) -> String? {
    for (place, sample) in samples.enumerated() {
      if let number = UInt32(exactly: sample) {
        numbers[place] = number
      } else if let number = Int32(exactly: sample) {
        numbers[place] = UInt32(bitPattern: number)
      } else if sample.isNaN {
        numbers[place] = 0
      } else {
        return "\(sample)"
      }
    }
    return nil
  }
}
