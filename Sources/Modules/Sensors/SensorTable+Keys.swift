public import Engine

extension SensorTable {
  /// The shape of a config's `sensors`.
  public static let parameterType = ParameterType.map(to: .object(sensorFields))

  private static let names = ParameterType.list(of: .text, atLeast: 0)
  private static let number = ParameterType.number(-1e308...1e308)
  private static let storedNumber = ParameterType.integer(0...4_294_967_295)

  /// Keys that say what stored numbers mean.
  private static let encoding: [ParameterType.Field] = [
    .init("scale", .number(-1e12...1e12), "Physical value = stored number · scale + offset."),
    .init("offset", .number(-1e12...1e12), "The offset; 0 when a scale stands alone."),
    .init("nodata", number, "The stored number that means missing."),
  ]

  private static let sensorFields: [ParameterType.Field] =
    [
      .init("title", .text, "The product's name for people."),
      .init(
        "collections", names,
        "The STAC collections that hold it; \"*\" stands for any characters, \"?\" for one."),
    ] + encoding + [
      .init(
        "bands", .map(to: .object(bandFields)),
        "The bands, by any name; of two for one role the better first."),
      .init("quality", .map(to: .object(qualityFields)), "The quality layers, by name."),
      .init(
        "baseline", .object(baselineFields), "An offset that newer processing adds to the stored numbers."),
    ]

  private static let bandFields: [ParameterType.Field] =
    [
      .init("names", names, "Asset keys and band names that catalogues use, the usual one first."),
      .init(
        "role", .choice(BandRole.allCases.map(\.rawValue)),
        "What modules use it for; the band's own name when that is a role."),
      .init("title", .text, "A phrase for people."),
      .init(
        "quantity", .choice(SensorBand.Quantity.allCases.map(\.rawValue)),
        "What it holds; \"reflectance\" if absent."),
      .init("units", .text, "UDUNITS text; \"1\", or \"K\" for temperatures, when absent."),
      .init(
        "wavelength", .number(1...1e6),
        "The band's middle in nanometres, for indices whose formulas have wavelengths."),
    ] + encoding

  private static let qualityFields: [ParameterType.Field] = [
    .init("names", names, "Asset keys and band names that catalogues use, the usual one first."),
    .init("title", .text, "The layer's name for people."),
    .init("reference", .text, "The specification."),
    .init("nodata", storedNumber, "The stored number that means \"not observed\"."),
    .init("flags", .map(to: .object(flagFields)), "The flags that `cloud_mask` can reject, by name."),
  ]

  private static let flagFields: [ParameterType.Field] = [
    .init("bit", .integer(0...31), "The number of a bit, counted from 0."),
    .init(
      "bits", .list(of: .integer(0...31), atLeast: 1), "Neighbouring bits that form one number, lowest first."
    ),
    .init("value", storedNumber, "The number (of those bits, or of the whole layer) that sets the flag."),
    .init("values", .list(of: storedNumber, atLeast: 1), "The numbers that set the flag."),
    .init(
      "states", .map(to: storedNumber),
      "Names of numbers, where there is no single one that sets the flag: {\"low\": 1, \"high\": 3}."),
    .init("names", names, "Further names of the flag."),
    .init("off", names, "Names of the unset flag, for `good_pixel_flags`."),
    .init("on", names, "Names of the set flag."),
  ]

  private static let baselineFields: [ParameterType.Field] = [
    .init("properties", names, "The items' properties that tell the baseline, best first."),
    .init("since", number, "The first baseline with the offset: 4.0."),
    .init("offset", number, "What is added after scaling: -0.1."),
    .init("applied", names, "Properties that are true where the catalogue took the offset out of its files."),
  ]
}
