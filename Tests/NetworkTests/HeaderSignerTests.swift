import Testing

@testable import Network

@Suite("Header signer")
struct HeaderSignerTests {
  @Test(arguments: [
    ("https://data.lpdaac.earthdatacloud.nasa.gov/a.tif", true),
    ("https://nasa.gov/a.tif", true),
    ("https://NASA.gov:443/a.tif?x=1", true),
    ("http://127.0.0.1:8080/a.tif", true),
    ("http://data.nasa.gov/a.tif", false),
    ("https://evilnasa.gov/a.tif", false),
    ("https://nasa.gov.evil.org/a.tif", false),
    ("https://nasa.gov@evil.org/a.tif", false),
    ("https://evil.org/nasa.gov", false),
    ("https://evil.org#.nasa.gov/a.tif", false),
    ("https://evil.org?.nasa.gov/a.tif", false),
    ("https://evil.org\\.nasa.gov/a.tif", false),
    ("https://evil.org\\@data.nasa.gov/a.tif", false),
    ("https://evil.org%2f.nasa.gov/a.tif", false),
    ("https://a@evil.org@data.nasa.gov/a.tif", false),
    ("https://evil.org:443@data.nasa.gov/a.tif", false),
    ("https://data.nasa.gov./a.tif", true),
    ("HTTPS://DATA.NASA.GOV/a.tif", true),
    ("https://data.nasa.gov:8443/a.tif", true),
    ("https://127.0.0.1.evil.org/a.tif", false),
    ("https://localhost.evil.org/a.tif", false),
    ("/a.tif", false),
  ])
  func `a token goes to the servers it is for, over https, and to nobody else`(url: String, isMeant: Bool) {
    let signer = HeaderSigner(name: "Authorization", value: "Bearer t", domains: ["nasa.gov"])
    #expect(signer.request(for: url).headers.isEmpty != isMeant)
  }
}

@Suite("Planetary Computer signer")
struct PlanetaryComputerSignerTests {
  @Test(
    arguments: [
      ("https://account.blob.core.windows.net/container/a/b.tif", "account/container"),
      ("https://ACCOUNT.blob.core.windows.net:443/container/b.tif", "account/container"),
      ("http://127.0.0.1:10000/account/container/b.tif", "account/container"),
      ("http://account.blob.core.windows.net/container/b.tif", nil),
      ("https://account.blob.core.windows.net:8443/container/b.tif", nil),
      ("https://evil.org#.blob.core.windows.net/container/b.tif", nil),
      ("https://evil.org/.blob.core.windows.net/container/b.tif", nil),
      ("https://account.blob.core.windows.net@evil.org/container/b.tif", nil),
      ("https://a.evil.blob.core.windows.net/container/b.tif", nil),
      ("https://account.blob.core.windows.net/container/b.tif?sig=x", nil),
    ] as [(String, String?)])
  func `tokens are for the storage they are of, over https, as the parser of addresses sees it`(
    url: String, container: String?
  ) {
    #expect(PlanetaryComputerSigner.container(of: url) == container)
  }
}
