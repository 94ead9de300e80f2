// swift-tools-version: 6.2
import PackageDescription

/// Every target of Apus: language mode 6, the upcoming features, no warning left standing.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// Kernels run over every pixel: an unoptimised build of them is 50 to 120 times slower,
/// which would make the debug tests useless.
let kernels: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// The kernels again, for processors with AVX2 and with AVX-512: which runs is chosen when the program starts.
#if arch(x86_64)
  let kernelsAVX2: [SwiftSetting] = kernels + [.unsafeFlags(["-Xcc", "-march=x86-64-v3"])]
  // Not x86-64-v4 by name: for that the compiler prefers vectors of 256 bits.
  let kernelsAVX512: [SwiftSetting] =
    kernelsAVX2
    + ["f", "bw", "cd", "dq", "vl"].map { .unsafeFlags(["-Xcc", "-mavx512\($0)"]) }
#else
  let kernelsAVX2: [SwiftSetting] = kernels
  let kernelsAVX512: [SwiftSetting] = kernels
#endif

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "apus",
  products: [.executable(name: "apus", targets: ["apus"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // For tests only.
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
  ],
  targets: [
    // C libraries, each touched by one Swift target only.
    .systemLibrary(name: "CGDAL", pkgConfig: "gdal", providers: [.apt(["libgdal-dev"])]),
    .systemLibrary(name: "CNetCDF", pkgConfig: "netcdf", providers: [.apt(["libnetcdf-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // libgdal needs it as well, and brings its headers along.
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-gnutls-dev"])]),

    // Values and kernels: no I/O, no C.
    .target(name: "JSON", swiftSettings: strict),
    .target(name: "Geo", swiftSettings: strict),
    // One set of files, compiled up to three times: the second folder is a link to the first, the third has links
    // to those files that gain from it.
    .target(name: "Kernels", swiftSettings: kernels),
    .target(name: "KernelsAVX2", swiftSettings: kernelsAVX2),
    .target(name: "KernelsAVX512", swiftSettings: kernelsAVX512),
    // Compression and decompression of deflate (RFC 1951); the second of each is a link to the first.
    .target(name: "Deflate", dependencies: ["CProcessor"], swiftSettings: kernels),
    .target(name: "DeflateAVX2", dependencies: ["CProcessor"], swiftSettings: kernelsAVX2),
    .target(name: "Inflate", dependencies: ["CProcessor"], swiftSettings: kernels),
    .target(name: "InflateAVX2", dependencies: ["CProcessor"], swiftSettings: kernelsAVX2),
    .systemLibrary(name: "CProcessor"),
    .systemLibrary(name: "CFiles"),
    .systemLibrary(name: "CMemory"),
    .target(
      name: "Raster", dependencies: ["CProcessor", "Geo", "Kernels", "KernelsAVX2", "KernelsAVX512"],
      swiftSettings: kernels),

    .target(name: "Patterns", dependencies: ["Geo"], swiftSettings: kernels),
    // Models of decision trees: their files' bytes, and their evaluation.
    .target(
      name: "TreeModels", dependencies: ["JSON", "Kernels", "KernelsAVX2", "Raster"], swiftSettings: kernels),

    // One room for each outside thing.
    .target(
      name: "Storage",
      dependencies: [
        "CCrypto", "CDeflate", "CFiles", "CZlib", "Deflate", "DeflateAVX2", "Inflate", "InflateAVX2",
        "Raster",
      ],
      swiftSettings: kernels),
    .target(
      name: "TIFF", dependencies: ["Geo", "Raster", "Storage"],
      swiftSettings: kernels),
    .target(
      name: "Network", dependencies: ["CCurl", "Geo", "JSON", "Storage"], swiftSettings: strict),
    .target(
      name: "GDAL", dependencies: ["CGDAL", "Geo", "JSON", "Network", "Raster", "Storage", "TIFF"],
      swiftSettings: strict),
    .target(
      name: "NetCDF", dependencies: ["CNetCDF", "CHDF5", "Geo", "Storage"], swiftSettings: strict),
    .target(name: "Catalog", dependencies: ["Geo", "JSON", "Network", "Storage"], swiftSettings: strict),

    // Granules with their own longitudes and latitudes: the geometry of swaths, and the files they come in.
    .target(name: "Swath", dependencies: ["Geo"], swiftSettings: kernels),
    .target(
      name: "Granules", dependencies: ["Geo", "JSON", "NetCDF", "Raster", "Storage", "Swath"],
      swiftSettings: kernels),

    // The engine and what runs in it.
    .target(name: "Engine", dependencies: ["Geo", "JSON", "Raster", "Storage"], swiftSettings: strict),
    .target(
      name: "Modules",
      dependencies: ["Engine", "Geo", "JSON", "Patterns", "Raster", "Storage", "TreeModels"],
      swiftSettings: strict),
    .target(
      name: "Pipeline",
      dependencies: [
        "CMemory",
        "Catalog", "Engine", "GDAL", "Geo", "Granules", "JSON", "Modules", "NetCDF", "Network", "Raster",
        "Storage", "Swath", "TIFF",
      ],
      swiftSettings: strict),
    .target(
      name: "Simulation", dependencies: ["GDAL", "Geo", "JSON", "NetCDF", "Raster", "Storage"],
      swiftSettings: strict),

    // Run modes: the same run as jobs of a cluster's own engine.
    .target(
      name: "Cluster",
      dependencies: [
        "Geo", "JSON", "Network", "Pipeline", "Storage",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),

    // The thin shell.
    .target(
      name: "CommandLine",
      dependencies: [
        argumentParser, "Cluster", "Engine", "Geo", "JSON", "Pipeline", "Raster", "Simulation", "Storage",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "apus", dependencies: [argumentParser, "CommandLine", "GDAL", "NetCDF"], swiftSettings: strict),

    // For developers (scripts/bench kernels); no part of the program.
    .executableTarget(
      name: "KernelBench", dependencies: ["Raster", "Storage"], swiftSettings: strict),

    // What tests of several targets need: programs, folders.
    .target(
      name: "TestSupport",
      dependencies: [
        "Storage", .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Tests/TestSupport", swiftSettings: strict),

    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strict),
    .testTarget(name: "GeoTests", dependencies: ["Geo"], swiftSettings: strict),
    .testTarget(
      name: "RasterTests",
      dependencies: ["Geo", "Kernels", "KernelsAVX2", "KernelsAVX512", "Raster", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "PatternsTests", dependencies: ["Geo", "Patterns", "Storage", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "NetworkTests", dependencies: ["Network", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "StorageTests", dependencies: ["Deflate", "DeflateAVX2", "Raster", "Storage", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "TIFFTests", dependencies: ["GDAL", "Geo", "Raster", "Storage", "TIFF", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "GDALTests", dependencies: ["GDAL", "Geo", "Network", "Raster", "Storage", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "NetCDFTests", dependencies: ["Geo", "NetCDF", "Storage", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "SwathTests", dependencies: ["Geo", "Swath"], swiftSettings: strict),
    .testTarget(
      name: "GranulesTests",
      dependencies: ["Geo", "Granules", "JSON", "NetCDF", "Storage", "Swath", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "CatalogTests", dependencies: ["Catalog", "Geo", "JSON", "Network", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "EngineTests", dependencies: ["Engine", "Geo", "JSON", "Raster", "Storage", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "TreeModelsTests", dependencies: ["Raster", "TestSupport", "TreeModels"], swiftSettings: strict),
    .testTarget(
      name: "ModulesTests",
      dependencies: ["Engine", "Geo", "JSON", "Modules", "Patterns", "Raster", "Storage"],
      exclude: ["golden-sums.txt"], swiftSettings: strict),
    .testTarget(
      name: "PipelineTests",
      dependencies: [
        "Catalog", "Engine", "GDAL", "Geo", "JSON", "Modules", "NetCDF", "Network", "Pipeline", "Raster",
        "Simulation", "Storage", "Swath", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SimulationTests",
      dependencies: ["GDAL", "Geo", "JSON", "NetCDF", "Simulation", "Storage", "TestSupport"],
      swiftSettings: strict),
    // Against real servers, which scripts/services starts.
    .testTarget(
      name: "ServiceTests",
      dependencies: [
        "Catalog", "CommandLine", "Engine", "GDAL", "Geo", "JSON", "Modules", "NetCDF", "Network", "Pipeline",
        "Raster", "Simulation", "Storage", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        argumentParser, "CommandLine", "GDAL", "Geo", "JSON", "NetCDF", "Pipeline", "Storage", "TestSupport",
      ],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
