import Glibc

/// The one thread on which everything of netCDF-C and HDF5 happens.
///
/// Neither library may be used from two threads at once, nor together from two (netcdf-c #2496). What is marked
/// `@NetCDFThread` runs on a thread of its own, never on Swift's shared ones, so waiting for a disk there keeps
/// nobody else from working.
@globalActor
public actor NetCDFThread {
  public static let shared = NetCDFThread()

  private nonisolated let executor = SingleThreadExecutor()

  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Runs a synchronous piece of work on the thread.
  public static func run<Result: Sendable, Failure: Error>(
    _ body: @NetCDFThread @Sendable () throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await runOnThread(body)
  }

  @NetCDFThread
  private static func runOnThread<Result: Sendable, Failure: Error>(
    _ body: @NetCDFThread @Sendable () throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try body()
  }

  /// Turns file locks of HDF5 off for this process, unless `HDF5_USE_FILE_LOCKING` is set already.
  ///
  /// Locks fail on some NFS and Lustre mounts (h5py #1082), outlive the closing of a file in child processes
  /// that inherited it, and Apus needs none: files are written under names nobody else uses. netCDF-C gives no other way than the environment. Call it first in `main`: to change the
  /// environment is not safe once there are other threads.
  public static nonisolated func prepareProcess() {
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0)
  }
}
