/// Loops over the observations of eight pixels side by side that lead to their geometric medians (see
/// `GeometricMedian` in Raster).
public enum MedianKernels {
  public typealias Lanes = SIMD8<Double>

  /// Up to how many bands a step is Newton's: beyond, the matrix of each costs more than it saves.
  private static let mostBandsOfNewton = 16
  /// Up to how many observations the way begins at the medians of the bands: to sort more costs more than it saves.
  private static let mostSorted = 32.0
  /// After so many of Newton's steps that led uphill a pixel goes on without them.
  private static let mostFailures = 8.0

  /// How many vectors of room `moveToMedians` needs.
  public static func room(dates: Int, bands: Int) -> Int {
    dates * (2 * bands + 2) + 4 * bands + bands * (bands + 1) / 2
  }

  /// Brings the observations of eight pixels, or fewer at the end, into lanes: those dates on which one of them counts.
  ///
  /// - Parameters:
  ///   - planes: from the first of the pixels on, date by date a plane of `pixels` values for each band.
  ///   - pixels: values of a plane, from one band to the next.
  ///   - lanes: how many pixels are wanted, 1...8; the other lanes hold none.
  ///   - dates: how many there are.
  ///   - bands: how many an observation has.
  ///   - observations: one after the other, each with its bands; 0 where they do not count.
  ///   - counts: of each, 1 where it counts, else 0.
  /// - Returns: how many there are.
  @inline(never)
  public static func gather(
    _ planes: UnsafePointer<Float>, pixels: Int, lanes: Int, dates: Int, bands: Int,
    into observations: UnsafeMutablePointer<Lanes>, counts: UnsafeMutablePointer<Lanes>
  ) -> Int {
    let (zero, one) = (Lanes(repeating: 0), Lanes(repeating: 1))
    var number = 0
    for date in 0..<dates {
      var count = one
      let target = observations + number * bands
      for band in 0..<bands {
        let source = planes + (date &* bands &+ band) &* pixels
        var values = Lanes(repeating: .nan)
        if lanes == 8 {
          for lane in 0..<8 { values[lane] = Double(source[lane]) }
        } else {
          for lane in 0..<lanes { values[lane] = Double(source[lane]) }
        }
        target[band] = values
        count.replace(with: zero, where: values .!= values)
      }
      let isCounted = count .> zero
      if !isCounted.hasAny { continue }
      if !isCounted.isWhole {
        for band in 0..<bands { target[band].replace(with: zero, where: .!isCounted) }
      }
      counts[number] = count
      number += 1
    }
    return number
  }

  /// Moves the centres of pixels to the medians of each band, the lower one of two, where few enough observations count.
  ///
  /// - Parameters:
  ///   - observations: one after the other, each with its bands.
  ///   - counts: of each observation, 1 where it counts, else 0.
  ///   - number: how many count; where it is less than 3, centres stay.
  ///   - centres: of each band.
  ///   - room: as many vectors as `observations`; what they hold does not matter.
  @inline(never)
  public static func startAtBandMedians(
    _ observations: UnsafeBufferPointer<Lanes>, counts: UnsafeBufferPointer<Lanes>, number: Lanes,
    centres: UnsafeMutableBufferPointer<Lanes>, room: UnsafeMutableBufferPointer<Lanes>
  ) {
    let (bands, dates) = (centres.count, counts.count)
    precondition(observations.count == bands * dates && room.count >= bands * dates)
    let isSorted = (number .> Lanes(repeating: 2)) .& (number .<= Lanes(repeating: mostSorted))
    guard let base = room.baseAddress, isSorted.hasAny else { return }
    for date in 0..<dates {
      let isLeftOut = counts[date] .== Lanes(repeating: 0)
      for place in (date &* bands)..<(date &* bands &+ bands) {
        base[place] = observations[place].replacing(with: Lanes(repeating: .infinity), where: isLeftOut)
      }
    }
    sort(base, rows: dates, bands: bands)
    for lane in 0..<8 where isSorted[lane] {
      let middle = base + (Int(number[lane]) &- 1) / 2 &* bands
      for band in 0..<bands { centres[band][lane] = middle[band][lane] }
    }
  }

  /// Sorts each lane of each band by merge exchange (Knuth, The Art of Computer Programming, volume 3, algorithm 5.2.2M):
  /// which rows are compared does not depend on what they hold.
  @inline(__always)
  private static func sort(_ values: UnsafeMutablePointer<Lanes>, rows: Int, bands: Int) {
    var top = 1
    while 2 &* top < rows { top &*= 2 }
    var width = rows > 1 ? top : 0
    while width > 0 {
      var (distance, remainder, merged) = (width, 0, top)
      while true {
        for row in 0..<max(rows &- distance, 0) where row & width == remainder {
          let (upper, lower) = (values + row &* bands, values + (row &+ distance) &* bands)
          for band in 0..<bands {
            let (first, second) = (upper[band], lower[band])
            let isSwapped = second .< first
            upper[band] = first.replacing(with: second, where: isSwapped)
            lower[band] = second.replacing(with: first, where: isSwapped)
          }
        }
        if merged == width { break }
        distance = merged &- width
        merged /= 2
        remainder = width
      }
      width /= 2
    }
  }

  /// Moves the centres of eight pixels to their geometric medians.
  ///
  /// The first step is Weiszfeld's, which costs no matrix. The others are Newton's for the sum of distances. Where that led uphill, it is taken back: the observation nearest to
  /// where it began is tried, which often is the median then, and after it Weiszfeld's step, which never leads uphill.
  /// Where a centre sits on observations, the step of Vardi and Zhang tells whether it stays. A pixel is done when its
  /// centre moves less than `eps`, or would move by a tenth of it in Newton's next step, as the last two tell; Newton's
  /// steps are never shorter than Weiszfeld's would be.
  ///
  /// - Parameters:
  ///   - observations: one after the other, each with its bands; anything finite where they do not count.
  ///   - counts: of each observation, 1 where it counts, else 0.
  ///   - centres: of each band: where to begin, and where it ended.
  ///   - room: `room(dates:bands:)` vectors; what they hold does not matter.
  ///   - isDone: lanes that are not to be moved.
  ///   - eps: how far the centre of a pixel that is done may still move, in the unit of the observations.
  ///   - most: how often the distances are computed at most.
  @inline(never)
  public static func moveToMedians(
    _ observations: UnsafeBufferPointer<Lanes>, counts: UnsafeBufferPointer<Lanes>,
    centres: UnsafeMutableBufferPointer<Lanes>, room: UnsafeMutableBufferPointer<Lanes>,
    isDone: SIMDMask<SIMD8<Int64>>, eps: Double, most: Int
  ) {
    let (bands, dates) = (centres.count, counts.count)
    precondition(observations.count == bands * dates && room.count >= Self.room(dates: dates, bands: bands))
    guard let base = room.baseAddress, bands > 0, dates > 0 else { return }
    let differences = base
    let scaled = differences + dates * bands
    let cubes = scaled + dates * bands
    let shares = cubes + dates
    let pull = shares + dates
    let step = pull + bands
    let fallback = step + bands
    let start = fallback + bands
    let matrix = start + bands

    let (zero, one) = (Lanes(repeating: 0), Lanes(repeating: 1))
    let nearest = Lanes(repeating: 1e-12)
    var isDone = isDone
    /// Where the last step may have led uphill.
    var isTried = SIMDMask<SIMD8<Int64>>(repeating: false)
    /// Where that step was one to an observation.
    var isObservation = isTried
    var (least, failures, closest) = (Lanes(repeating: .infinity), zero, zero)
    /// The length of the last step where it was Newton's, else 0.
    var before = zero

    for number in 0..<most {
      if isDone.isWhole { return }
      var (weights, there, sum) = (zero, zero, zero)
      var (shortest, place) = (Lanes(repeating: .infinity), zero)
      for date in 0..<dates {
        let first = date &* bands
        var squares = zero
        for band in 0..<bands {
          let difference = observations[first &+ band] - centres[band]
          differences[first &+ band] = difference
          squares += difference * difference
        }
        let inverse = inverseRoot(squares)
        let distance = squares * inverse
        let count = counts[date]
        let isFar = distance .> nearest
        let weight = zero.replacing(with: count * inverse, where: isFar)
        weights += weight
        sum += count * distance
        there += count.replacing(with: zero, where: isFar)
        let isShorter = (distance .< shortest) .& (count .> zero)
        shortest.replace(with: distance, where: isShorter)
        place.replace(with: Lanes(repeating: Double(date)), where: isShorter)
        shares[date] = weight
        cubes[date] = weight * weight * weight
      }
      // Band by band: a sum over dates then stays in a register.
      for band in 0..<bands {
        var (total, index) = (zero, band)
        for date in 0..<dates {
          let difference = differences[index]
          total += difference * shares[date]
          scaled[index] = difference * cubes[date]
          index &+= bands
        }
        pull[band] = total
      }

      // Steps that led uphill are taken back.
      let isUphill = isTried .& (sum .> least * (1 + 1e-14)) .& .!isDone
      let isFirst = isUphill .& .!isObservation
      isTried = SIMDMask(repeating: false)
      isObservation = isTried
      if isUphill.hasAny {
        failures.replace(with: failures + one, where: isFirst)
        before.replace(with: zero, where: isUphill)
        for band in 0..<bands { centres[band].replace(with: fallback[band], where: isUphill) }
        for lane in 0..<8 where isFirst[lane] {
          let first = Int(closest[lane]) &* bands
          for band in 0..<bands { centres[band][lane] = observations[first &+ band][lane] }
        }
        isTried = isFirst
        isObservation = isFirst
      }
      let isMoving = .!isUphill .& .!isDone
      if !isMoving.hasAny { continue }
      least.replace(with: sum, where: isMoving)
      closest.replace(with: place, where: isMoving)

      // The step of Weiszfeld, or of Vardi and Zhang.
      let isPulled = weights .> zero
      let divisor = one.replacing(with: weights, where: isPulled)
      var squares = zero
      for band in 0..<bands { squares += pull[band] * pull[band] }
      let strength = squares.squareRoot()
      let held = pointwiseMin(one, one.replacing(with: there / strength, where: strength .> zero))
      let share = (one - zero.replacing(with: held, where: there .> zero)) / divisor
      for band in 0..<bands {
        let move = zero.replacing(with: pull[band] * share, where: isPulled)
        step[band] = move
        fallback[band].replace(with: centres[band] + move, where: isMoving)
      }

      // Newton's step, where the centre sits on nothing.
      let isAllowed = SIMDMask<SIMD8<Int64>>(repeating: number > 0 && bands <= mostBandsOfNewton)
      var isNewton =
        isAllowed .& isMoving .& (there .== zero) .& isPulled
        .& (failures .< Lanes(repeating: mostFailures))
      if isNewton.hasAny {
        subtractProducts(
          scaled, differences, dates: dates, bands: bands, diagonal: weights, into: matrix)
        isNewton .&= solve(matrix, bands, pull, into: start, least: weights * 1e-9)
        for band in 0..<bands { step[band].replace(with: start[band], where: isNewton) }
        isTried .|= isNewton
      }

      squares = zero
      for band in 0..<bands {
        let move = step[band]
        squares += move * move
        centres[band].replace(with: centres[band] + move, where: isMoving)
      }
      let length = squares.squareRoot()
      // A first step that is short tells nothing, unless the centre stays.
      let limit = number == 0 && bands <= mostBandsOfNewton ? Double.leastNonzeroMagnitude : eps
      isDone .|= isMoving .& (length .< Lanes(repeating: limit))
      // Newton's steps become shorter with the square of the one before: when they do, the next one need not be taken
      // to know that it is short. That holds far from observations only: the sum of distances has a kink at each, over
      // which a step leads uphill. None is nearer than the reciprocal of the weights.
      isDone .|= isNewton .& (length .< 0.25 * before) .& (length * weights .< one * 0.25)
        .& (length * length * length .< 0.1 * eps * before * before)
      before.replace(with: zero.replacing(with: length, where: isNewton), where: isMoving)
    }
    // What was tried last and not looked at may lie uphill.
    for band in 0..<bands { centres[band].replace(with: fallback[band], where: isTried .& .!isDone) }
  }

  /// A diagonal less the products of two sets of vectors, summed over dates: row by row up to the diagonal.
  ///
  /// Four sums are taken side by side, so that none waits for the one before it.
  @inline(__always)
  private static func subtractProducts(
    _ a: UnsafeMutablePointer<Lanes>, _ b: UnsafeMutablePointer<Lanes>, dates: Int, bands: Int,
    diagonal: Lanes, into matrix: UnsafeMutablePointer<Lanes>
  ) {
    let zero = Lanes(repeating: 0)
    for row in stride(from: 0, to: bands, by: 2) {
      let nextRow = min(row &+ 1, bands &- 1)
      for column in stride(from: 0, through: row, by: 2) {
        let nextColumn = min(column &+ 1, bands &- 1)
        var (first, second, third, fourth) = (zero, zero, zero, zero)
        var (left, right) = (a, b)
        for _ in 0..<dates {
          let (upper, lower) = (left[row], left[nextRow])
          let (one, two) = (right[column], right[nextColumn])
          first += upper * one
          second += upper * two
          third += lower * one
          fourth += lower * two
          left += bands
          right += bands
        }
        let (own, next) = (row &* (row &+ 1) / 2, nextRow &* (nextRow &+ 1) / 2)
        matrix[own &+ column] = (row == column ? diagonal : zero) - first
        if nextColumn <= row { matrix[own &+ nextColumn] = (nextColumn == row ? diagonal : zero) - second }
        if nextRow > row {
          matrix[next &+ column] = zero - third
          if nextColumn <= nextRow {
            matrix[next &+ nextColumn] = (nextColumn == nextRow ? diagonal : zero) - fourth
          }
        }
      }
    }
  }

  /// 1 ÷ √x to the last digits of a Double, for numbers whose squares are finite; of 0 something finite.
  ///
  /// From an estimate by the bits of x, twice with an error to the third power and once to the second: a vector's square
  /// roots are otherwise taken one by one, and a division is as slow.
  @inline(__always)
  private static func inverseRoot(_ x: Lanes) -> Lanes {
    let bits =
      SIMD8<UInt64>(repeating: 0x5FE6_EB50_C7B5_37A9) &- (unsafeBitCast(x, to: SIMD8<UInt64>.self) &>> 1)
    var root = unsafeBitCast(bits, to: Lanes.self)
    for _ in 0..<2 {
      let error = 1 - x * root * root
      root += root * error * (0.5 + 0.375 * error)
    }
    return root + root * (0.5 - 0.5 * x * root * root)
  }

  /// Solves a symmetric system by its factors L·D·Lᵀ, which take its place.
  ///
  /// - Parameters:
  ///   - matrix: row by row up to the diagonal.
  ///   - least: what every number of D must be greater than.
  /// - Returns: where it is: elsewhere the solution means nothing.
  @inline(__always)
  private static func solve(
    _ matrix: UnsafeMutablePointer<Lanes>, _ size: Int, _ right: UnsafeMutablePointer<Lanes>,
    into solution: UnsafeMutablePointer<Lanes>, least: Lanes
  ) -> SIMDMask<SIMD8<Int64>> {
    var isSolved = SIMDMask<SIMD8<Int64>>(repeating: true)
    for row in 0..<size {
      let own = row &* (row &+ 1) / 2
      var diagonal = matrix[own &+ row]
      for column in 0..<row {
        let other = column &* (column &+ 1) / 2
        // The factor times its number of D, as long as columns before it are taken off.
        var value = matrix[own &+ column]
        for before in 0..<column { value -= matrix[own &+ before] * matrix[other &+ before] }
        matrix[own &+ column] = value
      }
      for column in 0..<row {
        let value = matrix[own &+ column]
        // The diagonal holds 1 / D.
        let factor = value * matrix[column &* (column &+ 1) / 2 &+ column]
        diagonal -= factor * value
        matrix[own &+ column] = factor
      }
      isSolved .&= diagonal .> least
      matrix[own &+ row] = Lanes(repeating: 1) / diagonal
      var value = right[row]
      for column in 0..<row { value -= matrix[own &+ column] * solution[column] }
      solution[row] = value
    }
    for row in 0..<size { solution[row] *= matrix[row &* (row &+ 1) / 2 &+ row] }
    for row in stride(from: size &- 1, to: 0, by: -1) {
      let own = row &* (row &+ 1) / 2
      for column in 0..<row { solution[column] -= matrix[own &+ column] * solution[row] }
    }
    return isSolved
  }
}

extension SIMDMask<SIMD8<Int64>> {
  /// Whether one lane at least is true. Halves are joined: the library's `any` looks at one lane after another.
  @inline(__always)
  fileprivate var hasAny: Bool {
    let lanes = unsafeBitCast(self, to: SIMD8<UInt64>.self)
    let four = lanes.lowHalf | lanes.highHalf
    let two = four.lowHalf | four.highHalf
    return two.x | two.y != 0
  }

  /// Whether every lane is true.
  @inline(__always)
  fileprivate var isWhole: Bool {
    let lanes = unsafeBitCast(self, to: SIMD8<UInt64>.self)
    let four = lanes.lowHalf & lanes.highHalf
    let two = four.lowHalf & four.highHalf
    return two.x & two.y != 0
  }
}
