public import Geo
import JSON
internal import Modules

/// A commented config to begin with: what `apus init` writes.
public struct StarterConfig: Sendable {
  /// Where scenes come from.
  public enum Archive: String, CaseIterable, Sendable {
    case landsat
    case sentinel2
    case earthSearch = "earth-search"
    /// A folder of one's own.
    case folder

    /// For a list to choose from.
    public var title: String {
      switch self {
      case .landsat: "Landsat 8 and 9 surface reflectance, 30 m, from Planetary Computer"
      case .sentinel2: "Sentinel-2 surface reflectance, 10 m, from Planetary Computer"
      case .earthSearch: "Sentinel-2 surface reflectance, 10 m, from Earth Search on AWS"
      case .folder: "a folder with a STAC items.json, or an address of a STAC catalogue, of your own"
      }
    }
  }

  /// What is made of them.
  public enum Product: String, CaseIterable, Sendable {
    case ndvi
    case seasonalNDVI = "seasonal-ndvi"
    case monthlyMosaic = "monthly-mosaic"
    case albedo
    case waterExtent = "water"

    public var title: String {
      switch self {
      case .ndvi: "NDVI of each date"
      case .seasonalNDVI: "mean NDVI of each season"
      case .monthlyMosaic: "monthly medians of red, green and blue"
      case .albedo: "broadband albedo of each date"
      case .waterExtent: "a water index (MNDWI) of each date"
      }
    }
  }

  /// Where to work.
  public enum Place: Hashable, Sendable {
    /// West, south, east, north in degrees.
    case bounds([Double])
    /// Longitude and latitude in degrees, and metres to each side.
    case around(longitude: Double, latitude: Double, radius: Double)
    /// A GeoJSON geometry's bounds, from a file of that name.
    case file(String, bounds: [Double])
    case native
  }

  public var name: String
  public var archive: Archive
  /// The folder or address of an archive of one's own.
  public var source: String?
  /// The collection of an archive of one's own, by which its bands and flags are known.
  public var collection: String?
  public var place: Place
  public var dates: ClosedRange<CalendarDate>?
  public var products: [Product]

  public init(
    name: String, archive: Archive, source: String? = nil, place: Place, dates: ClosedRange<CalendarDate>?,
    products: [Product]
  ) {
    (self.name, self.archive, self.source) = (name, archive, source)
    (self.place, self.dates, self.products) = (place, dates, products)
  }

  /// The config file.
  public var text: String {
    var lines = ["{"]
    lines.append("  // Written by `apus init`. `apus plan` says what would be read, `apus run` does it, and")
    lines.append(
      "  // `apus modules NAME` explains each module below. Comments and trailing commas are allowed.")
    lines.append("  \"pipeline\": \(quoted(name)),")
    lines += area
    if let dates {
      lines.append("  // Both days are included.")
      lines.append("  \"dates\": { \"start\": \"\(dates.lowerBound)\", \"end\": \"\(dates.upperBound)\" },")
    } else {
      lines.append(
        "  // \"dates\": { \"start\": \"2021-01-01\", \"end\": \"2021-12-31\" },  all there are when absent")
    }
    lines.append("  // Relative to where the command runs. Formats: \"netcdf\", \"cog\" (GeoTIFF), \"zarr\".")
    let location = quoted("out/" + ConfigNames.folderName(from: name))
    if products.contains(.monthlyMosaic) {
      lines += [
        "  \"output\": {", "    \"location\": \(location),", "    \"formats\": [\"netcdf\"],",
        "    // Pictures of three variables as red, green and blue, beside those of each variable.",
        "    \"pictures\": {",
        "      \"true_colour\": { \"bands\": [\"red_month_median\", \"green_month_median\", \"blue_month_median\"] },",
        "    },", "  },",
      ]
    } else {
      lines.append("  \"output\": { \"location\": \(location), \"formats\": [\"netcdf\"] },")
    }
    lines.append("  // The run stays below this memory, whatever the area; 0 threads: one for each core.")
    lines.append("  \"resources\": { \"threads\": 0, \"memory\": \"1GiB\" },")
    lines.append("  \"sequences\": [")
    lines.append("    {")
    lines.append("      \"name\": \"scenes\",")
    lines.append("      \"modules\": [")
    lines += (download + mask + products.flatMap(modules)).map { "        " + $0 }
    lines.append("      ],")
    lines.append("    },")
    lines.append("    // A page to look at (report.html) and a summary for programs (summary.json).")
    lines.append("    {")
    lines.append("      \"name\": \"report\",")
    lines.append("      \"depends_on\": [\"scenes\"],")
    lines.append("      \"modules\": [{ \"module\": \"summary\" }, { \"module\": \"report\" }],")
    lines.append("    },")
    lines.append("  ],")
    lines.append("}")
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Parts

  private var area: [String] {
    func box(_ bounds: [Double]) -> String {
      // West of the antimeridian and east of it.
      let east = bounds[2] < bounds[0] ? bounds[2] + 360 : bounds[2]
      return "  \"area\": { \"bbox\": [\(bounds.map(number).joined(separator: ", "))]"
        + grid((bounds[0] + east) / 2, (bounds[1] + bounds[3]) / 2) + " },"
    }
    switch place {
    case .bounds(let bounds):
      return [
        "  // West, south, east, north in degrees; the grid's coordinate system and pixel size.", box(bounds),
      ]
    case .file(let file, let bounds):
      return ["  // The bounds of \(file.filter { !$0.isNewline }).", box(bounds)]
    case .around(let longitude, let latitude, let radius):
      return [
        "  // A square around a point: its longitude and latitude, and metres to each side.",
        "  \"area\": { \"around\": [\(number(longitude)), \(number(latitude))], \"buffer\": \(number(radius))"
          + grid(longitude, latitude) + " },",
      ]
    case .native:
      return ["  // All scenes' extent on the first scene's grid.", "  \"area\": \"native\","]
    }
  }

  /// The zone of UTM around a place, near the poles polar stereographic, and the pixels of the archive.
  private func grid(_ longitude: Double, _ latitude: Double) -> String {
    let east = longitude - 360 * ((longitude + 180) / 360).rounded(.down)
    let zone = min(max(Int(((east + 180) / 6).rounded(.down)) + 1, 1), 60)
    let code =
      switch latitude {
      case 84...: 3413
      case ..<(-80): 3031
      default: (latitude < 0 ? 32700 : 32600) + zone
      }
    // Landsat has the zones of the northern half everywhere, and grids of both halves share their pixels.
    switch archive {
    case .landsat: return ", \"crs\": \"EPSG:\(code)\", \"resolution\": 30"
    case .sentinel2, .earthSearch: return ", \"crs\": \"EPSG:\(code)\", \"resolution\": 10"
    case .folder: return ""
    }
  }

  private var download: [String] {
    let planetary = "\"source\": \"https://planetarycomputer.microsoft.com/api/stac/v1\","
    let clouds = "\"query\": { \"eo:cloud_cover\": { \"lt\": 60 } },"
    switch archive {
    case .landsat:
      return [
        "{", "  \"module\": \"download\",", "  \(planetary)", "  \"collection\": \"landsat-c2-l2\",",
        "  \"query\": { \"eo:cloud_cover\": { \"lt\": 60 }, \"platform\": { \"in\": [\"landsat-8\", \"landsat-9\"] } },",
        "  // Links are signed just before each file is read; no account is needed.",
        "  \"sign\": \"planetary_computer\",", "},",
      ]
    case .sentinel2:
      return [
        "{", "  \"module\": \"download\",", "  \(planetary)", "  \"collection\": \"sentinel-2-l2a\",",
        "  \(clouds)",
        "  \"sign\": \"planetary_computer\",",
        "  // Neighbouring tiles overlap: where the first has a cloud the second may not.",
        "  \"fuse\": \"best\",", "},",
      ]
    case .earthSearch:
      return [
        "{", "  \"module\": \"download\",", "  \"source\": \"https://earth-search.aws.element84.com/v1\",",
        "  \"collection\": \"sentinel-2-c1-l2a\",", "  \(clouds)", "  \"fuse\": \"best\",", "},",
      ]
    case .folder:
      let collection = collection.map { ", \"collection\": \(quoted($0))" } ?? ""
      return ["{ \"module\": \"download\", \"source\": \(quoted(source ?? "archive"))\(collection) },"]
    }
  }

  private var mask: [String] {
    switch archive {
    case .folder where collection.flatMap(SensorTable.builtIn.sensor(collection:))?.quality.isEmpty ?? true:
      return [
        "// Clouds stay: the band that marks them is known of the collections that `apus sensors` lists, or with \"band\" here.",
        "// { \"module\": \"cloud_mask\", \"band\": \"qa_pixel\", \"reject\": [\"fill\", \"cloud\", \"cloud_shadow\"] },",
      ]
    case .landsat, .folder:
      return [
        "// Pixels with one of these flags are missing in everything below (`apus sensors` lists the flags).",
        "{ \"module\": \"cloud_mask\", \"reject\": [\"fill\", \"cloud\", \"cloud_shadow\"] },",
      ]
    case .sentinel2, .earthSearch:
      return [
        "// Pixels of these classes are missing in everything below (`apus sensors sentinel-2-l2a` lists them).",
        "{ \"module\": \"cloud_mask\", \"reject\": [\"fill\", \"saturated\", \"cloud_shadow\", \"cloud\", \"cirrus\"] },",
      ]
    }
  }

  private func modules(_ product: Product) -> [String] {
    switch product {
    case .ndvi: return ["{ \"module\": \"ndvi\", \"save\": true },"]
    case .seasonalNDVI:
      let before = products.contains(.ndvi) ? [] : ["{ \"module\": \"ndvi\" },"]
      return before + ["{ \"module\": \"seasonal_mean\", \"of\": \"ndvi\", \"save\": true },"]
    case .monthlyMosaic:
      return [
        "{", "  \"module\": \"composite\",", "  \"of\": [\"red\", \"green\", \"blue\"],",
        "  \"statistic\": \"median\",", "  \"period\": \"month\",", "  \"save\": true,", "},",
      ]
    case .albedo: return ["{ \"module\": \"albedo\", \"formula\": \"liang_2001\", \"save\": true },"]
    case .waterExtent: return ["{ \"module\": \"index\", \"name\": \"MNDWI\", \"save\": true },"]
    }
  }

  private func quoted(_ text: String) -> String { JSONValue.string(text).text() }

  private func number(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
}
