import Raster
import Testing

@Suite struct QualityTestTests {
  private static let everyValue = (0...UInt16.max).map { $0 }

  @Test(arguments: [0x0001, 0x0099, 0x8000, 0x00FF, 0xFFFF, 0x0000] as [UInt16])
  func `any of rejects every value with one of the bits set`(bits: UInt16) {
    let test = QualityTest(anyOf: UInt64(bits))
    let rejected = SamplePlane()
    test.apply(to: plane(Self.everyValue, width: 256), into: rejected)
    #expect(rejected.width == 256 && rejected.height == 256 && rejected.type == .uint8)
    let wrong = zip(Self.everyValue, rejected.samples(as: UInt8.self)).filter { value, answer in
      answer != (value & bits != 0 ? 1 : 0) || test.rejects(UInt64(value)) != (answer == 1)
    }
    #expect(wrong.isEmpty)
  }

  @Test(arguments: [0x0001, 0x3FFF, 0x8000, 0xFFFF, 0x0000] as [UInt16])
  func `not all of rejects every value that lacks one of the bits`(bits: UInt16) {
    let test = QualityTest(notAllOf: UInt64(bits))
    let rejected = SamplePlane()
    test.apply(to: plane(Self.everyValue, width: 256), into: rejected)
    let wrong = zip(Self.everyValue, rejected.samples(as: UInt8.self)).filter { value, answer in
      answer != (value & bits == bits ? 0 : 1) || test.rejects(UInt64(value)) != (answer == 1)
    }
    #expect(wrong.isEmpty)
  }

  @Test func `numbers below zero are below every threshold above it`() {
    let test = QualityTest([.atLeast(20), .values([0xFFFE], mask: .max)])
    let (layer, rejected) = (SamplePlane(), SamplePlane())
    layer.reshape(type: .int16, width: 5, height: 1)
    for (place, value) in [Int16(-1), -2, 19, 20, 3000].enumerated() {
      layer.samples(as: Int16.self)[place] = value
    }
    test.apply(to: layer, into: rejected)
    #expect(Array(rejected.samples(as: UInt8.self)) == [0, 1, 0, 1, 1])
  }

  @Test func `negative numbers are found in signed layers, and in unsigned ones there are none`() {
    let rejected = SamplePlane()
    for (rule, expected) in [
      (QualityRule.numbers([-2, 20]), [0, 1, 0, 1, 0] as [UInt8]),
      (.notNumbers([-1, 3000]), [0, 1, 1, 1, 0]),
    ] {
      let layer = SamplePlane()
      layer.reshape(type: .int16, width: 5, height: 1)
      for (place, value) in [Int16(-1), -2, 19, 20, 3000].enumerated() {
        layer.samples(as: Int16.self)[place] = value
      }
      QualityTest([rule]).apply(to: layer, into: rejected)
      #expect(Array(rejected.samples(as: UInt8.self)) == expected)
    }
    QualityTest([.numbers([-2])]).apply(to: plane([0xFFFE, 5] as [UInt16], width: 2), into: rejected)
    #expect(Array(rejected.samples(as: UInt8.self)) == [0, 0])
  }

  @Test func `a table rejects what its closure rejects`() {
    let test = QualityTest { $0 % 11 == 3 || $0 > 60_000 }
    let rejected = SamplePlane()
    test.apply(to: plane(Self.everyValue, width: 256), into: rejected)
    let wrong = zip(Self.everyValue, rejected.samples(as: UInt8.self)).filter { value, answer in
      answer != (value % 11 == 3 || value > 60_000 ? 1 : 0)
    }
    #expect(wrong.isEmpty)
  }

  @Test func `byte layers are tested like wide ones`() {
    let bytes = (0...UInt8.max).map { $0 }
    let rejected = SamplePlane()
    for test in [QualityTest(anyOf: 0x0A), QualityTest(notAllOf: 0x0A), QualityTest { $0 == 3 || $0 == 255 }]
    {
      test.apply(to: plane(bytes, width: 16), into: rejected)
      #expect(
        zip(bytes, rejected.samples(as: UInt8.self)).allSatisfy { test.rejects(UInt64($0)) == ($1 == 1) })
    }
  }

  @Test func `a byte layer never has bits above the eighth`() {
    let bytes = (0...UInt8.max).map { $0 }
    let rejected = SamplePlane()
    QualityTest(notAllOf: 0x0101).apply(to: plane(bytes, width: 16), into: rejected)
    #expect(rejected.samples(as: UInt8.self).allSatisfy { $0 == 1 })
    QualityTest(anyOf: 0x0100).apply(to: plane(bytes, width: 16), into: rejected)
    #expect(rejected.samples(as: UInt8.self).allSatisfy { $0 == 0 })
  }

  @Test func `signed layers are read as bit patterns`() {
    let rejected = SamplePlane()
    QualityTest(anyOf: 0x8000).apply(to: plane([-1, 0, 5, Int16.min], width: 4), into: rejected)
    #expect(Array(rejected.samples(as: UInt8.self)) == [1, 0, 0, 1])
  }

  @Test(arguments: [SampleType.uint32, .int32])
  func `layers of32 bits are tested over all their bits`(type: SampleType) {
    var values: [UInt32] = [0, 70_000, 70_001]
    for bit in UInt32(0)..<32 { values += [1 << bit, ~(1 << bit), .max << bit] }
    let rules: [[QualityRule]] = [
      [.anyOf(1 << 31)], [.notAllOf(1 << 20 | 1)], [.values([70_000, 3], mask: .max)],
      [.notValues([0, 2 << 30], mask: 3 << 30)], [.anyOf(1 << 17), .values([1 << 12], mask: 0xF << 12)],
    ]
    let rejected = SamplePlane()
    for rules in rules {
      let layer = SamplePlane()
      layer.reshape(type: type, width: values.count, height: 1)
      _ = layer.samples(as: UInt32.self).update(fromContentsOf: values)
      QualityTest(rules).apply(to: layer, into: rejected)
      let right = values.map { value in rules.contains { $0.rejects(UInt64(value)) } ? UInt8(1) : 0 }
      #expect(Array(rejected.samples(as: UInt8.self)) == right)
      #expect(right.contains(0) && right.contains(1))
    }
  }

  @Test func `bits beyond a layers own are never set`() {
    let rejected = SamplePlane()
    QualityTest(anyOf: 1 << 16 | 1).apply(to: plane(Self.everyValue, width: 256), into: rejected)
    #expect(zip(Self.everyValue, rejected.samples(as: UInt8.self)).allSatisfy { $0 & 1 == UInt16($1) })
    QualityTest(notAllOf: 1 << 16 | 1).apply(to: plane(Self.everyValue, width: 256), into: rejected)
    #expect(rejected.samples(as: UInt8.self).allSatisfy { $0 == 1 })
  }

  @Test func `thresholds compare numbers with their sign and their fraction, flags their bits`() {
    let below = QualityTest([.below(4)])
    #expect(
      below.rejects(-1, pattern: 255) && below.rejects(3.5, pattern: nil) && !below.rejects(5, pattern: 5))
    let least = QualityTest([.atLeast(0.2)])
    #expect(
      !least.rejects(0, pattern: 0) && !least.rejects(0.1, pattern: nil) && least.rejects(0.25, pattern: nil))
    let flags = QualityTest(anyOf: 0b10)
    #expect(flags.rejects(2, pattern: 2) && !flags.rejects(1, pattern: 1) && flags.rejects(1.5, pattern: nil))
    let both = QualityTest([.atLeast(3), .anyOf(1)])
    #expect(both.rejects(5, pattern: 5) && both.rejects(1, pattern: 1) && !both.rejects(2, pattern: 2))
    #expect(both.rejects(0.5, pattern: nil), "no flag")
  }
}
