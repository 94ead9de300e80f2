import ArgumentParser
import CommandLine
import NetCDF

@main
struct Main {
  static func main() async {
    // Changing the environment is safe only while there is one thread.
    NetCDFThread.prepareProcess()
    await Apus.mainWithStatus()
  }
}
