import Raster
import Testing

/// Against a plain computation of the same equations in Python.
@Suite struct EnergyBalanceTests {
  /// The published code's fixed hour: day 202, noon, 571 W m⁻², 900 Pa, 5.612 °C, 3.531 m s⁻¹ at 1020 m.
  private let noon = EnergyBalance.Hour(
    day: 202, hour: 12, shortwave: 571, vapourPressure: 900, temperature: 5.612, wind: 3.531)

  private func balance(_ pixels: [EnergyBalance.Pixel], _ site: EnergyBalance.Site) -> EnergyBalance {
    var balance = EnergyBalance(site)
    for (place, pixel) in pixels.enumerated() { balance.set(pixel, at: place) }
    balance.repeatFirst(from: pixels.count)
    balance.begin()
    return balance
  }

  private func pixel(_ albedo: Double, elevation: Double = 1020, slope: Double = 1, aspect: Double = 90)
    -> EnergyBalance.Pixel
  {
    EnergyBalance.Pixel(
      albedo: albedo, elevation: elevation, slope: slope, aspect: aspect, latitude: 67.0666, longitude: -49.38
    )
  }

  @Test func `an hour's melt and fluxes are those of the model`() {
    let albedos = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8]
    let melts = [5.785162225, 5.181779529, 4.276705480, 3.371631425, 2.466557365, 1.561483300]
    var balance = balance(albedos.map { pixel($0) }, .init(elevation: 1020))
    balance.add(noon)
    for (place, melt) in melts.enumerated() {
      #expect(abs(balance.melt(at: place) - melt) < 1e-8)
      let fluxes = balance.fluxes(at: place)
      #expect(abs(fluxes[1] + 61.966349) < 1e-6 && abs(fluxes[2] - 49.723708) < 1e-6)
      #expect(abs(fluxes[3] - 45.152708) < 1e-6)
    }
  }

  @Test func `hours add up, and none takes away what another melted`() {
    var balance = balance([pixel(0.35)], .init(elevation: 1020))
    balance.add(noon)
    let first = balance.melt(at: 0)
    var cold = noon
    (cold.shortwave, cold.temperature) = (0, -10)
    balance.add(cold)
    #expect(balance.melt(at: 0) == first)
    balance.add(noon)
    #expect(balance.melt(at: 0) == 2 * first)
  }

  @Test(
    arguments: [
      // wind, temperature, whether sensible and latent heat count
      (0, 3, false), (2, 0.5, true), (1.4, 1.4, false), (0.9, 1.9, false), (1.1, 1.9, true), (0.5, 3, false),
      (2.1, -5, true), (1.9, -5, false), (1, 0, false), (1.6, 0, true),
    ] as [(Double, Double, Bool)])
  func `light winds are left out as the spreadsheet leaves them out`(
    wind: Double, temperature: Double, counts: Bool
  ) {
    var hour = noon
    (hour.wind, hour.temperature) = (wind, temperature)
    #expect(EnergyBalance.countsTurbulence(hour) == counts)
    var balance = balance([pixel(0.35)], .init(elevation: 1020))
    balance.add(hour)
    #expect(balance.melt(at: 0).isFinite)
  }

  @Test func `it is colder higher up, and pixels do not depend on their neighbours`() {
    let pixels = (0..<200).map {
      pixel(0.2 + Double($0) / 400, elevation: 500 + Double($0) * 5, slope: Double($0 % 40))
    }
    var together = balance(pixels, .init(elevation: 1020))
    together.add(noon)
    for place in [0, 77, 199] {
      var alone = balance([pixels[place]], .init(elevation: 1020))
      alone.add(noon)
      #expect(alone.melt(at: 0) == together.melt(at: place))
    }
    var heights = balance(
      [pixel(0.35, elevation: 600), pixel(0.35, elevation: 1600)], .init(elevation: 1020))
    heights.add(noon)
    #expect(heights.melt(at: 0) > heights.melt(at: 1))
  }

  @Test func `below the lowest sun light comes from everywhere, and at night it has no direction`() {
    var low = noon
    (low.hour, low.shortwave) = (23.5, 30)
    func shortwave(_ aspect: Double, _ lowest: Double) -> Double {
      var site = EnergyBalance.Site(elevation: 1020)
      site.lowestSun = lowest
      var balance = balance([pixel(0.35, slope: 20, aspect: aspect)], site)
      balance.add(low)
      return balance.fluxes(at: 0)[0]
    }
    #expect(shortwave(90, 0) != shortwave(-90, 0))
    #expect(shortwave(90, 60) == shortwave(-90, 60))
    // In January the sun is down all day.
    low.day = 10
    #expect(shortwave(90, 0) == shortwave(-90, 0) && shortwave(90, 0).isFinite)
  }

  @Test func `the terrain's reflection may be corrected`() {
    var corrected = EnergyBalance.Site(elevation: 1020)
    corrected.correctsReflection = true
    var (one, other) = (
      balance([pixel(0.35, slope: 30)], .init(elevation: 1020)), balance([pixel(0.35, slope: 30)], corrected)
    )
    one.add(noon)
    other.add(noon)
    let difference = other.fluxes(at: 0)[0] - one.fluxes(at: 0)[0]
    #expect(difference > 1 && difference < 10)
  }
}
