public import Raster

/// How a band stores its numbers.
public struct BandFormat: Sendable {
  public let type: SampleType
  /// The number that means missing, as the type holds it; nil when every one counts. NaN is missing anyway.
  public let nodata: Double?
  public let scale: Double
  public let offset: Double
  /// Whether Float holds every number of the band. So do the numbers of a 16-bit file that were brought into 32 bits.
  public let fitsFloat: Bool
  /// Whether the number that means missing was chosen for want of one in the file: it says nothing but that nothing is
  /// there. NaN never says more.
  public let isStandIn: Bool

  /// - Parameters:
  ///   - type: the type the numbers are stored in.
  ///   - nodata: rounded to the precision of the type; one that no sample of the type can have says nothing.
  ///   - scale: what a stored number is multiplied with; 1 for none.
  ///   - offset: what is added after scaling, in the unit of the result; 0 for none.
  ///   - fitsFloat: nil for what the type tells.
  ///   - isStandIn: whether `nodata` was chosen for want of one in the file.
  public init(
    type: SampleType, nodata: Double?, scale: Double, offset: Double, fitsFloat: Bool? = nil,
    isStandIn: Bool = false
  ) {
    self.type = type
    // Floating-point files mark missing samples with NaN, whatever else they name.
    let held = nodata.flatMap { type.sample(ofNodata: $0) } ?? (type.isInteger ? nil : .nan)
    self.nodata = held.map { $0.isNaN ? .nan : $0 }
    self.scale = scale
    self.offset = offset
    self.fitsFloat = fitsFloat ?? type.fitsFloat
    self.isStandIn = isStandIn || held?.isNaN ?? false
  }

  /// What is left to be done to the samples that `load` gives: nothing where it has scaled them.
  var scaleAfterLoading: (scale: Double, offset: Double) { fitsFloat ? (scale, offset) : (1, 0) }

  /// Brings stored samples into Float, NaN where they are missing or rejected: as they are where Float holds them all,
  /// else as physical values, which are computed in Double.
  func load(
    _ plane: SamplePlane, start: Int, rejected: Span<UInt8>?, into output: inout MutableSpan<Float>
  ) {
    guard !fitsFloat else {
      return LoadSamples.load(plane, start: start, nodata: nodata, rejected: rejected, into: &output)
    }
    LoadSamples.loadValues(
      plane, start: start, nodata: nodata, scale: scale, offset: offset, rejected: rejected, into: &output)
  }
}

extension BandFormat: Hashable {
  /// Whether two bands store their numbers alike; NaN is one nodata value like another.
  public static func == (one: BandFormat, other: BandFormat) -> Bool {
    one.type == other.type && one.nodata?.bitPattern == other.nodata?.bitPattern && one.scale == other.scale
      && one.offset == other.offset && one.fitsFloat == other.fitsFloat
      && one.isStandIn == other.isStandIn
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    hasher.combine(nodata?.bitPattern)
    hasher.combine(scale)
    hasher.combine(offset)
    hasher.combine(fitsFloat)
    hasher.combine(isStandIn)
  }
}
