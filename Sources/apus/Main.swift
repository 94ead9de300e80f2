import CommandLine

@main
struct Main {
  static func main() async {
    await Apus.main()
  }
}
