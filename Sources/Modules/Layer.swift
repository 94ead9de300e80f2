public import Engine
internal import JSON
internal import Raster

/// Brings in a raster without a date as a variable of the cube (`layer`): an elevation model, a mask of land.
public struct Layer: LayerModule {
  public let layers: [FixedLayer]

  // Revision 2: what is made of it is known where no scene lies.
  public static let descriptor = ModuleDescriptor(
    name: "layer", shape: .layer, revision: 2,
    summary: "Brings in a raster without a date: an elevation model, a mask of land.",
    method:
      "value = stored number · `scale` + `offset`; missing at `nodata` and where the raster does not "
      + "reach.",
    discussion: """
      The raster is brought onto the grid as bands of scenes are: pixels that coincide are taken as they are, all others \
      are resampled. It goes with variables of every period: each date, each month, all dates. It is read once for \
      each chunk, whatever the number of dates. Where it does not reach, it is missing; a raster that does not reach \
      the area at all is an error, one that covers it in part a warning.

      Values are stored number · `scale` + `offset`, missing at `nodata`; what the config does not say is taken from the \
      file. A mask whose numbers are classes or bits needs `"resampling": "nearest"`, which is the default.
      """,
    references: [
      "gdalwarp, https://gdal.org/programs/gdalwarp.html, for `resampling`"
    ],
    parameters: [
      ModuleParameter(
        "file", .text, required: true, "The path or URL of the raster; a path is relative to the config."),
      ModuleParameter("band", .integer(1...65535), default: 1, "The band of the file, from 1."),
      ModuleParameter(
        "resampling", .choice(Resampling.allCases.map(\.rawValue)), default: "nearest",
        "How pixels of another grid are taken over: \"bilinear\" for elevation, \"nearest\" for masks."),
      ModuleParameter("nodata", .number(DownloadBands.nodataRange), "The stored number that means missing."),
      ModuleParameter(
        "scale", .number(-1e12...1e12), "The step between two stored numbers; the file's when absent."),
      ModuleParameter(
        "offset", .number(-1e12...1e12), "The value of the stored number 0; needs a scale beside it."),
      ModuleParameter("units", .text, default: "1", "The unit, as UDUNITS has it: \"m\", \"degree\"."),
    ],
    trial: ModuleTrial(
      .ice,
      before: [
        #"{ "module": "albedo", "bands": { "nir": "nir08" } }"#
      ],
      after: [
        #"{ "module": "expression", "formula": "where(elevation > 1000, albedo, 0)", "as": "high" }"#
      ]),
    examples: [
      #"{ "module": "layer", "file": "archive/ice/dem.tif", "as": "elevation", "resampling": "bilinear", "units": "m" }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Layer? {
    let before = scope.diagnostics.count
    let file = arguments.text("file") ?? ""
    if file.isEmpty {
      scope.report("\"layer\" needs a file", at: "file", of: arguments)
    }
    if arguments.number("offset") != nil, arguments.number("scale") == nil {
      scope.report(
        "an offset means something beside a scale only", at: "offset", of: arguments,
        suggestion: "give \"scale\" too: 1 where numbers are only shifted")
    }
    guard let name = scope.resultName(of: arguments, default: "layer"), scope.diagnostics.count == before
    else { return nil }
    let variable = Variable(
      name: name, longName: String(name.map { $0 == "_" ? " " : $0 }), units: arguments.text("units") ?? "1",
      statisticsRange: -16384...16384)
    let encoding = SampleEncoding(
      nodata: arguments.number("nodata"), scale: arguments.number("scale"), offset: arguments.number("offset")
    )
    let band = BandRequest(
      name: name, variable: variable, aliases: [name], isQuality: false, override: encoding,
      fallback: SampleEncoding())
    let resampling = arguments.text("resampling").flatMap(Resampling.init(rawValue:)) ?? .nearest
    return Layer(layers: [
      FixedLayer(band: band, file: file, number: arguments.integer("band") ?? 1, resampling: resampling)
    ])
  }
}
