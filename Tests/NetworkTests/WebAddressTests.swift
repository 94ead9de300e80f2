import Testing

@testable import Network

@Suite("Web addresses")
struct WebAddressTests {
  @Test(arguments: [
    ("https://h.org/a/b.tif?x=1#part", "https://h.org", "https://h.org/a/b.tif?x=1"),
    ("https://h.org#.nasa.gov/x.tif", "https://h.org", "https://h.org/"),
    ("https://h.org?.nasa.gov/x.tif", "https://h.org", "https://h.org/?.nasa.gov/x.tif"),
    ("HTTPS://H.Org:443/A", "https://h.org", "https://h.org/A"),
    ("http://h.org.:80", "http://h.org", "http://h.org/"),
    ("http://h.org:8080/", "http://h.org:8080", "http://h.org:8080/"),
    ("http://u:p@h.org/x", "http://h.org", "http://u:p@h.org/x"),
    ("http://[::1]:81/x", "http://[::1]:81", "http://[::1]:81/x"),
    ("http://h.org/my scene/ä%20b%.tif", "http://h.org", "http://h.org/my%20scene/%C3%A4%20b%25.tif"),
    ("http://h.org/a?q=\"x y\"&b={1}", "http://h.org", "http://h.org/a?q=%22x%20y%22&b=%7B1%7D"),
    ("http://h.org/a\\b\t\n", "http://h.org", "http://h.org/a%5Cb%09%0A"),
  ])
  func `the server is the one that a request goes to`(text: String, origin: String, sent: String) throws {
    let address = try #require(WebAddress(text))
    #expect(address.origin == origin)
    #expect(address.text == sent)
    #expect(WebAddress(sent) == address)
  }

  @Test(arguments: [
    "https://a@b@c/x", "https://evil.org\\@nasa.gov/x", "https://evil.org\\.nasa.gov/x",
    "https://evil.org%2f.nasa.gov/x",
    "https://evil.org%00.nasa.gov/x", "https:// h.org/", "https://h.org:99999/", "https://h.org:8a/",
    "https:///x",
    "https://", "https:/h.org/x", "https:h.org", "ftp://h.org/x", "file:///etc/passwd", "vrt://h.org/x",
    "https://h..org/", "https://h．org/x", "https://h.org／.nasa.gov/x", "/x", "", "https://[::1/x",
    "https://[x]/", "https://evil.org\t.nasa.gov/", "https://evil.org;.nasa.gov/",
    "https://evil.org&.nasa.gov/",
  ])
  func `what programs read differently is no address`(text: String) {
    #expect(WebAddress(text) == nil)
  }

  @Test(
    arguments: [
      ("/x?y", "http://h.org/x?y"), ("x", "http://h.org/a/x"), ("../x", "http://h.org/x"),
      ("../../../x", "http://h.org/x"), ("?y", "http://h.org/a/b?y"), ("//o.org/x", "http://o.org/x"),
      ("https://u:p@o.org/x", "https://o.org/x"), ("file:///etc/passwd", nil), ("vrt://x", nil),
      ("https://a@b@c/", nil),
    ] as [(String, String?)])
  func `redirections lead to web servers, without names and passwords`(location: String, target: String?)
    throws
  {
    let address = try #require(WebAddress("http://u:p@h.org/a/b?q=1"))
    #expect(address.redirected(to: location)?.text == target)
  }

  @Test(arguments: [
    ("https://h.org/a.tif", true), ("s3://bucket/a.tif", true), ("gs://b/a", true), ("az://c/b", true),
    ("abfs://c@account.dfs.core.windows.net/b", true), ("NETCDF:\"https://h.org/a.nc\":ndvi", true),
    ("/etc/passwd", false), ("file:///etc/passwd", false), ("file:/etc/passwd", false),
    ("FILE:///etc/passwd", false), ("vrt:///etc/passwd", false), ("vrt://https://h.org/a.tif", false),
    ("/vsicurl/https://h.org/a.tif", false), ("/vsizip//etc/x.zip", false), ("/vsistdin/", false),
    ("NETCDF:\"/etc/a.nc\":ndvi", false), ("NETCDF:/etc/a.nc:ndvi", false),
    ("ZARR:\"https://h.org/a.zarr\"", false),
    ("ZARR:\"/vsicurl/https://h.org/a.zarr\"", false), ("HDF5:\"file:///a.h5\"://x", false),
    ("GTIFF_DIR:1:/etc/a.tif", false), ("<VRTDataset>", false), ("{\"type\":\"gdal_streamed_alg\"}", false),
    ("WMS:https://h.org/wms", false), ("s3://bucket/../../etc/passwd", false), ("s3:///etc/passwd", false),
    ("s3:bucket/a", false), ("ftp://h.org/a.tif", false), ("https://h.org\\a", false),
    ("NETCDF:\"s3://b/../x.nc\":v", false), ("", false),
  ])
  func `documents on servers lead to servers`(location: String, isAllowed: Bool) {
    #expect(RemoteReference.isAllowed(location) == isAllowed)
  }
}
