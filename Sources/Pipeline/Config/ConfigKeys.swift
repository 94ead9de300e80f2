import Engine
import JSON
import Modules

/// The keys of a config outside of the modules' own: checked, documented and made into the schema from here.
enum ConfigKeys {
  static let pipeline = [
    ModuleParameter("$schema", .any, "The address of the config's JSON Schema, for editors; ignored."),
    ModuleParameter("pipeline", .text, required: true, "The pipeline's name."),
    ModuleParameter(
      "area", .either([.choice(["native"]), .map(to: .any)]), default: "native",
      "Where to work, and on which grid; \"native\" is all scenes' extent on the first scene's grid."),
    ModuleParameter("dates", .map(to: .any), "The days to work on; all there are when absent."),
    ModuleParameter(
      "sensors", SensorTable.parameterType,
      "Products Apus does not know, by a name of your own, or changes to one it knows (\"apus sensors\" lists them)."
    ),
    ModuleParameter("output", .map(to: .any), "Where results go and in which form."),
    ModuleParameter("resources", .map(to: .any), "What the run may use of the machine."),
    runMode(default: "local"),
    ModuleParameter(
      "cluster", .map(to: .any), "What the jobs of a cluster are given, where \"run_mode\" is one."),
    ModuleParameter(
      "sequences", .list(of: .any, atLeast: 1), required: true,
      "Modules in order, over one cube each."),
  ]

  static let cluster = [
    ModuleParameter("partition", .text, "The partition or queue; Azure Batch: the pool."),
    ModuleParameter("account", .text, "The account that the jobs are charged to."),
    ModuleParameter(
      "time", .text,
      "The time limit of a task, the same for all engines: \"2:00:00\", with days \"1-12:00:00\"."),
    ModuleParameter(
      "memory", .either([.text, .integer(1...Int.max)]),
      "Memory asked for a task: \"2GiB\", 512 MiB or more; the run's memory limit and 256 MiB more when absent."
    ),
    ModuleParameter(
      "cpus", .integer(1...1024), "Processors asked for a task; the run's threads when absent, or 1."),
    ModuleParameter(
      "constraint", .text,
      "Which nodes will do, in the engine's words; Kubernetes: a label and its value, \"disk=ssd\"."),
    ModuleParameter(
      "options", .list(of: .text, atLeast: 0), "Further options of the engine's command: [\"--exclusive\"]."),
    ModuleParameter(
      "prepare", .text, "A shell command that prepares the environment before `apus`: \"module load gdal\"."),
    ModuleParameter(
      "array_limit", .integer(1...1_000_000), "The most tasks of one job; asked of the engine when absent."),
    ModuleParameter(
      "tasks", .integer(1...1_000_000),
      "Into how many tasks the work is divided; found from its size when absent."),
    ModuleParameter(
      "program", .text,
      "The program that tasks run, by its path on the nodes; the one that submits when absent."),
    ModuleParameter("image", .text, "Kubernetes and Azure Batch: the container image that has apus."),
    ModuleParameter(
      "namespace", .text, "Kubernetes: the namespace; that of the pod, or \"default\", when absent."),
    ModuleParameter(
      "server", .text,
      "Kubernetes: the address of its API; that of the cluster around when absent (\"http://127.0.0.1:8001\" with "
        + "`kubectl proxy`). Azure Batch: the account's address, `AZURE_BATCH_ENDPOINT` when absent."),
    ModuleParameter(
      "volume", .text,
      "Kubernetes: the claim of the volume that holds the run directory, and where pods see it: \"data:/data\"; none where "
        + "the location is in an object store."
    ),
    ModuleParameter(
      "secret", .text,
      "Kubernetes: the secret whose entries become variables of pods, such as the keys of an object store."),
  ]

  static let area = [
    ModuleParameter(
      "bbox", .list(of: coordinate, atLeast: 4),
      "West, south, east, north in degrees (or minimum x, y, maximum x, y in bbox_crs). An area across the "
        + "antimeridian has an east end beyond 180, or a west greater than its east."),
    ModuleParameter(
      "around", .list(of: coordinate, atLeast: 2),
      "Longitude and latitude of a point; the grid is the square `buffer` metres to each side of it, to the nearest "
        + "pixel, in a projected coordinate system."),
    ModuleParameter(
      "buffer", positive, "How many metres the area reaches to each side of the point `around`."),
    ModuleParameter("bbox_crs", .text, "The coordinate system of bbox; longitude and latitude when absent."),
    ModuleParameter(
      "geometry", .map(to: .any),
      "A GeoJSON Polygon, MultiPolygon, Feature or FeatureCollection; the grid is its bounding box."),
    ModuleParameter(
      "like", .text, "A raster file whose grid is used; a relative path starts at the config's folder."),
    ModuleParameter("crs", .text, "The grid's coordinate system; the scenes' own when absent."),
    ModuleParameter(
      "resolution", .either([positive, .list(of: positive, atLeast: 2)]),
      "A pixel's size, or width and height, in units of the grid's coordinate system; the scenes' own when "
        + "absent. Pixels lie where those of a scene with this coordinate system and resolution do; where none "
        + "has them, their edges are multiples of the resolution (as in odc-geo)."),
  ]

  static let dates = [
    ModuleParameter("start", .text, required: true, "The first day: \"2021-01-01\"."),
    ModuleParameter("end", .text, required: true, "The last day, itself included: \"2021-12-31\"."),
  ]

  static let output = [
    ModuleParameter(
      "location", .text,
      "The run directory, relative to where the command runs; \"out/\" and the pipeline's name when absent. Or a "
        + "place in an object store: \"s3://bucket/folder\", \"az://container/folder\", \"gs://bucket/folder\"."
    ),
    ModuleParameter(
      "formats", .list(of: .choice(OutputFormat.allCases.map(\.rawValue)), atLeast: 1), default: ["netcdf"],
      "The file formats of results: NetCDF files, cloud-optimised GeoTIFFs (one a date or season), the chunks in "
        + "store.zarr as a Zarr group. The NetCDF and GeoTIFF files hold the same values."),
    ModuleParameter(
      "layout", .choice(FileLayout.allCases.map(\.rawValue)), default: "per_variable",
      "How NetCDF files divide what is saved of each date: a file for each variable, or one file a date with all of "
        + "them."),
    ModuleParameter(
      "allow_empty", .boolean, default: false,
      "Whether a result without a single valid pixel is as good as any; else the run says why it has none, and ends "
        + "with 1. A search that finds nothing, and an area outside of all scenes, are failures either way."),
    ModuleParameter(
      "deflate", .integer(1...9), default: 1,
      "The effort of compression, 1 (fast) to 9 (small), of variables whose module does not say otherwise."),
    ModuleParameter(
      "upload", .text,
      "Where finished results are copied to: \"s3://bucket/folder\", \"az://container/folder\", "
        + "\"gs://bucket/folder\", or a folder."),
    ModuleParameter(
      "delete_local", .boolean, default: false,
      "Whether results are removed here once they are uploaded, and the copies were read back."),
    ModuleParameter(
      "pictures", .map(to: pictures),
      "How pictures of results look, by variable; with \"bands\", a picture of three variables in the colours of the "
        + "eye, by a name of its own: {\"true_colour\": {\"bands\": [\"red_month_median\", \"green_month_median\", "
        + "\"blue_month_median\"]}}. They are drawn when a variable is computed: to see a change, run with --fresh."
    ),
    ModuleParameter(
      "work", .text,
      "Where the run works when location is in an object store; a folder of the user's cache when absent."),
  ]

  /// What a config says of the pictures of one variable, or of three.
  static let pictures = ParameterType.object([
    ParameterType.Field(
      "bands", .list(of: .variable, atLeast: 3),
      "Three saved variables of a sequence and a period, as red, green and blue: all with the same limits, by default "
        + "percentiles 2 and 98 of all three; transparent where one of them is missing. With \"cog\" among the formats "
        + "each is also a GeoTIFF of red, green, blue and opacity in all of the grid's pixels."),
    ParameterType.Field(
      "gamma", .number(0.1...10), "Of three bands: above 1 brightens what is dark; 1 when absent."),
    ParameterType.Field(
      "per", .choice(["run", "date"]),
      "Of three bands without limits: whether the percentiles are those of all layers, so that they can be compared "
        + "(\"run\", when absent), or of each layer alone (\"date\")."),
    ParameterType.Field(
      "stretch", .choice(["joint", "each"]),
      "Of three bands without limits: whether the percentiles are those of all three together, so that grey stays grey "
        + "(\"joint\", when absent), or of each band alone (\"each\")."),
    ParameterType.Field(
      "limits", .list(of: .number(-1e30...1e30), atLeast: 2),
      "The lowest and the highest value that have colours of their own; percentiles 2 and 98 of all layers when absent."
    ),
    ParameterType.Field(
      "colours", .choice(ColourMap.allCases.map(\.rawValue)),
      "The colour map; one that suits the variable when absent."),
    ParameterType.Field(
      "animation", .boolean,
      "Whether the layers become an animation (GIF), too: 200 of them at most, at equal distances."),
  ])

  static let resources = [
    ModuleParameter(
      "threads", .integer(Resources.threadCounts), default: 0, "How many threads compute; 0 for one a core."),
    ModuleParameter(
      "memory", .either([.text, .integer(Int.min...Int.max)]), default: "512MiB",
      "The limit of resident memory: \"512MiB\", \"1GB\" or a number of bytes; 256MiB or more."),
    ModuleParameter(
      "chunk",
      .either([
        .choice(["auto"]), .integer(Resources.chunkSides),
        .list(of: .integer(Resources.chunkSides), atLeast: 2),
      ]), default: "auto", "The size of the pieces the grid is worked on in: a side, or [rows, columns]."),
    ModuleParameter(
      "connections", .integer(0...256), default: 0,
      "How many requests to servers may be on their way at once; 0 for \(Resources.usualConnections)."),
  ]

  static let sequence = [
    ModuleParameter(
      "name", .text, required: true, "The sequence's name, which is the folder of its results."),
    ModuleParameter(
      "depends_on", .list(of: .text, atLeast: 0), default: [],
      "The sequences that must be finished before this one begins."),
    ModuleParameter(
      "modules", .list(of: .any, atLeast: 1), required: true,
      "The modules, in the order in which data goes through them."),
  ]

  /// The keys a module has besides its own parameters.
  static func common(_ shape: ModuleDescriptor.Shape) -> [ModuleParameter] {
    let name = ModuleParameter("module", .text, required: true, "The module's name.")
    let everywhere = [runMode(default: nil)]
    let alias = ModuleParameter("as", .text, "The name of the result.")
    switch shape {
    case .wholeRun: return [name] + everywhere
    case .source:
      return [
        name,
        ModuleParameter(
          "save", .boolean, default: false,
          "Whether each band is written, as a variable of its own name; always when no module follows."),
        encoding,
        resources(
          "Resources of this sequence that differ from the pipeline's. Its modules run together: no other has any."
        ),
      ] + everywhere
    case .reduction:
      return [
        name, alias,
        ModuleParameter(
          "save", .boolean, default: true,
          "Whether the result is written; false for one that only later modules read."),
        encoding,
      ] + everywhere
    case .table:
      return [name, ModuleParameter("as", .text, "The name of the table, which its files bear.")] + everywhere
    case .layer, .number, .mask, .pixelwise, .neighbourhood:
      return [
        name, alias,
        ModuleParameter(
          "save", .boolean, default: false,
          "Whether the result is written; the last result of a sequence always is, and false is refused there."
        ),
      ] + (shape == .mask || shape == .number ? [] : [encoding]) + everywhere
    }
  }

  /// The keys of `encoding`.
  static let encodingFields: [ParameterType.Field] = [
    .init(
      "type", .choice(["float32", "int16"]),
      "The number format; \"float32\" when absent. In \"int16\" a value is the nearest integer · scale + offset "
        + "(halves go to the even one), missing is -32768."),
    .init(
      "scale", .number(Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude),
      "The step between two values of int16, which needs it: 0.0001."),
    .init(
      "offset", .number(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude),
      "The value of the integer 0; 0 when absent."),
    .init(
      "deflate", .integer(1...9), "The effort of compression, 1 (fast) to 9 (small); output's when absent."),
  ]

  private static let encoding = ModuleParameter(
    "encoding", .object(encodingFields),
    "How files hold the saved result; later modules see it unrounded, and statistics are of the values before "
      + "packing. Values that int16 cannot hold are missing in files: summary.json counts them as \"out_of_range\". "
      + "Counts and quality bands are not packed.")

  /// What a module is not given because it would do nothing, in words of its own; for reading only.
  static func refused(_ shape: ModuleDescriptor.Shape) -> [ModuleParameter] {
    shape == .source ? [] : [resources("Refused.")]
  }

  private static func resources(_ summary: String) -> ModuleParameter {
    ModuleParameter("resources", .map(to: .any), summary)
  }

  private static func runMode(default word: JSONValue?) -> ModuleParameter {
    word == nil
      ? ModuleParameter(
        "run_mode", .choice(RunMode.allCases.map(\.rawValue)),
        "Where the stage of the sequence that this module belongs to is computed, if not where the pipeline runs."
      )
      : ModuleParameter(
        "run_mode", .choice(RunMode.allCases.map(\.rawValue)), default: word,
        "Where the pipeline runs: \"local\", on this machine, or \"slurm\", \"grid_engine\", \"kubernetes\" or "
          + "\"azure_batch\", as jobs of a cluster."
      )
  }

  private static let coordinate = ParameterType.number(
    -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
  private static let positive = ParameterType.number(
    Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude)
}
