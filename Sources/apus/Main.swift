import ArgumentParser
import CommandLine
import GDAL
import NetCDF

@main
struct Main {
  static func main() async {
    Apus.checkAddressSpace()
    // Changing the environment is safe only while there is one thread.
    NetCDFThread.prepareProcess()
    GDALLibrary.prepareProcess()
    await Apus.mainWithStatus()
  }
}
