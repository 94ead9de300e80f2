internal import CGDAL
internal import Glibc
internal import Storage
internal import Synchronization

/// The process-wide state of libgdal: drivers, block cache, configuration.
public enum GDALLibrary {
  /// Ends the threads of OpenBLAS, which libgdal brings along: at the start of the process they keep all processors but
  /// one busy for a tenth of a second, looking for work. OpenBLAS does without them, or starts them again, as after a
  /// fork.
  ///
  /// Call it first in `main`. Does nothing with another BLAS.
  public static func prepareProcess() {
    guard let shutdown = dlsym(nil, "blas_thread_shutdown_") else { return }
    _ = unsafeBitCast(shutdown, to: (@convention(c) () -> CInt).self)()
  }

  /// Registers the drivers, fixes the configuration and sets the size of the block cache.
  ///
  /// Safe from any thread and any number of times; drivers and configuration are set up once, the cache has
  /// the size of the last call. Opening a dataset without this call uses a cache of 64 MiB.
  ///
  /// - Parameter cacheBytes: memory for decoded blocks, shared by all datasets of the process; negative means 0.
  public static func setUp(cacheBytes: Int) {
    _ = configured
    GDALSetCacheMax64(GIntBig(max(0, cacheBytes)))
  }

  /// The release of libgdal, "3.6.2".
  public static var version: String { String(cString: GDALVersionInfo("RELEASE_NAME")) }

  /// Forgets what GDAL remembers of remote files whose name begins with `prefix`.
  ///
  /// `/vsicurl` remembers that a file could not be read; without this a second try with a fresh answer from
  /// the server is not made. Stands for `VSICurlPartialClearCache`.
  public static func forgetRemoteFiles(prefix: String) {
    _ = configured
    VSICurlPartialClearCache(prefix)
  }

  /// Runs calls on a raster under the rules for local files: what stands beside it (`.aux.xml`, `.msk`, `.ovr`, world
  /// files, headers) counts, as it does in GDAL's own tools.
  ///
  /// Files are looked for by name, without listing the folder. The rules hold for the calling thread.
  static func withSideFiles<Result, Failure: Error>(
    if isLocal: Bool, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard isLocal else { return try body() }
    for (key, value) in sideFiles { CPLSetThreadLocalConfigOption(key, value) }
    defer { for (key, _) in sideFiles { CPLSetThreadLocalConfigOption(key, nil) } }
    return try body()
  }

  private static let sideFiles = [("GDAL_DISABLE_READDIR_ON_OPEN", "TRUE"), ("GDAL_PAM_ENABLED", "YES")]

  /// Makes sure the library can be used.
  static func prepare() { _ = configured }

  private static let configured: Bool = {
    // Errors are collected where they occur; what escapes must not appear on a user's terminal.
    CPLSetErrorHandler { _, _, _ in }
    for (key, value) in fixed { CPLSetConfigOption(key, value) }
    for (key, value) in defaults where CPLGetConfigOption(key, nil) == nil { CPLSetConfigOption(key, value) }
    // The name that everybody else gives to this variable.
    if CPLGetConfigOption("CPL_AWS_CREDENTIALS_FILE", nil) == nil,
      let file = CPLGetConfigOption("AWS_SHARED_CREDENTIALS_FILE", nil)
    {
      CPLSetConfigOption("CPL_AWS_CREDENTIALS_FILE", file)
    }
    ScientificLibraries.exclusively { GDALAllRegister() }
    GDALSetCacheMax64(64 << 20)
    return true
  }()

  /// Options on which correct results depend: not the environment's to change.
  private static let fixed = [
    // GDAL's own threads lose errors of remote reads (OSGeo/gdal #11552); ours do the work.
    ("GDAL_NUM_THREADS", "1"),
    // No server is asked for files beside a raster, and none is written beside a result: see `withSideFiles`.
    ("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR"),
    ("GDAL_PAM_ENABLED", "NO"),
    // A damaged block is an error, never zeros.
    ("GTIFF_IGNORE_READ_ERRORS", "NO"),
    ("GDAL_ERROR_ON_LIBJPEG_WARNING", "YES"),
    // Blocks come through libtiff, which says what it cannot unpack.
    ("GTIFF_DIRECT_IO", "NO"),
    ("GTIFF_VIRTUAL_MEM_IO", "NO"),
    ("CPL_DEBUG", "OFF"),
  ]

  /// Options a user may set otherwise in the environment.
  private static let defaults = [
    ("GDAL_HTTP_MAX_RETRY", "4"),
    ("GDAL_HTTP_RETRY_DELAY", "1"),
    ("GDAL_HTTP_CONNECTTIMEOUT", "30"),
    // A server that sends nothing for a minute is gone: without this a read can hang for ever.
    ("GDAL_HTTP_LOW_SPEED_TIME", "60"),
    ("GDAL_HTTP_LOW_SPEED_LIMIT", "1"),
    ("GDAL_HTTP_MULTIPLEX", "YES"),
    // Megabytes of a part of an upload, held in memory: the 50 of S3 would not fit in a small limit.
    ("VSIS3_CHUNK_SIZE", "8"),
    ("VSIGS_CHUNK_SIZE", "8"),
    ("GDAL_HTTP_MERGE_CONSECUTIVE_RANGES", "YES"),
  ]
}
