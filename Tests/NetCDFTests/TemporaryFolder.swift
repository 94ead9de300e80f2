import Glibc
import NetCDF
import Storage

/// A new folder for a test; the test removes it.
func makeTemporaryFolder() throws -> String {
  // A program started by another test inherits open files, and with them HDF5's locks.
  NetCDFThread.prepareProcess()
  let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  let folder = "\(base)/apus-netcdf-tests-\(getpid())-\(UInt64.random(in: 0 ... .max))"
  try LocalFiles.createDirectory(folder)
  return folder
}

/// Runs a program and returns what it prints to its standard output; nil when it cannot be run or fails.
func output(of command: String) -> String? {
  guard let pipe = popen(command, "r") else { return nil }
  var bytes: [UInt8] = []
  while true {
    let character = fgetc(pipe)
    if character == EOF { break }
    bytes.append(UInt8(character))
  }
  return pclose(pipe) == 0 ? String(decoding: bytes, as: UTF8.self) : nil
}
