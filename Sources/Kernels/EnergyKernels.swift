/// The surface energy balance of one hour over blocks of pixels, in Double (see `EnergyBalance` in Raster, which says
/// where the formulas come from).
///
/// Pixels and results are rows of `block` numbers in one piece of memory. Logarithm and power are formulas of their own,
/// so that loops over pixels have no calls in them.
public enum EnergyKernels {
  /// How many pixels go together.
  public static let block = 256
  /// What is known of pixels, row by row: albedo, elevation, transmissivity of the clear sky, cosine and sine of the
  /// slope, cosine and sine of the aspect, cos² and sin² of half the slope, sine and cosine of the latitude, cosine and
  /// sine of the longitude east of the hour's meridian.
  public static let pixelRows = 13
  /// Net short-wave, net long-wave, sensible and latent flux, W m⁻².
  public static let fluxRows = 4
  public static let workRows = 9

  /// Net short-wave and long-wave flux.
  ///
  /// - Parameters:
  ///   - pixels: `pixelRows` rows of `block` numbers.
  ///   - sun: sine and cosine of the declination, cosine and sine of the hour angle at the hour's meridian, the sine of
  ///     the lowest sun whose light has a direction.
  ///   - weather: incoming short-wave flux, air temperature at the station, the station's elevation, the lapse rate.
  ///   - reflection: 1 to multiply what the terrain reflects with the incoming flux, 0 to leave it as the model has it.
  ///   - fluxes: `fluxRows` rows of `block` numbers: the first two, net short-wave and long-wave flux in W m⁻², are
  ///     filled.
  @inline(never)
  public static func radiation(
    _ pixels: Span<Double>, sun: Span<Double>, weather: Span<Double>, reflection: Double,
    into fluxes: inout MutableSpan<Double>
  ) {
    precondition(pixels.count == pixelRows * block && fluxes.count == fluxRows * block)
    precondition(sun.count == 5 && weather.count == 4)
    let (sinDeclination, cosDeclination, cosHour, sinHour) = (sun[0], sun[1], sun[2], sun[3])
    let lowest = sun[4]
    let (incoming, station, stationElevation, lapse) = (weather[0], weather[1], weather[2], weather[3])
    let reflected = reflection * incoming + (1 - reflection)
    for pixel in 0..<block {
      let albedo = pixels[pixel]
      let elevation = pixels[block + pixel]
      let transmissivity = pixels[2 * block + pixel]
      let (cosSlope, sinSlope) = (pixels[3 * block + pixel], pixels[4 * block + pixel])
      let (cosAspect, sinAspect) = (pixels[5 * block + pixel], pixels[6 * block + pixel])
      let (sky, terrain) = (pixels[7 * block + pixel], pixels[8 * block + pixel])
      let (sinLatitude, cosLatitude) = (pixels[9 * block + pixel], pixels[10 * block + pixel])
      let (cosEast, sinEast) = (pixels[11 * block + pixel], pixels[12 * block + pixel])
      // The sun: altitude and azimuth, 0 in the south and positive in the west.
      let cosAngle = cosHour * cosEast - sinHour * sinEast
      let sinAngle = sinHour * cosEast + cosHour * sinEast
      let sinAltitude = sinLatitude * sinDeclination + cosLatitude * cosDeclination * cosAngle
      let cosAltitude = max(0, 1 - sinAltitude * sinAltitude).squareRoot()
      let raw = (sinLatitude * sinAltitude - sinDeclination) / (cosLatitude * cosAltitude)
      let cosAzimuth = raw > 1 ? 1 : raw < -1 ? -1 : raw
      let sine = max(0, 1 - cosAzimuth * cosAzimuth).squareRoot()
      let sinAzimuth = cosDeclination * sinAngle / cosAltitude < 0 ? -sine : sine
      // 1.57 is the model's π/2.
      let clear =
        1368 * transmissivity * (cosAlmostRight * cosAltitude + sinAlmostRight * sinAltitude)
      let share = 1 - incoming / clear
      let cloud = share > 1 ? 1 : share
      let positive = cloud < 0 ? 0 : cloud
      let usual = cloud > 0.8 ? 0.8 : 0.65 * positive + 0.15
      let diffuse = sinAltitude < lowest ? 1 : usual
      let beam = (1 - diffuse) * incoming / sinAltitude
      let facing =
        sinAltitude * cosSlope + cosAltitude * sinSlope * (cosAzimuth * cosAspect + sinAzimuth * sinAspect)
      let direct = sinAltitude > 0 ? beam * facing : 0
      fluxes[pixel] =
        (1 - albedo) * direct + (1 - albedo) * (diffuse * (incoming * sky + albedo * terrain * reflected))
      let kelvin = station - lapse * (elevation - stationElevation) + 273.16
      let emissivity = (1 + 0.26 * positive) * (8.733e-3 * exponential(0.788 * logarithm(kelvin)))
      let squared = kelvin * kelvin
      fluxes[block + pixel] = emissivity * 5.7e-8 * (squared * squared) - 316
    }
  }

  private static let cosAlmostRight = 0.0007963267107332633
  private static let sinAlmostRight = 0.9999996829318346

  /// Sensible and latent flux, by at most 25 rounds of Monin and Obukhov's length.
  ///
  /// - Parameters:
  ///   - pixels: `pixelRows` rows of `block` numbers.
  ///   - weather: air temperature at the station, vapour pressure, wind, the station's elevation, the lapse rate, ln of
  ///     the roughness, ln(2 / roughness), ln 2, the roughness.
  ///   - work: `workRows` rows of `block` numbers, room to work in.
  ///   - fluxes: `fluxRows` rows of `block` numbers: the last two, sensible and latent flux in W m⁻², are filled.
  @inline(never)
  public static func turbulence(
    _ pixels: Span<Double>, weather: Span<Double>, work: inout MutableSpan<Double>,
    into fluxes: inout MutableSpan<Double>
  ) {
    precondition(pixels.count == pixelRows * block && fluxes.count == fluxRows * block)
    precondition(work.count == workRows * block && weather.count == 9)
    let (station, vapour, wind, stationElevation, lapse) = (
      weather[0], weather[1], weather[2], weather[3], weather[4]
    )
    let (lnRoughness, lnWind, lnHeight, roughness) = (weather[5], weather[6], weather[7], weather[8])
    let firstFriction = 0.4 * wind / lnWind
    let firstReynolds = logarithm(firstFriction * roughness / 1.461e-5)
    let firstHeat = lnRoughness + 0.317 - 0.565 * firstReynolds - 0.183 * (firstReynolds * firstReynolds)
    for pixel in 0..<block {
      let elevation = pixels[block + pixel]
      let temperature = station - lapse * (elevation - stationElevation)
      let pressure = 100_000 * (1 - 0.0001 * elevation)
      let excess = vapour - 45 * ((elevation - stationElevation) * lapse) - 610.8
      let capacity = 1004.67 * (1 + 0.84 * (vapour / pressure))
      let sensibleTop = 1.225 * capacity * 0.16 * wind * temperature
      let kelvin = temperature + 273.16
      work[pixel] = sensibleTop
      work[block + pixel] = 1.225 * 0.622 * 2.5e6 * 0.16 * wind * (excess / pressure)
      // The part of Monin and Obukhov's length that stays.
      work[2 * block + pixel] = 1.225 * ((kelvin + 273.16) / 2) * capacity / (0.4 * 9.81)
      work[3 * block + pixel] = sensibleTop / (lnWind * (lnHeight - firstHeat))
      work[4 * block + pixel] = .nan
      work[5 * block + pixel] = firstFriction
      work[6 * block + pixel] = 0
      work[7 * block + pixel] = 1
    }
    let perViscosity = roughness / 1.461e-5
    let slowed = 0.4 * wind
    for _ in 0..<25 {
      for pixel in 0..<block {
        let (sensible, friction) = (work[3 * block + pixel], work[5 * block + pixel])
        let (length, previous) = (work[6 * block + pixel], work[7 * block + pixel])
        // What is no number ends the rounds too.
        let isOpen = abs(length - previous) > 0.001
        let next = work[2 * block + pixel] * (friction * friction * friction) / sensible
        let reynolds = logarithm(friction * perViscosity)
        let heat = lnRoughness + 0.317 - 0.565 * reynolds - 0.183 * (reynolds * reynolds)
        let stability = 5 * (2 / next)
        let stable = lnWind + stability
        let warmed = lnHeight - heat + stability
        // Divisions are what the loop costs: one serves flux and friction, and the latent flux waits for the last round.
        let inverse = 1 / (stable * warmed)
        work[3 * block + pixel] = isOpen ? work[pixel] * inverse : sensible
        work[4 * block + pixel] = isOpen ? reynolds : work[4 * block + pixel]
        work[5 * block + pixel] = isOpen ? slowed * (warmed * inverse) : friction
        work[6 * block + pixel] = isOpen ? next : length
        work[7 * block + pixel] = isOpen ? length : previous
        work[8 * block + pixel] = isOpen ? 1 : 0
      }
      // In a loop of its own: the one above would not be vectorised with it.
      var open: UInt64 = 0
      for pixel in 0..<block { open |= work[8 * block + pixel].bitPattern }
      if open == 0 { break }
    }
    for pixel in 0..<block {
      // Of the last round that was open.
      let reynolds = work[4 * block + pixel]
      let moisture = lnRoughness + 0.396 - 0.512 * reynolds - 0.180 * (reynolds * reynolds)
      let stability = 5 * (2 / work[6 * block + pixel])
      fluxes[2 * block + pixel] = work[3 * block + pixel]
      fluxes[3 * block + pixel] =
        work[block + pixel] / ((lnWind + stability) * (lnHeight - moisture + stability))
    }
  }

  /// Adds an hour's melt, never less than none, and its fluxes.
  ///
  /// - Parameters:
  ///   - fluxes: the hour's, `fluxRows` rows of `block` numbers in W m⁻².
  ///   - turbulence: 1 where sensible and latent heat count, 0 where the wind is too light for them.
  ///   - factor: mm of water of one W m⁻².
  ///   - sums: melt in mm of water, then the four fluxes in W m⁻² times hours: `fluxRows` + 1 rows of `block` numbers.
  @inline(never)
  public static func add(
    _ fluxes: Span<Double>, turbulence: Double, factor: Double, to sums: inout MutableSpan<Double>
  ) {
    precondition(fluxes.count == fluxRows * block && sums.count == (fluxRows + 1) * block)
    for pixel in 0..<block {
      let (sensible, latent) = (fluxes[2 * block + pixel], fluxes[3 * block + pixel])
      let shortwave = fluxes[pixel] * factor
      let longwave = fluxes[block + pixel] * factor
      let heat = turbulence == 0 ? 0 : sensible * factor
      let moisture = turbulence == 0 ? 0 : latent * factor
      let total = shortwave + longwave + heat + moisture
      sums[pixel] = sums[pixel] + (total < 0 ? 0 : total)
      sums[block + pixel] = sums[block + pixel] + fluxes[pixel]
      sums[2 * block + pixel] = sums[2 * block + pixel] + fluxes[block + pixel]
      sums[3 * block + pixel] = sums[3 * block + pixel] + (sensible == sensible ? sensible : 0)
      sums[4 * block + pixel] = sums[4 * block + pixel] + (latent == latent ? latent : 0)
    }
  }

  /// The natural logarithm, after FreeBSD's `e_log.c` (Sun Microsystems 1993): its error is below one unit of the last
  /// place. -∞ for 0, not a number below.
  @inline(__always)
  static func logarithm(_ x: Double) -> Double {
    let bits = x.bitPattern
    // 1 or 0: whether the fraction is above √2, and goes with the next power of two.
    let high = (bits & 0x000F_FFFF_FFFF_FFFF) &+ 0x0009_5F62_0000_0000
    let carry = (high >> 52) & 1
    let fraction = Double(bitPattern: (bits & 0x000F_FFFF_FFFF_FFFF) | ((1023 &- carry) << 52))
    // The power as a number, without a conversion: 2⁵² in front.
    let power = Double(bitPattern: ((bits >> 52) &+ carry) | 0x4330_0000_0000_0000) - (0x1p52 + 1023)
    let f = fraction - 1
    let s = f / (2 + f)
    let z = s * s
    let w = z * z
    let odd = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
    let even =
      z
      * (0.6666666666666735130
        + w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591)))
    let half = 0.5 * f * f
    let value =
      power * 6.93147180369123816490e-01
      - ((half - (s * (half + (odd + even)) + power * 1.90821492927058770002e-10)) - f)
    let isPositive = x > 0 && x < .infinity
    return isPositive ? value : x == 0 ? -.infinity : x == .infinity ? x : .nan
  }

  /// e to the power of a number between -700 and 700, to the last digits.
  @inline(__always)
  static func exponential(_ x: Double) -> Double {
    // Rounds to a whole number of powers of two, which ends up in the last bits.
    let shifted = x * 1.44269504088896338700 + 0x1.8p52
    let power = shifted - 0x1.8p52
    let r = (x - power * 6.93147180369123816490e-01) - power * 1.90821492927058770002e-10
    var sum = 1.0 / 6_227_020_800
    sum = sum * r + 1.0 / 479_001_600
    sum = sum * r + 1.0 / 39_916_800
    sum = sum * r + 1.0 / 3_628_800
    sum = sum * r + 1.0 / 362_880
    sum = sum * r + 1.0 / 40_320
    sum = sum * r + 1.0 / 5040
    sum = sum * r + 1.0 / 720
    sum = sum * r + 1.0 / 120
    sum = sum * r + 1.0 / 24
    sum = sum * r + 1.0 / 6
    sum = sum * r + 0.5
    sum = sum * r + 1
    sum = sum * r + 1
    return sum * Double(bitPattern: ((shifted.bitPattern & 0x7FF) &+ 1023) << 52)
  }
}
