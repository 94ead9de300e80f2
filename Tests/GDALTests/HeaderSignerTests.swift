import GDAL
import Testing

@Suite("Header signer")
struct HeaderSignerTests {
  @Test(
    "A token goes to the servers it is for, over https, and to nobody else",
    arguments: [
      ("https://data.lpdaac.earthdatacloud.nasa.gov/a.tif", true),
      ("https://nasa.gov/a.tif", true),
      ("https://NASA.gov:443/a.tif?x=1", true),
      ("http://127.0.0.1:8080/a.tif", true),
      ("http://data.nasa.gov/a.tif", false),
      ("https://evilnasa.gov/a.tif", false),
      ("https://nasa.gov.evil.org/a.tif", false),
      ("https://nasa.gov@evil.org/a.tif", false),
      ("https://evil.org/nasa.gov", false),
    ])
  func scope(url: String, isMeant: Bool) {
    let signer = HeaderSigner(header: "Authorization: Bearer t", domains: ["nasa.gov"])
    #expect(signer.request(for: url).headers.isEmpty != isMeant)
  }
}
