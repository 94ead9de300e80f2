public import Engine
public import Geo
public import JSON
public import Raster

/// Rejects pixels by a quality layer, and their neighbours within a distance (`cloud_mask`).
///
/// A pixel is rejected when any of the given rules says so. What is rejected is missing for all modules that
/// follow. Everything rejected grows by `dilate` pixels, fill included; the grid's edge is the edge of knowledge.
public struct CloudMask: MaskModule, GroundSizedModule {
  public let band: String
  public private(set) var output: Variable
  /// How much what is rejected grows by.
  private var growth: GroundSize
  public let dilationShape: Dilation.Shape
  /// The question put to each pixel.
  public let test: QualityTest
  /// The flags that reject, by the names that the scenes' files have for them; empty where they name none.
  public private(set) var flagNames: [String] = []
  private let rules: [QualityRule]
  public private(set) var leastUsable: Double?
  public private(set) var isOnSwath = false

  /// How many pixels what is rejected grows by; 0 as long as a length on the ground is not in pixels.
  public var dilation: Int { Int(reach) }

  private var reach: Double {
    if case .pixels(let pixels) = growth { pixels } else { 0 }
  }

  public var halo: Int { dilation }

  /// The parameters, where they name flags of a band whose flags only the scenes' items can name.
  private let unnamed: ModuleArguments?

  /// Whether the mask's flags have still to be named with `named(by:)`.
  public var needsNames: Bool { unnamed != nil }

  public static let descriptor = ModuleDescriptor(
    name: "cloud_mask", shape: .mask,
    summary: "Rejects pixels by a quality layer, and if wanted their neighbours.",
    method: "Rejected where any rule is met at most `dilate` pixels away; kept elsewhere.",
    discussion: """
      A pixel is rejected when any rule says so: `reject` (names of flags), `keep`, `preset`, `good_pixel_flags` (the form of \
      ODC's `make_mask`, where a pixel must meet every condition), `reject_values`, `keep_values`, \
      `reject_at_least` (a cloud probability), `reject_below`, `reject_bits` or `require_bits`. `band` may be a raster \
      without a date too (of `layer`): a mask of ice or land. Thresholds compare the numbers that a quality layer \
      stores. A band whose values are measured, a reflectance or a temperature, is none, and refused with them: leave \
      pixels out by values with an `expression` such as `red / where(blue < 0.2, 1, 0)`, which is missing where the \
      comparison is false. Several masks in a row add up; the summary counts what \
      each of them rejects when it is saved. Rejected pixels are missing in every module that follows.

      Flag names are known for these layers:
      \(SensorTable.builtIn.qualityLayers.map { "- \($0.name) (`\($0.bandNames[0])`): \($0.flagNames.joined(separator: ", "))." }
        .joined(separator: "\n"))

      Layers of other products get flag names in the config's `sensors`, or have them from the scenes' STAC items \
      (`classification:bitfields`, `classification:classes`), whose names are taken as the ones above are meant: \
      "cloud_shadow" finds "cloud_shadows", "cloud" finds "cloud_high_probability" and "cloud_medium_probability".

      `dilate` grows what is rejected by that many pixels: `disk` takes pixels whose centres are at most so far \
      away (scikit-image's `disk`), `square` counts columns and rows, `diamond` counts steps between edge \
      neighbours (scipy's default structure, iterated). A pixel outside every scene holds the layer's nodata \
      number: reject `fill` to keep such pixels out.

      The result is a flag variable: 0 kept, 1 rejected, missing where the quality layer has no value (fill).

      `min_usable` rejects dates: a pixel is usable where neither this mask nor one before it rejects it and every band \
      that the sequence computes from has a value. A date with a smaller share of usable pixels, of all pixels of the \
      area, is not computed; run, `status` and the summary name it with its share (`rejected_dates`), and it is no loss. \
      Where every date is rejected nothing is computed, which is a warning. To find the shares, the bands of each date are \
      read once more before anything is computed.
      """,
    references: [
      "Foga et al. 2017, Remote Sensing of Environment 194:379-390, for CFMask, which makes Landsat's flags",
      "datacube.utils.masking.make_mask of Open Data Cube, for the rules' form",
    ],
    parameters: [
      ModuleParameter(
        "band", .variable,
        "The quality layer; it comes by itself where `download` does not list it. Without it, the one of the "
          + "collection's sensor, where Apus knows that (\(CloudMask.usualLayers))."),
      ModuleParameter(
        "reject", .list(of: .text, atLeast: 1), "Names of flags that reject a pixel.",
        isUnordered: true),
      ModuleParameter(
        "keep", .list(of: .text, atLeast: 1),
        "Names of flags, one of which a pixel must have to be kept: all others are rejected.",
        isUnordered: true),
      ModuleParameter(
        "preset", .choice(FlagPreset.allCases.map(\.rawValue)),
        "A usual list of flags, as far as the layer has them: \"ocean_color\" is what NASA's l2bin leaves out of Level-3 "
          + "maps, and HIGLINT."),
      ModuleParameter(
        "good_pixel_flags",
        .map(to: .either([.boolean, .text, .list(of: .either([.boolean, .text]), atLeast: 1)])),
        "What a pixel must be to be kept, as in ODC: {\"cloud\": \"not_high_confidence\", \"nodata\": false}."
      ),
      ModuleParameter(
        "reject_values", .list(of: .integer(-2_147_483_648...4_294_967_295), atLeast: 1),
        "Stored numbers that reject a pixel.",
        isUnordered: true),
      ModuleParameter(
        "keep_values", .list(of: .integer(-2_147_483_648...4_294_967_295), atLeast: 1),
        "Stored numbers that keep a pixel; all others reject it.",
        isUnordered: true),
      ModuleParameter(
        "reject_at_least", .number(-2_147_483_648...4_294_967_295),
        "The least stored number that rejects a pixel: 20 for a cloud probability of 20 % and more."),
      ModuleParameter(
        "reject_below", .number(-2_147_483_648...4_294_967_295),
        "Stored numbers below this reject a pixel."),
      ModuleParameter(
        "reject_bits", .list(of: .integer(0...63), atLeast: 1),
        "Numbers of bits, counted from 0, any of which rejects a pixel when set; from 32 on "
          + "of granules' layers only.",
        isUnordered: true),
      ModuleParameter(
        "require_bits", .list(of: .integer(0...63), atLeast: 1),
        "Numbers of bits, counted from 0, all of which must be set for a pixel to be kept.",
        isUnordered: true),
      ModuleParameter(
        "dilate", .either([.integer(0...100), .form(.length)]), default: 0,
        "By how much what is rejected grows: a number of pixels, at most 100, or a length such as \"90 m\"."),
      ModuleParameter(
        "dilate_shape", .choice(Dilation.Shape.allCases.map(\.rawValue)), default: "disk",
        "The shape that grows around each rejected pixel."),
      ModuleParameter(
        "min_usable", .number(0...1),
        "The least share of the area's pixels that a date must have usable, or it is rejected: 0.4."),
    ],
    trial: ModuleTrial(
      after: [
        #"{ "module": "ndvi" }"#
      ]),
    examples: [
      #"{ "module": "cloud_mask", "reject": ["cloud", "cloud_shadow"], "dilate": 3 }"#,
      #"{ "module": "cloud_mask", "band": "qa_pixel", "reject_bits": [0, 5], "require_bits": [6] }"#,
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> CloudMask? {
    // Several masks in a row need no names of their own.
    let free = (1...).lazy.map { $0 == 1 ? "cloud_mask" : "cloud_mask_\($0)" }
      .first { scope.entry($0) == nil }
    let name = scope.resultName(of: arguments, default: free ?? "cloud_mask")
    guard let band = arguments.text("band") ?? usualBand(of: arguments, in: scope) else { return nil }
    guard let entry = added(band, in: scope) ?? scope.variable(band, at: "band", of: arguments) else {
      // A band's name that is misspelt must not hide what is misspelt in its flags.
      if let meant = NearestName.best(for: band, among: scope.names),
        let layer = scope.sensors.qualityLayer(band: meant, collections: scope.collections)
      {
        _ = CloudMaskRules(band: meant, arguments: arguments, scope: scope, layer: layer).rules()
      }
      return nil
    }
    let isFixed = entry.period == .fixed && !entry.isNumber && !entry.variable.storage.isFlags
    guard entry.band != nil || isFixed else {
      scope.report(
        "\"\(band)\" is computed; a mask reads a downloaded band or a raster without a date", at: "band",
        of: arguments)
      return nil
    }
    let layer = scope.sensors.qualityLayer(band: band, collections: scope.collections)
    let reader = CloudMaskRules(band: band, arguments: arguments, scope: scope, layer: layer)
    var growth = GroundSize.pixels(Double(arguments.integer("dilate") ?? 0))
    let before = scope.diagnostics.count
    if let text = arguments.text("dilate") {
      if let size = GroundSize(text) {
        growth = size
      } else {
        scope.report(
          "\"\(text)\" is not a valid length", at: "dilate", of: arguments,
          suggestion: "a number of pixels, or \"90 m\"")
      }
    }
    if let key = ["reject_at_least", "reject_below"].first(where: { arguments.node($0) != nil }),
      isMeasured(entry, in: scope)
    {
      scope.report(
        "\"\(band)\" is measured and no quality layer: a mask compares the numbers that files store, not values",
        at: key, of: arguments,
        suggestion:
          "leave pixels out by their values with an \"expression\" such as red / where(\(band) < 0.2, 1, 0)")
    }
    if growth == .pixels(0), scope.diagnostics.count == before, arguments.node("dilate_shape") != nil {
      scope.report(
        "\"dilate_shape\" would do nothing: nothing grows", at: "dilate_shape", of: arguments,
        suggestion: "add \"dilate\"")
    }
    guard let rules = reader.rules(), let name, scope.diagnostics.count == before else { return nil }
    // From here on the band is known to hold bits: it is no input for arithmetic.
    if let quality = entry.band?.asQualityLayer {
      scope.offer(.init(variable: quality.variable, band: quality))
    }
    var mask = CloudMask(
      band: band, name: name, rules: rules, growth: growth,
      shape: arguments.text("dilate_shape").flatMap(Dilation.Shape.init(rawValue:)) ?? .disk,
      reference: layer?.reference, unnamed: layer == nil && reader.namesFlags ? arguments : nil)
    mask.leastUsable = arguments.number("min_usable")
    scope.offer(.init(variable: mask.output))
    return mask
  }

  /// Whether a band is a reflectance or a temperature that is scaled: its stored numbers are not what a user means.
  private static func isMeasured(_ entry: ModuleScope.Entry, in scope: ModuleScope) -> Bool {
    guard let band = entry.band, !band.isQuality, !band.isRaw else { return false }
    let known = scope.collections.compactMap { scope.sensors.sensor(collection: $0)?.band(named: band.name) }
    return entry.variable.standardName == "surface_bidirectional_reflectance"
      || known.contains { $0.quantity != .other }
  }

  /// The mask once it is known what its flags are.
  ///
  /// - Returns: the mistakes instead where a flag is not among those of the layer.
  public func named(by layer: QualityLayer) -> Result<CloudMask, FlagMistakes> {
    guard let unnamed else { return .success(self) }
    let scope = ModuleScope()
    let rules = CloudMaskRules(band: band, arguments: unnamed, scope: scope, layer: layer).rules()
    guard let rules else { return .failure(FlagMistakes(diagnostics: scope.diagnostics)) }
    var mask = CloudMask(
      band: band, name: output.name, rules: rules, growth: growth, shape: dilationShape, reference: nil,
      unnamed: nil)
    mask.leastUsable = leastUsable
    let preset = unnamed.text("preset").flatMap(FlagPreset.init(rawValue:))?.flags ?? []
    mask.flagNames =
      (unnamed.texts("reject") ?? [])
      + preset.filter { layer.rule(rejecting: QualityLayer.simplified($0)) != nil }
    return .success(mask)
  }

  /// The same mask applied to the pixels of swaths, before these come onto the grid, where it rejects nothing more.
  public func onSwath() -> CloudMask {
    var mask = CloudMask(
      band: band, name: output.name, rules: [], growth: .pixels(0), shape: dilationShape, reference: nil,
      unnamed: nil)
    (mask.leastUsable, mask.isOnSwath) = (leastUsable, true)
    return mask
  }

  /// The same mask over a band that holds what its test says of each pixel: 1 where that rejects it.
  ///
  /// - Parameter key: of the band.
  public func ofTested(_ key: String) -> CloudMask {
    var mask = CloudMask(
      band: key, name: output.name, rules: [.values([1], mask: .max)], growth: growth, shape: dilationShape,
      reference: nil, unnamed: nil)
    mask.leastUsable = leastUsable
    mask.output = output
    return mask
  }

  /// Whether it compares with numbers, which a layer may store packed.
  public var hasThresholds: Bool { rules.contains { $0.inStoredNumbers(scale: 2, offset: 0) != $0 } }

  /// The mask whose thresholds are values, of a layer that stores others: value = stored · scale + offset.
  public func inStoredNumbers(scale: Double, offset: Double) -> CloudMask {
    var mask = CloudMask(
      band: band, name: output.name, rules: rules.map { $0.inStoredNumbers(scale: scale, offset: offset) },
      growth: growth, shape: dilationShape, reference: output.references, unnamed: unnamed)
    (mask.leastUsable, mask.flagNames) = (leastUsable, flagNames)
    return mask
  }

  /// What is wrong with the flags of a mask.
  public struct FlagMistakes: Error {
    public let diagnostics: [Diagnostic]
  }

  /// The known sensors' layers, for the documentation: "qa_pixel, scl".
  private static let usualLayers = SensorTable.builtIn.sensors.compactMap {
    $0.quality.first?.bandNames.first
  }
  .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ", ")

  /// The quality layer of the collections' sensors, under the name by which it is downloaded if it is.
  private static func usualBand(of arguments: ModuleArguments, in scope: ModuleScope) -> String? {
    let layers = scope.collections.compactMap { scope.sensors.sensor(collection: $0)?.quality.first }
    guard let layer = layers.first, layers.count == scope.collections.count,
      layers.allSatisfy({ $0.name == layer.name })
    else {
      let reason =
        scope.collections.isEmpty
        ? "\"download\" names no \"collection\" from which it could be known"
        : "none is known for " + scope.collections.map { "\"\($0)\"" }.joined(separator: ", ")
      scope.report(
        "\"cloud_mask\" needs a quality layer, and \(reason)", at: nil, of: arguments,
        suggestion: "name it: \"band\": …")
      return nil
    }
    return layer.bandNames.first { scope.entry($0) != nil } ?? layer.bandNames.first
  }

  /// Has the source bring a quality layer that its config does not list.
  ///
  /// Any asset can be one, so every name counts that is not nearly that of something known.
  private static func added(_ band: String, in scope: ModuleScope) -> ModuleScope.Entry? {
    guard scope.entry(band) == nil else { return nil }
    let own = scope.collections.compactMap { scope.sensors.sensor(collection: $0) }
    let known = scope.names + own.flatMap(\.quality).flatMap(\.bandNames)
    let isKnown = scope.sensors.qualityLayer(band: band, collections: scope.collections) != nil
    return isKnown || NearestName.best(for: band, among: known) == nil ? scope.addBand(band) : nil
  }

  init(
    band: String, name: String, rules: [QualityRule], growth: GroundSize, shape: Dilation.Shape,
    reference: String?,
    unnamed: ModuleArguments? = nil
  ) {
    self.band = band
    self.unnamed = unnamed
    self.rules = rules
    self.growth = growth
    dilationShape = shape
    test = QualityTest(rules)
    output = Variable(
      name: name, longName: "pixels rejected by \(band)", statisticsRange: 0...1,
      storage: .flags([
        Variable.Flag(value: 0, meaning: "kept"), Variable.Flag(value: 1, meaning: "rejected"),
      ]),
      references: reference)
  }

  public var hasGroundSizes: Bool { if case .metres = growth { true } else { false } }

  public func sized(forPixels side: Double) throws(GroundSizeError) -> CloudMask {
    let pixels = growth.inPixels(of: side)
    guard pixels <= 100 else { throw GroundSizeError("it would grow by \(pixels) pixels, more than 100") }
    var copy = self
    copy.growth = .pixels(pixels)
    return copy
  }

  public func reject(
    _ layer: SamplePlane, window: PixelWindow, scratch: SamplePlane, into rejected: SamplePlane
  ) {
    let whole = PixelWindow(column: 0, row: 0, width: layer.width, height: layer.height)
    if dilation == 0 && window == whole {
      test.apply(to: layer, into: rejected)
    } else {
      test.apply(to: layer, into: scratch)
      Dilation.dilate(
        scratch, radius: dilation, reach: reach, shape: dilationShape, window: window, into: rejected)
    }
  }
}
