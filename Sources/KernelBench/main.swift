// Nanoseconds a pixel of the loops that a run consists of: for whoever changes one of them.
//   scripts/bench kernels                        on this processor
//   APUS_SIMD=avx2 scripts/bench kernels         as on one without AVX-512
//   APUS_SIMD=baseline scripts/bench kernels     as on one without AVX2

import Raster
import Storage

let watch = Stopwatch()
let samples = Samples()
let count = Samples.count
let index = samples.index
print("kernels built as \(Processor.build)")

var output = [Float](repeating: 0, count: count)
watch.measure("quality test by bits", pixels: count) {
  QualityTest(anyOf: 0x99).apply(to: samples.quality, into: samples.rejected)
}
watch.measure("load with nodata and mask", pixels: count) {
  var span = output.mutableSpan
  LoadSamples.load(
    samples.red, start: 0, nodata: 0, rejected: samples.rejected.samples(as: UInt8.self).span, into: &span)
}
watch.measure("normalised difference", pixels: count) {
  samples.redValues.withUnsafeBufferPointer { red in
    samples.nirValues.withUnsafeBufferPointer { nir in
      var span = output.mutableSpan
      NormalizedDifference.compute(
        LinearSamples(nir, scale: 0.0000275, offset: -0.2),
        LinearSamples(red, scale: 0.0000275, offset: -0.2),
        into: &span)
    }
  }
}
let stored = UnsafeBufferPointer(samples.red.samples(as: UInt16.self))
let marks = UnsafeBufferPointer(samples.rejected.samples(as: UInt8.self))
watch.measure("normalised difference of stored samples, with mask", pixels: count) {
  let band = StoredSamples(stored, missing: 0, rejected: marks, scale: 0.0000275, offset: -0.2)
  var span = output.mutableSpan
  _ = NormalizedDifference.compute(band, band, into: &span)
}
var sums = [Double](repeating: 0, count: count)
var counts = [UInt16](repeating: 0, count: count)
watch.measure("running mean, one date", pixels: count) {
  var sumSpan = sums.mutableSpan
  var countSpan = counts.mutableSpan
  RunningMean.add(index.span, step: 0x1p-40, to: &sumSpan, counts: &countSpan)
}
watch.measure("means of sums", pixels: count) {
  var span = output.mutableSpan
  sums.withUnsafeBufferPointer { sums in
    counts.withUnsafeBufferPointer { RunningMean.means(sums: sums.span, counts: $0.span, into: &span) }
  }
}
let dates = 11
let stack = Array(repeatElement(index, count: dates).joined())
watch.measure("median of \(dates) dates", pixels: count) {
  var medians = output.mutableSpan
  var countSpan = counts.mutableSpan
  Median.medians(of: stack.span, count: dates, into: &medians, counts: &countSpan)
}
var statistics = SampleStatistics(range: -1...1)
watch.measure("statistics", pixels: count) {
  index.withUnsafeBufferPointer { statistics.add($0) }
}
var whole = SampleStatistics(range: 0...4096)
let numbers = index.map { $0.isNaN ? Float(7) : 8 }
watch.measure("statistics of counts", pixels: count) {
  numbers.withUnsafeBufferPointer { whole.add($0) }
}
var packed = [Int16](repeating: 0, count: count)
watch.measure("pack to int16", pixels: count) {
  var span = packed.mutableSpan
  _ = PackSamples.pack(index.span, scale: 0.0001, offset: 0, into: &span)
}
var restored = [UInt16](repeating: 0, count: count)
watch.measure("undo horizontal differencing, uint16", pixels: count) {
  samples.differences.withUnsafeBytes { differences in
    restored.withUnsafeMutableBytes { restored in
      HorizontalDifferences.integrate(
        differences, differencesStride: 2 * Samples.side, skip: 0, into: restored,
        samplesStride: 2 * Samples.side, width: Samples.side, height: Samples.side)
    }
  }
}

/// A copy with room behind it, as the inflater wants it.
func padded(_ bytes: [UInt8]) -> UnsafeMutableRawBufferPointer {
  let copy = UnsafeMutableRawBufferPointer.allocate(
    byteCount: bytes.count + PairInflater.slack, alignment: 64)
  copy.copyBytes(from: bytes)
  return copy
}

let codec = ChunkCodec()
try samples.differences.withUnsafeBytes { differences in
  let block = try codec.encode(differences, elementSize: 1, level: 6)
  watch.measure("inflate a block of uint16 differences", pixels: count) {
    _ = try? codec.decode(block, elementSize: 1, expectedBytes: 2 * count)
  }
  let inflater = PairInflater()
  let packed = UnsafeRawBufferPointer(padded(block))
  let unpacked = (0..<2).map { _ in
    UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * count + PairInflater.slack, alignment: 64)
  }
  watch.measure("inflate two such blocks at once", pixels: 2 * count) {
    let parts = unpacked.map {
      PairInflater.Part(
        packed: UnsafeRawBufferPointer(rebasing: packed[..<block.count]),
        unpacked: UnsafeMutableRawBufferPointer(rebasing: $0[..<(2 * count)]))
    }
    precondition(inflater.unpack(parts[0], parts[1]) == (true, true))
  }
}
try index.withUnsafeBytes { bytes in
  for level in [1, 4] {
    watch.measure("shuffle and deflate float32, level \(level)", pixels: count) {
      _ = try? codec.encode(bytes, elementSize: 4, level: level)
    }
  }
  let chunk = try codec.encode(bytes, elementSize: 4, level: 1)
  watch.measure("inflate and unshuffle float32", pixels: count) {
    _ = try? codec.decode(chunk, elementSize: 4, expectedBytes: 4 * count)
  }
  watch.measure("checksum (CRC-32) of float32", pixels: count) { _ = Checksum.crc32(bytes) }
}
