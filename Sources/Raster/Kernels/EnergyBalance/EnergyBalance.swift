internal import Glibc
internal import Kernels
internal import KernelsAVX2
internal import KernelsAVX512

/// The energy balance of a melting surface after Brock and Arnold (2000), "A spreadsheet-based (Microsoft Excel) point
/// surface energy balance model for glacier and snow melt studies", Earth Surface Processes and Landforms 25, 649, as their
/// spreadsheet computes it.
///
/// What that has of its own is kept: 1.57 for π/2, the air pressure of the clear sky upside down, a reflection of the
/// terrain that lacks the incoming flux, no more than 25 rounds of the stability of the air, light winds left out.
public struct EnergyBalance: Sendable {
  /// What is measured at a station in one hour, and when.
  public struct Hour: Hashable, Sendable {
    /// Of the year, from 1.
    public var day: Double
    /// Of the station's clock, 0 to 24.
    public var hour: Double
    /// Incoming short-wave flux, W m⁻².
    public var shortwave: Double
    /// Pa.
    public var vapourPressure: Double
    /// °C, 2 m above the ground.
    public var temperature: Double
    /// m s⁻¹, 2 m above the ground.
    public var wind: Double

    public init(
      day: Double, hour: Double, shortwave: Double, vapourPressure: Double, temperature: Double, wind: Double
    ) {
      self.day = day
      self.hour = hour
      self.shortwave = shortwave
      self.vapourPressure = vapourPressure
      self.temperature = temperature
      self.wind = wind
    }
  }

  /// What is the same for all pixels and hours.
  public struct Site: Hashable, Sendable {
    /// Of the station, m.
    public var elevation: Double
    /// How much colder it is a metre higher, K m⁻¹.
    public var lapse = 0.0065
    /// Aerodynamic roughness of the surface, m.
    public var roughness = 0.005
    /// The longitude that the station's clock goes by, degrees east.
    public var referenceLongitude = 0.0
    /// Hours that the clock is ahead.
    public var summertime = 0.0
    /// The height of the sun, in degrees, below which light has no direction.
    public var lowestSun = 0.0
    /// Whether what the terrain reflects is multiplied with the incoming flux, which the spreadsheet forgot.
    public var correctsReflection = false

    public init(elevation: Double) { self.elevation = elevation }
  }

  /// One pixel. Angles in degrees; the aspect from the south, positive to the west.
  public struct Pixel: Hashable, Sendable {
    public var albedo: Double
    public var elevation: Double
    public var slope: Double
    public var aspect: Double
    public var latitude: Double
    public var longitude: Double

    public init(
      albedo: Double, elevation: Double, slope: Double = 0, aspect: Double = 0, latitude: Double,
      longitude: Double
    ) {
      self.albedo = albedo
      self.elevation = elevation
      self.slope = slope
      self.aspect = aspect
      self.latitude = latitude
      self.longitude = longitude
    }
  }

  /// mm of water in one hour of one W m⁻².
  public static let meltFactor = 0.0107784

  /// How many pixels go together.
  public static let block = Kernels.EnergyKernels.block

  private let site: Site
  private let lnRoughness: Double
  private let lnWind: Double
  /// By pixel and row, of the present block.
  private var pixels = [Double](
    repeating: 0, count: Kernels.EnergyKernels.pixelRows * Kernels.EnergyKernels.block)
  private var fluxes = [Double](
    repeating: 0, count: Kernels.EnergyKernels.fluxRows * Kernels.EnergyKernels.block)
  private var work = [Double](
    repeating: 0, count: Kernels.EnergyKernels.workRows * Kernels.EnergyKernels.block)
  /// Melt in mm, then the sums of the four fluxes, W m⁻² hours, each of a block of pixels.
  private var sums = [Double](
    repeating: 0, count: (Kernels.EnergyKernels.fluxRows + 1) * Kernels.EnergyKernels.block)

  public init(_ site: Site) {
    self.site = site
    lnRoughness = log(site.roughness)
    lnWind = log(2 / site.roughness)
  }

  private static let degree = Double.pi / 180

  /// Puts a pixel at a place of the block.
  public mutating func set(_ pixel: Pixel, at place: Int) {
    let block = EnergyBalance.block
    let (slope, aspect) = (pixel.slope * EnergyBalance.degree, pixel.aspect * EnergyBalance.degree)
    let half = (cos(slope / 2), sin(slope / 2))
    let (latitude, longitude) = (
      pixel.latitude * EnergyBalance.degree, pixel.longitude * EnergyBalance.degree
    )
    let isFlat = pixel.slope == 0
    func put(_ row: Int, _ value: Double) { pixels[row * block + place] = value }
    put(0, pixel.albedo)
    put(1, pixel.elevation)
    put(2, pow(0.75, 1 / (1 - 0.0001 * pixel.elevation)))
    put(3, isFlat ? 1 : cos(slope))
    put(4, isFlat ? 0 : sin(slope))
    put(5, isFlat ? 1 : cos(aspect))
    put(6, isFlat ? 0 : sin(aspect))
    put(7, half.0 * half.0)
    put(8, half.1 * half.1)
    put(9, sin(latitude))
    put(10, cos(latitude))
    put(11, cos(longitude))
    put(12, sin(longitude))
  }

  /// Fills the block from a place on with its first pixel.
  public mutating func repeatFirst(from place: Int) {
    for row in 0..<Kernels.EnergyKernels.pixelRows {
      let start = row * EnergyBalance.block
      for other in place..<EnergyBalance.block { pixels[start + other] = pixels[start] }
    }
  }

  /// Begins a new sum of hours.
  public mutating func begin() {
    for place in sums.indices { sums[place] = 0 }
  }

  /// The fluxes of an hour at a place of the block, W m⁻²: short-wave, long-wave, sensible, latent.
  public func fluxes(at place: Int) -> [Double] {
    (0..<Kernels.EnergyKernels.fluxRows).map { fluxes[$0 * EnergyBalance.block + place] }
  }

  /// The melt of the hours since `begin`, in mm of water, at a place of the block.
  public func melt(at place: Int) -> Double { sums[place] }

  /// The sum of a flux over the hours since `begin`, in W m⁻² times hours: 0 short-wave, 1 long-wave, 2 sensible, 3 latent.
  public func sum(ofFlux flux: Int, at place: Int) -> Double {
    sums[(flux + 1) * EnergyBalance.block + place]
  }

  /// Whether sensible and latent heat count in an hour, or are left out because the wind is light.
  public static func countsTurbulence(_ hour: Hour) -> Bool {
    let (wind, temperature) = (hour.wind, hour.temperature)
    let isLight =
      wind / temperature < 0.3 || abs(temperature) < 1.5 && wind < 1.5 || abs(temperature) < 2 && wind < 1
    return !(wind <= 2 && isLight)
  }

  /// Computes an hour over the block and adds it.
  ///
  /// - Parameters:
  ///   - hour: the moment and the weather at the station.
  ///   - withFluxes: whether sensible and latent flux are wanted where they do not count for the melt.
  public mutating func add(_ hour: Hour, withFluxes: Bool = true) {
    let degree = EnergyBalance.degree
    let dayAngle = hour.day / 365.25 * 360
    let equation = -0.128 * sin((dayAngle - 2.8) * degree) - 0.165 * sin((2 * dayAngle + 19.7) * degree)
    let clock = hour.hour - site.referenceLongitude / 15 + equation - site.summertime
    let turn = 2 * Double.pi * hour.day / 365
    let declination =
      (0.3948 - 23.2559 * cos(turn + 0.1582) - 0.3915 * cos(2 * turn + 0.0934)
        - 0.1764 * cos(3 * turn + 0.4539)) * degree
    let angle = 15 * (clock - 12) * degree
    let sun = [
      sin(declination), cos(declination), cos(angle), sin(angle),
      site.lowestSun > 0 ? sin(site.lowestSun * degree) : -2,
    ]
    let sky = [hour.shortwave, hour.temperature, site.elevation, site.lapse]
    let counts = EnergyBalance.countsTurbulence(hour)
    let air = [
      hour.temperature, hour.vapourPressure, hour.wind, site.elevation, site.lapse, lnRoughness, lnWind,
      log(2),
      site.roughness,
    ]
    run(sun: sun, sky: sky, air: counts || withFluxes ? air : nil, turbulence: counts ? 1 : 0)
  }

  private mutating func run(sun: [Double], sky: [Double], air: [Double]?, turbulence: Double) {
    EnergyBalance.run(
      pixels, sun, sky, air, reflection: site.correctsReflection ? 1 : 0, turbulence: turbulence, &work,
      &fluxes, &sums)
  }

  private static func run(
    _ pixels: [Double], _ sun: [Double], _ sky: [Double], _ air: [Double]?, reflection: Double,
    turbulence: Double, _ workRows: inout [Double], _ fluxRows: inout [Double], _ sumRows: inout [Double]
  ) {
    var work = workRows.mutableSpan
    var fluxes = fluxRows.mutableSpan
    var sums = sumRows.mutableSpan
    switch Processor.build {
    case .avx512:
      typealias Build = KernelsAVX512.EnergyKernels
      Build.radiation(pixels.span, sun: sun.span, weather: sky.span, reflection: reflection, into: &fluxes)
      if let air { Build.turbulence(pixels.span, weather: air.span, work: &work, into: &fluxes) }
      Build.add(fluxes.span, turbulence: turbulence, factor: meltFactor, to: &sums)
    case .avx2:
      typealias Build = KernelsAVX2.EnergyKernels
      Build.radiation(pixels.span, sun: sun.span, weather: sky.span, reflection: reflection, into: &fluxes)
      if let air { Build.turbulence(pixels.span, weather: air.span, work: &work, into: &fluxes) }
      Build.add(fluxes.span, turbulence: turbulence, factor: meltFactor, to: &sums)
    case .baseline:
      typealias Build = Kernels.EnergyKernels
      Build.radiation(pixels.span, sun: sun.span, weather: sky.span, reflection: reflection, into: &fluxes)
      if let air { Build.turbulence(pixels.span, weather: air.span, work: &work, into: &fluxes) }
      Build.add(fluxes.span, turbulence: turbulence, factor: meltFactor, to: &sums)
    }
  }
}
