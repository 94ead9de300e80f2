internal import Engine
internal import Geo
internal import Raster

/// Gathers pixels of a strip until a block of them can be computed.
struct MeltBlock {
  private var balance: EnergyBalance
  private let settings: EnergyBalanceModule.Settings
  private let place: StripPlace
  private let targets: [UnsafeMutableBufferPointer<Float>]
  private var pixels = [Int](repeating: 0, count: EnergyBalance.block)
  private var count = 0
  /// Where the sun is looked for, where that is one place.
  private let position: (longitude: Double, latitude: Double)?
  /// The cell of weather that the pixels lie in: 0 for a station, nil outside a grid or before the first pixel.
  private var cell: Int?
  private var hasCell = false
  /// The weather of that cell; nil where there is none.
  private var weather: MeltWeather.Hours?
  /// The elevation that it is of, m.
  private(set) var elevation: Double

  init(
    _ settings: EnergyBalanceModule.Settings, _ place: StripPlace,
    _ targets: [UnsafeMutableBufferPointer<Float>]
  ) {
    balance = EnergyBalance(settings.site)
    self.settings = settings
    self.place = place
    self.targets = targets
    elevation = settings.site.elevation
    switch settings.sun {
    case .position(let latitude, let longitude): position = (longitude, latitude)
    case .centre: position = place.positions?.centre
    case .pixel: position = nil
    }
  }

  /// Makes ready the weather of a pixel; false where there is none.
  mutating func begin(_ index: Int) -> Bool {
    var own: Int? = 0
    if case .grid(let grid) = settings.weather {
      let at = pixelPosition(index)
      own = grid.cell(longitude: at.longitude, latitude: at.latitude)
    }
    if !hasCell || own != cell { change(to: own) }
    return weather != nil
  }

  private mutating func change(to own: Int?) {
    finish()
    (cell, hasCell) = (own, true)
    weather = own.flatMap { try? settings.hours(of: place.step, cell: $0) }
    if weather?.hours.isEmpty == true { weather = nil }
    guard case .grid(let grid) = settings.weather, let own, let ground = grid.elevation(of: own) else {
      return
    }
    guard ground.isFinite else {
      weather = nil
      return
    }
    guard ground != elevation else { return }
    var site = settings.site
    site.elevation = ground
    balance = EnergyBalance(site)
    elevation = ground
  }

  /// - Parameter aspect: from the south, positive to the west.
  mutating func add(_ index: Int, albedo: Double, elevation: Double, slope: Double, aspect: Double) {
    let at = position ?? pixelPosition(index)
    balance.set(
      EnergyBalance.Pixel(
        albedo: albedo, elevation: elevation, slope: slope, aspect: aspect, latitude: at.latitude,
        longitude: at.longitude), at: count)
    pixels[count] = index
    count += 1
    if count == EnergyBalance.block { finish() }
  }

  private func pixelPosition(_ index: Int) -> (longitude: Double, latitude: Double) {
    let pixel = place.start + index
    let (row, column) = pixel.quotientAndRemainder(dividingBy: max(1, place.window.width))
    return place.positions?.position(column: place.window.column + column, row: place.window.row + row) ?? (
      0, 0
    )
  }

  /// Computes what was gathered.
  mutating func finish() {
    guard count > 0, let weather else { return }
    // Of no consequence but for infinities in places that nobody reads.
    balance.repeatFirst(from: count)
    balance.begin()
    for hour in weather.hours { balance.add(hour, withFluxes: targets.count > 1) }
    // Without wind there is no sensible and no latent flux: the mean is that of the other hours.
    let windy = Double(weather.hours.count { $0.wind > 0 })
    for place in 0..<count {
      targets[0][pixels[place]] = Float(balance.melt(at: place) * weather.length)
      for (flux, target) in targets.dropFirst().enumerated() {
        let hours = flux < 2 ? Double(weather.hours.count) : windy
        target[pixels[place]] = hours > 0 ? Float(balance.sum(ofFlux: flux, at: place) / hours) : .nan
      }
    }
    count = 0
  }
}
