import Testing

@testable import Network

@Suite struct EarthdataLoginTests {
  @Test
  func `name and password go to the login server only, and to no one who could be overheard`() throws {
    let variables = ["EARTHDATA_USERNAME": "me", "EARTHDATA_PASSWORD": "a:b"]
    let settings = HTTPSettings { variables[$0] }
    for (address, isSent) in [
      ("https://urs.earthdata.nasa.gov/oauth/authorize?a=b", true),
      ("http://urs.earthdata.nasa.gov/oauth/authorize", false),
      ("https://obdaac-tea.earthdatacloud.nasa.gov/a.nc", false),
      ("https://urs.earthdata.nasa.gov.example.org/", false),
      ("https://me@example.org/urs.earthdata.nasa.gov", false),
    ] {
      let user = settings.user(for: try #require(WebAddress(address)))
      #expect(user == (isSent ? "me:a:b" : nil), "\(address)")
    }
    let other = HTTPSettings { $0 == "EARTHDATA_HOST" ? "localhost" : variables[$0] }
    #expect(other.user(for: try #require(WebAddress("http://localhost:80/login"))) == "me:a:b")
    #expect(HTTPSettings { $0 == "NETRC" ? "/a/netrc" : nil }.netrcFile == "/a/netrc")
  }
}
