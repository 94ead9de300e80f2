import Storage
import Testing

/// Names that come from outside and become paths.
@Suite struct PortableNameTests {
  @Test(arguments: [
    "ndvi", "2021-01-03", "2021-01-03T143855Z-2", ".zarray", "0.0.0", "_", "-", "a..b", "...a", "console",
    "com",
    "lpt", "COM10", "nullified.nc", String(repeating: "a", count: 255),
  ])
  func `names of any run are usable`(name: String) {
    #expect(PortableName.isUsable(name) && PortableName.isRelativePath("a/\(name)/b"))
  }

  @Test(arguments: [
    "", ".", "..", "...", "a.", "a/b", "/", "/\u{308}", "a\\b", "C:", "c:a", "a b", " ", "a ", "ä",
    "a\u{301}", "a\0b",
    "\0", "a\nb", "\u{1b}[2J", "\u{7f}", "\u{202e}cod", "%", "%2e%2e", "~", "*", "a?b", "a#b", "a|b", "a:b",
    "$HOME",
    "con", "NUL", "aux.nc", "Com1", "lpt9.tar.gz", "PRN.", String(repeating: "a", count: 256), "．．", "a⁄b",
  ])
  func `others are not and lead nowhere`(name: String) {
    #expect(!PortableName.isUsable(name))
    #expect(!PortableName.isRelativePath("a/\(name)/b") || name == "a/b")
    #expect(!PortableName.isRelativePath("/\(name)") && !PortableName.isRelativePath("\(name)/"))
  }

  @Test func `the name of a path is what follows its last slash in bytes`() {
    // The slash and the mark are one character.
    #expect(LocalFiles.name(of: "a/../\u{308}b") == "\u{308}b")
    #expect(LocalFiles.name(of: "a/b/") == "b" && LocalFiles.name(of: "c") == "c")
  }
}
