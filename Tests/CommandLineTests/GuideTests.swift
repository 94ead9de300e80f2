import Storage
import TestSupport
import Testing

/// What stands on the pages of Documentation/Guides happens.
@Suite struct GuideTests {
  @Test(arguments: try GuidePage.names)
  func `a page runs from top to bottom as it stands`(name: String) async throws {
    let page = try GuidePage(name)
    #expect(page.blocks.contains { if case .commands = $0 { true } else { false } })
    try await withTemporaryFolder { folder in
      let faults = try await page.faults(in: folder, apus: Project.apus)
      #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
    }
  }

  @Test func `every page is in the table, and every link leads somewhere`() throws {
    let table = try GuidePage.text(of: "\(GuidePage.folder)/README.md")
    let readme = try GuidePage.text(of: "\(Project.folder)/README.md")
    let names = try GuidePage.names
    for name in names { #expect(table.contains("](\(name))"), "\(name) is not in the table") }
    #expect(readme.contains("](Documentation/Guides/README.md)"))
    var pages = names.map { ("\(GuidePage.folder)/", $0) }
    pages += [("\(GuidePage.folder)/", "README.md"), ("\(Project.folder)/", "README.md")]
    for (folder, name) in pages {
      let text = try GuidePage.text(of: folder + name)
      for link in text.matches(of: /\]\(([^)\s]+)\)/).map({ String($0.1) }) where !link.contains("://") {
        let path = link.split(separator: "#", omittingEmptySubsequences: false)[0]
        #expect(path.isEmpty || LocalFiles.exists(folder + path), "\(name): \(link) is not there")
      }
    }
  }

  @Test func `what a page says and what happens are compared`() async throws {
    func faults(_ blocks: String) async throws -> Int {
      try await withTemporaryFolder { folder in
        try await GuidePage("page.md", text: blocks).faults(in: folder, apus: Project.apus).count
      }
    }
    #expect(try await faults("```sh\necho one; echo two >&2\n```\n```text\none\nt…o\n```\n") == 0)
    #expect(try await faults("```sh\necho one; echo two\n```\n```text\ntwo\none\n```\n") == 1)
    #expect(try await faults("```sh\necho one\n```\n```text\non\n```\n") == 1)
    #expect(try await faults("```sh\nfalse\ntrue\n```\n") == 1)
    #expect(try await faults("```sh\n(exit 64) # exits with 64\ntrue\n```\n") == 0)
    #expect(try await faults("```sh\n(exit 1) # exits with 64\ntrue\n```\n") == 1)
    #expect(try await faults("```json a/b.json\n{}\n```\n```sh\ncat a/b.json\n```\n```text\n{}\n```\n") == 0)
    #expect(try await faults("```swift Package.swift\nno such line\n```\n") == 1)
    for unsound in ["```sh\nls\n", "```json\n{}\n```\n", "```python\n1\n```\n", "```\nx\n```\n"] {
      #expect(throws: ProgramFailure.self) { try GuidePage("page.md", text: unsound) }
    }
  }
}
