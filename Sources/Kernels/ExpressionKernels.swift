/// The instructions of a compiled expression, each over a run of pixels (see `ExpressionProgram` in Raster).
///
/// Values are Double. NaN is missing, and so is an infinity: what is not finite in an operand must not become a
/// finite number in the result. `x - x` is 0 for a finite x and NaN for any other, so adding it to a result
/// carries a missing operand on without a branch. Logical values are 1 and 0.
///
/// The result never shares memory with an operand: the loops would not be vectorised then.
public enum ExpressionKernels {
  // MARK: Reading and writing

  /// `sample · scale + offset` in Double.
  @inline(never)
  public static func load(
    _ samples: Span<Float>, scale: Double, offset: Double, into result: inout MutableSpan<Double>
  ) {
    let count = result.count
    precondition(samples.count == count)
    for index in 0..<count { result[index] = Double(samples[index]) * scale + offset }
  }

  /// Rounds to Float; NaN where the rounded number is not finite.
  @inline(never)
  public static func store(_ values: Span<Double>, into output: inout MutableSpan<Float>) {
    let count = output.count
    precondition(values.count == count)
    for index in 0..<count {
      let value = Float(values[index])
      output[index] = value - value == 0 ? value : .nan
    }
  }

  /// 1 for true, 0 for false, 255 for missing.
  @inline(never)
  public static func storeFlags(_ values: Span<Double>, into output: inout MutableSpan<UInt8>) {
    let count = output.count
    precondition(values.count == count)
    for index in 0..<count {
      let value = values[index]
      let flag: UInt8 = value == 0 ? 0 : 1
      output[index] = value - value == 0 ? flag : 255
    }
  }

  // MARK: Arithmetic

  @inline(never)
  public static func negate(_ a: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, &result) { -$0 }
  }

  @inline(never)
  public static func add(_ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, b, &result) { $0 + $1 }
  }

  @inline(never)
  public static func subtract(_ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, b, &result) { $0 - $1 }
  }

  @inline(never)
  public static func multiply(_ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, b, &result) { $0 * $1 }
  }

  @inline(never)
  public static func divide(_ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>) {
    // A number divided by an infinity would be 0.
    map(a, b, &result) { $0 / $1 + ($1 - $1) }
  }

  // MARK: Functions

  @inline(never)
  public static func absolute(_ a: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, &result) { abs($0) }
  }

  @inline(never)
  public static func squareRoot(_ a: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, &result) { $0.squareRoot() }
  }

  @inline(never)
  public static func floor(_ a: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, &result) { $0.rounded(.down) }
  }

  @inline(never)
  public static func ceil(_ a: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, &result) { $0.rounded(.up) }
  }

  @inline(never)
  public static func round(_ a: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, &result) { $0.rounded(.toNearestOrEven) }
  }

  @inline(never)
  public static func sign(_ a: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, &result) { ($0 > 0 ? 1 : 0) - ($0 < 0 ? 1 : 0) + ($0 - $0) }
  }

  @inline(never)
  public static func minimum(_ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, b, &result) { ($0 < $1 ? $0 : $1) + (($0 - $0) + ($1 - $1)) }
  }

  @inline(never)
  public static func maximum(_ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, b, &result) { ($0 > $1 ? $0 : $1) + (($0 - $0) + ($1 - $1)) }
  }

  // MARK: Comparisons

  @inline(never)
  public static func less(_ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, b, &result) { ($0 < $1 ? 1 : 0) + (($0 - $0) + ($1 - $1)) }
  }

  @inline(never)
  public static func lessOrEqual(_ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, b, &result) { ($0 <= $1 ? 1 : 0) + (($0 - $0) + ($1 - $1)) }
  }

  @inline(never)
  public static func equal(_ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, b, &result) { ($0 == $1 ? 1 : 0) + (($0 - $0) + ($1 - $1)) }
  }

  @inline(never)
  public static func notEqual(_ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, b, &result) { ($0 == $1 ? 0 : 1) + (($0 - $0) + ($1 - $1)) }
  }

  // MARK: Logic

  @inline(never)
  public static func not(_ a: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, &result) { 1 - $0 }
  }

  @inline(never)
  public static func and(_ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, b, &result) { $0 * $1 }
  }

  @inline(never)
  public static func or(_ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, b, &result) { $0 + $1 - $0 * $1 }
  }

  // MARK: Choices

  /// `b` where the condition `a` is true, `c` where it is false.
  @inline(never)
  public static func choose(
    _ a: Span<Double>, _ b: Span<Double>, _ c: Span<Double>, _ result: inout MutableSpan<Double>
  ) {
    let count = result.count
    precondition(a.count == count && b.count == count && c.count == count)
    for index in 0..<count {
      let (condition, yes, no) = (a[index], b[index], c[index])
      result[index] = (condition == 0 ? no : yes) + (condition - condition)
    }
  }

  /// 1 where there is a value, 0 where it is missing.
  @inline(never)
  public static func valid(_ a: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, &result) { $0 - $0 == 0 ? 1 : 0 }
  }

  /// `a`, or `b` where `a` is missing.
  @inline(never)
  public static func coalesce(_ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>) {
    map(a, b, &result) { $0 - $0 == 0 ? $0 : $1 }
  }

  // MARK: Loops

  @inline(__always)
  private static func map(
    _ a: Span<Double>, _ result: inout MutableSpan<Double>, _ body: (Double) -> Double
  ) {
    let count = result.count
    precondition(a.count == count)
    for index in 0..<count { result[index] = body(a[index]) }
  }

  @inline(__always)
  private static func map(
    _ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>,
    _ body: (Double, Double) -> Double
  ) {
    let count = result.count
    precondition(a.count == count && b.count == count)
    for index in 0..<count { result[index] = body(a[index], b[index]) }
  }
}
