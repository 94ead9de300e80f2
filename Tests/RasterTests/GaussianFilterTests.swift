import Geo
import Raster
import Testing

@Suite struct GaussianFilterTests {
  private static let modes: [GaussianFilter.EdgeMode] = [.reflect, .mirror, .nearest, .wrap, .constant(2.5)]

  /// Smooths a part of a grid of which only what the filter asks for is given, and a little more.
  private func smooth(
    _ grid: [Float], width: Int, with filter: GaussianFilter, window: PixelWindow? = nil, beyond: Int = 0
  ) -> [Float] {
    let height = grid.count / width
    let whole = PixelWindow(column: 0, row: 0, width: width, height: height)
    let window = window ?? whole
    let needed = filter.source(for: window, gridWidth: width, gridHeight: height)
    #expect(whole.contains(needed))
    let covered = needed.grown(by: beyond).intersection(whole) ?? needed
    var samples: [Float] = []
    for row in covered.row..<covered.endRow {
      samples += grid[(row * width + covered.column)..<(row * width + covered.endColumn)]
    }
    return filled(window.count, with: -99) {
      filter.apply(
        to: samples.span, covering: covered, gridWidth: width, gridHeight: height, window: window, into: &$0)
    }
  }

  // MARK: scipy

  private struct Case: Sendable {
    let edge: GaussianFilter.EdgeMode
    let sigma: (y: Double, x: Double)
    let truncate: Double
    let values: [Float]
  }

  /// Five rows of six pixels.
  private static let grid: [Float] = (0..<30).map { (pixel: Int) -> Float in
    let (row, column) = (pixel / 6, pixel % 6)
    let whole: Int = (row * 7 + column * column * 3) % 11
    return Float(whole) + Float(row) * 0.5
  }

  /// Computed beforehand with scipy.ndimage.gaussian_filter in float64; radii from 0 to several times the grid.
  private static let cases: [Case] = [
    Case(
      edge: .reflect, sigma: (1.2, 0.8), truncate: 4,
      values: [
        3.6935956478118896, 4.595078945159912, 4.333192348480225, 4.043012619018555, 4.512413501739502,
        6.1630120277404785, 5.15372371673584, 5.692739486694336, 5.155544757843018, 4.608794212341309,
        4.663543701171875, 5.5364789962768555, 6.662557125091553, 6.405559539794922, 5.576581954956055,
        5.315344333648682, 5.444368839263916, 5.595588207244873, 7.832221984863281, 6.978785514831543,
        5.755897521972656, 5.6232075691223145, 6.480953693389893, 6.518109321594238, 8.521153450012207,
        7.7782769203186035, 6.2301025390625, 5.703735828399658, 7.194521903991699, 7.231904029846191,
      ]),
    Case(
      edge: .reflect, sigma: (3, 5), truncate: 4,
      values: [
        5.558894157409668, 5.557938098907471, 5.5563154220581055, 5.554437160491943, 5.552825927734375,
        5.5519256591796875, 5.6667633056640625, 5.665342330932617, 5.662919998168945, 5.660118579864502,
        5.6577067375183105, 5.656346321105957, 5.841324329376221, 5.83915901184082, 5.8354573249816895,
        5.831180572509766, 5.827487468719482, 5.8253912925720215, 6.015838623046875, 6.012941837310791,
        6.00798225402832, 6.002254962921143, 5.997302532196045, 5.994483470916748, 6.12363338470459,
        6.120291233062744, 6.114566326141357, 6.107956886291504, 6.102237701416016, 6.098978519439697,
      ]),
    Case(
      edge: .mirror, sigma: (1.2, 0.8), truncate: 4,
      values: [
        5.796699523925781, 6.081656455993652, 5.344686031341553, 4.194525241851807, 4.044266700744629,
        4.668232440948486, 6.15628719329834, 6.284353256225586, 5.528879642486572, 4.605827331542969,
        4.410379886627197, 4.78664493560791, 6.783982753753662, 6.44730806350708, 5.579838752746582,
        5.288071632385254, 5.361834526062012, 5.459042072296143, 7.419833660125732, 6.593778133392334,
        5.41665506362915, 5.518157482147217, 6.303496837615967, 6.550668239593506, 7.769625186920166,
        6.772173881530762, 5.390810966491699, 5.494116306304932, 6.678581714630127, 7.096567153930664,
      ]),
    Case(
      edge: .mirror, sigma: (3, 5), truncate: 4,
      values: [
        5.653556823730469, 5.652532577514648, 5.6497931480407715, 5.6464314460754395, 5.643702983856201,
        5.642673015594482, 5.672266483306885, 5.671263217926025, 5.668579578399658, 5.665286540985107,
        5.662614345550537, 5.661604881286621, 5.71757698059082, 5.716622352600098, 5.714073657989502,
        5.710946559906006, 5.708409786224365, 5.707449436187744, 5.76284646987915, 5.761940956115723,
        5.75952672958374, 5.756565570831299, 5.75416374206543, 5.753252029418945, 5.781574726104736,
        5.780689716339111, 5.778332233428955, 5.775439739227295, 5.773094654083252, 5.77220344543457,
      ]),
    Case(
      edge: .nearest, sigma: (1.2, 0.8), truncate: 4,
      values: [
        2.9398837089538574, 3.929429292678833, 3.8804056644439697, 4.048969268798828, 4.764949321746826,
        6.6011152267456055, 4.99280309677124, 5.5807881355285645, 5.081358432769775, 4.614889144897461,
        4.710558891296387, 5.64231014251709, 6.643867015838623, 6.40183162689209, 5.576434135437012,
        5.318269729614258, 5.45155143737793, 5.605317115783691, 7.845198631286621, 7.049352169036865,
        5.8267903327941895, 5.647274971008301, 6.515498638153076, 6.48557710647583, 8.53060245513916,
        8.207671165466309, 6.645867347717285, 5.832255840301514, 7.408062934875488, 7.159700870513916,
      ]),
    Case(
      edge: .nearest, sigma: (3, 5), truncate: 4,
      values: [
        4.405829429626465, 4.679738521575928, 4.977100372314453, 5.289063930511475, 5.605202674865723,
        5.914527416229248, 5.0630903244018555, 5.23857307434082, 5.430200099945068, 5.632529258728027,
        5.838944435119629, 6.042281627655029, 5.730839729309082, 5.814535617828369, 5.907059669494629,
        6.00609827041626, 6.108593463897705, 6.211008548736572, 6.34355354309082, 6.351293087005615,
        6.360989570617676, 6.372867584228516, 6.386850357055664, 6.402529239654541, 6.850650310516357,
        6.802920341491699, 6.751020908355713, 6.696977615356445, 6.6429643630981445, 6.59104061126709,
      ]),
    Case(
      edge: .wrap, sigma: (1.2, 0.8), truncate: 4,
      values: [
        5.995765209197998, 6.126037120819092, 5.2953877449035645, 4.676821708679199, 5.425657749176025,
        6.089029788970947, 5.898789405822754, 6.279907703399658, 5.545419692993164, 4.811767101287842,
        4.929322719573975, 5.496533393859863, 6.41593599319458, 6.3845343589782715, 5.576172828674316,
        5.315752983093262, 5.465394020080566, 5.842209339141846, 6.952007293701172, 6.38320255279541,
        5.365877628326416, 5.420379638671875, 6.2235894203186035, 6.693202972412109, 6.696721076965332,
        6.296023845672607, 5.268901348114014, 5.06893253326416, 6.232572078704834, 6.82814884185791,
      ]),
    Case(
      edge: .wrap, sigma: (3, 5), truncate: 4,
      values: [
        5.83280611038208, 5.832780361175537, 5.832761764526367, 5.832761764526367, 5.832752227783203,
        5.832795143127441, 5.832449436187744, 5.832423686981201, 5.832405090332031, 5.832405090332031,
        5.832395553588867, 5.8324384689331055, 5.8333635330200195, 5.833337306976318, 5.833319187164307,
        5.833318710327148, 5.833309173583984, 5.833352088928223, 5.834277153015137, 5.8342509269714355,
        5.834232807159424, 5.834232330322266, 5.83422327041626, 5.834266185760498, 5.833920478820801,
        5.8338942527771, 5.833876132965088, 5.83387565612793, 5.833866596221924, 5.833909511566162,
      ]),
    Case(
      edge: .constant(2.5), sigma: (1.2, 0.8), truncate: 4,
      values: [
        3.3853096961975098, 4.137216091156006, 3.9076132774353027, 3.5795774459838867,
        3.7260193824768066, 4.1080708503723145, 4.596578121185303, 5.586563587188721, 5.08134651184082,
        4.470059871673584, 4.346890926361084, 4.353646755218506, 5.561722278594971, 6.209060192108154,
        5.489851474761963, 5.2360453605651855, 5.247673988342285, 4.69002103805542, 5.977385997772217,
        6.236883163452148, 5.2908711433410645, 5.281087875366211, 5.8779778480529785, 5.159542083740234,
        5.422917366027832, 5.747238636016846, 4.841503143310547, 4.605810165405273, 5.460158824920654,
        4.8562164306640625,
      ]),
    Case(
      edge: .constant(2.5), sigma: (3, 5), truncate: 4,
      values: [
        3.1017813682556152, 3.144681930541992, 3.1668593883514404, 3.166099786758423,
        3.1425094604492188, 3.098492383956909, 3.231168508529663, 3.28179669380188, 3.3071370124816895,
        3.3046629428863525, 3.274667978286743, 3.2202072143554688, 3.310295581817627, 3.365164041519165,
        3.3919267654418945, 3.387918710708618, 3.3535971641540527, 3.2924561500549316,
        3.3187901973724365, 3.373337984085083, 3.3994345664978027, 3.394483804702759, 3.359041452407837,
        3.2967119216918945, 3.253842830657959, 3.303500175476074, 3.326937437057495, 3.321824789047241,
        3.2887299060821533, 3.231015682220459,
      ]),
    Case(
      edge: .reflect, sigma: (0, 1), truncate: 2.5,
      values: [
        0.9687293171882629, 1.740246295928955, 2.5912599563598633, 3.8933968544006348,
        5.555795669555664, 7.250572204589844, 8.419965744018555, 8.597421646118164, 6.786036491394043,
        3.698620319366455, 2.698620319366455, 3.799335479736328, 4.968729496002197, 5.740246295928955,
        6.542496204376221, 7.250572204589844, 6.299335479736328, 4.198620319366455, 8.520681381225586,
        5.496706485748291, 3.7340848445892334, 4.442160606384277, 6.055795669555664, 7.750572204589844,
        8.919965744018555, 9.146184921264648, 7.88009786605835, 6.861019134521484, 7.636937141418457,
        7.555795669555664,
      ]),
    Case(
      edge: .reflect, sigma: (0, 0.1), truncate: 4,
      values: [
        0.0, 3.0, 1.0, 5.0, 4.0, 9.0, 7.5, 10.5, 8.5, 1.5, 0.5, 5.5, 4.0, 7.0, 5.0, 9.0, 8.0, 2.0, 11.5,
        3.5, 1.5, 5.5, 4.5, 9.5, 8.0, 11.0, 9.0, 2.0, 12.0, 6.0,
      ]),
  ]

  @Test(arguments: Self.cases.indices)
  func `Without missing pixels the values are scipy's`(index: Int) {
    let given = Self.cases[index]
    for missing in GaussianFilter.MissingRule.allCases {
      let filter = GaussianFilter(
        sigma: given.sigma, truncate: given.truncate, edge: given.edge, missing: missing)
      let found = smooth(Self.grid, width: 6, with: filter)
      for (pixel, value) in given.values.enumerated() {
        #expect(abs(found[pixel] - value) <= abs(value) * 1.2e-7, "pixel \(pixel), \(missing)")
      }
    }
  }

  @Test func `The radius is scipy's`() {
    #expect(GaussianFilter.radius(sigma: 0.1, truncate: 4) == 0)
    #expect(GaussianFilter.radius(sigma: 0.124, truncate: 4) == 0)
    #expect(GaussianFilter.radius(sigma: 0.125, truncate: 4) == 1)
    #expect(GaussianFilter.radius(sigma: 2.5, truncate: 4) == 10)
    #expect(GaussianFilter.radius(sigma: 3, truncate: 1.1) == 3)
    for (sigma, truncate) in [(-1, 4), (1, -4), (.nan, 4), (.infinity, 4), (1e9, 4)] as [(Double, Double)] {
      #expect(GaussianFilter.radius(sigma: sigma, truncate: truncate) == nil)
    }
    let filter = GaussianFilter(sigma: (2.5, 0.1))
    #expect(filter.radius == (10, 0))
  }

  @Test func `A sigma under an eighth changes nothing`() {
    let values = floats(60, in: -1...1, seed: 5)
    for missing in GaussianFilter.MissingRule.allCases {
      let filter = GaussianFilter(sigma: (0.1, 0.1), missing: missing)
      #expect(same(smooth(values, width: 10, with: filter), values))
    }
  }

  // MARK: A plain reference

  /// The weighted sums over all neighbours one by one, with the edges spelled out.
  private func reference(
    _ grid: [Float], width: Int, sigma: (y: Double, x: Double), edge: GaussianFilter.EdgeMode,
    missing: GaussianFilter.MissingRule
  ) -> [Float] {
    let height = grid.count / width
    func line(_ count: Int) -> [Int?] {
      let forth = Array(0..<count)
      let pattern: [Int?] =
        switch edge {
        case .reflect: forth + forth.reversed()
        case .mirror: count == 1 ? [0] : forth + forth.dropFirst().dropLast().reversed()
        case .wrap: forth
        case .nearest, .constant: []
        }
      return (-100..<(count + 100)).map { index in
        switch edge {
        case .nearest: min(max(index, 0), count - 1)
        case .constant: forth.contains(index) ? index : nil
        default: pattern[(index + 1000 * pattern.count) % pattern.count]
        }
      }
    }
    func weight(_ distance: Int, _ sigma: Double) -> Double {
      sigma == 0 ? 1 : pow2(-Double(distance * distance) / (2 * sigma * sigma))
    }
    let (rows, columns) = (line(height), line(width))
    let (ry, rx) = (Int(4 * sigma.y + 0.5), Int(4 * sigma.x + 0.5))
    var cval = 0.0
    if case .constant(let value) = edge { cval = value }
    return grid.indices.map { pixel in
      var (sum, weights, all) = (0.0, 0.0, 0.0)
      for dy in -ry...ry {
        for dx in -rx...rx {
          let weight = weight(dy, sigma.y) * weight(dx, sigma.x)
          var value = cval
          if let row = rows[pixel / width + dy + 100], let column = columns[pixel % width + dx + 100] {
            value = Double(grid[row * width + column])
          }
          all += weight
          guard !value.isNaN || missing == .propagate else { continue }
          sum += weight * value
          weights += weight
        }
      }
      if missing == .propagate { return Float(sum / all) }
      return weights == 0 || (missing == .normalise && grid[pixel].isNaN) ? .nan : Float(sum / weights)
    }
  }

  /// e to the power of a number that is not positive, without a library of C: (1 + x/2ⁿ) squared n times is too coarse,
  /// so the series of a 256th of it is.
  private func pow2(_ x: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    for number in 1..<20 {
      term *= x / 256 / Double(number)
      sum += term
    }
    return (0..<8).reduce(sum) { value, _ in value * value }
  }

  @Test(arguments: Self.modes, GaussianFilter.MissingRule.allCases)
  func `Values around missing pixels are those of a plain sum`(
    edge: GaussianFilter.EdgeMode, missing: GaussianFilter.MissingRule
  ) {
    for (seed, sigma) in [(1.0, 1.0), (0.5, 2), (2.2, 0), (0, 0.7)].enumerated() {
      var grid = floats(23 * 17, in: -1...1, seed: UInt64(seed) + 40)
      // A hole wider than any radius here, and rows without a hole.
      for row in 0..<9 { for column in 0..<9 { grid[row * 23 + column] = .nan } }
      for column in 0..<23 {
        for row in 12..<17 where grid[row * 23 + column].isNaN { grid[row * 23 + column] = 0.3 }
      }
      let filter = GaussianFilter(sigma: (sigma.0, sigma.1), edge: edge, missing: missing)
      let found = smooth(grid, width: 23, with: filter)
      let expected = reference(grid, width: 23, sigma: (sigma.0, sigma.1), edge: edge, missing: missing)
      for pixel in grid.indices {
        let isSame =
          expected[pixel].isNaN ? found[pixel].isNaN : abs(found[pixel] - expected[pixel]) < 2e-6
        #expect(isSame, "sigma \(sigma), pixel \(pixel): \(found[pixel]), not \(expected[pixel])")
      }
    }
  }

  @Test func `A missing pixel spreads over the box of its neighbours, stays alone or is filled`() {
    var grid = [Float](repeating: 1, count: 81)
    grid[4 * 9 + 4] = .nan
    func missing(_ rule: GaussianFilter.MissingRule) -> Int {
      let result = smooth(grid, width: 9, with: GaussianFilter(sigma: (0.5, 0.5), missing: rule))
      #expect(result.allSatisfy { $0.isNaN || $0 == 1 })
      return result.count { $0.isNaN }
    }
    #expect(missing(.propagate) == 25 && missing(.normalise) == 1 && missing(.fill) == 0)
    let nothing = [Float](repeating: .nan, count: 81)
    for rule in GaussianFilter.MissingRule.allCases {
      #expect(
        smooth(nothing, width: 9, with: GaussianFilter(sigma: (1, 1), missing: rule)).allSatisfy { $0.isNaN })
    }
  }

  // MARK: Windows

  @Test(arguments: Self.modes, GaussianFilter.MissingRule.allCases)
  func `Values are the same, bit for bit, in every window`(
    edge: GaussianFilter.EdgeMode, missing: GaussianFilter.MissingRule
  ) {
    let (width, height) = (61, 47)
    var grid = floats(width * height, in: -1...1, seed: 90)
    // Rows and columns without missing pixels, where the weights need not be summed.
    for row in 20..<47 {
      for column in 0..<61 { if grid[row * 61 + column].isNaN { grid[row * 61 + column] = 0.1 } }
    }
    grid[40 * 61 + 30] = .nan
    for sigma in [(1.3, 2.5), (2.5, 0), (20, 0.6)] as [(y: Double, x: Double)] {
      let filter = GaussianFilter(sigma: sigma, edge: edge, missing: missing)
      let whole = smooth(grid, width: width, with: filter)
      for (side, other) in [(16, 16), (61, 1), (1, 47), (23, 31), (60, 46)] {
        for row in stride(from: 0, to: height, by: other) {
          for column in stride(from: 0, to: width, by: side) {
            let window = PixelWindow(
              column: column, row: row, width: min(side, width - column), height: min(other, height - row))
            let part = smooth(grid, width: width, with: filter, window: window, beyond: column % 3)
            var expected: [UInt32] = []
            for row in window.row..<window.endRow {
              expected += whole[(row * width + column)..<(row * width + window.endColumn)].map(\.bitPattern)
            }
            #expect(part.map(\.bitPattern) == expected, "\(window), sigma \(sigma)")
          }
        }
      }
    }
  }

  @Test func `A filter says which pixels it needs`() {
    let window = PixelWindow(column: 0, row: 40, width: 20, height: 10)
    let reflecting = GaussianFilter(sigma: (1, 2))
    #expect(
      reflecting.source(for: window, gridWidth: 100, gridHeight: 90)
        == PixelWindow(column: 0, row: 36, width: 28, height: 18))
    let wrapping = GaussianFilter(sigma: (1, 2), edge: .wrap)
    #expect(
      wrapping.source(for: window, gridWidth: 100, gridHeight: 90)
        == PixelWindow(column: 0, row: 36, width: 100, height: 18))
  }
}
