import Catalog
import Network
import TestSupport
import Testing

@Suite struct HrefTests {
  @Test(arguments: [
    ("x.tif", "/data/c/items.json", "/data/c/x.tif"),
    ("./x.tif", "/data/c/items.json", "/data/c/x.tif"),
    ("../x.tif", "/data/c/items.json", "/data/x.tif"),
    ("../../../../x.tif", "/data/c/items.json", "/x.tif"),
    ("a//b/./c/../x.tif", "/data/items.json", "/data/a/b/x.tif"),
    ("/other/x.tif", "/data/items.json", "/other/x.tif"),
    ("a b%20c.tif", "/data/items.json", "/data/a b%20c.tif"),
    ("file:///data/a%20b.tif", "/x/items.json", "/data/a b.tif"),
    ("file://localhost/data/%C3%A9.tif", "/x/items.json", "/data/é.tif"),
    ("file:/data/50%.tif", "/x/items.json", "/data/50%.tif"),
    ("https://h/p/x.tif?sig=a/../b", "/x/items.json", "https://h/p/x.tif?sig=a/../b"),
    ("s3://bucket/../x.tif", "/x/items.json", "s3://bucket/../x.tif"),
    ("az://c/x.tif", "https://h/items.json", "az://c/x.tif"),
    ("/vsicurl/https://h/x.tif", "/x/items.json", "/vsicurl/https://h/x.tif"),
    ("x.tif", "https://h.org/a/b/item.json?token=1/2", "https://h.org/a/b/x.tif"),
    ("../x.tif", "https://h.org/a/b/item.json", "https://h.org/a/x.tif"),
    ("../../../x.tif", "https://h.org/a/item.json", "https://h.org/x.tif"),
    ("/x.tif", "https://h.org/a/b/item.json", "https://h.org/x.tif"),
    ("//o.org/x.tif", "https://h.org/a/item.json", "https://o.org/x.tif"),
    ("./x.tif", "s3://bucket/a/item.json", "s3://bucket/a/x.tif"),
    ("x.tif", "https://h.org", "https://h.org/x.tif"),
    ("x.tif ", "https://h.org/a/item.json", "https://h.org/a/x.tif"),
    ("\n https://h.org/a b.tif\r\n", "/data/items.json", "https://h.org/a b.tif"),
    ("\t/data/x.tif\n", "/data/items.json", "/data/x.tif"),
    (" ", "/data/items.json", "/data/"),
  ])
  func `a reference is resolved against its document`(href: String, document: String, expected: String) {
    #expect(Href.resolve(href, against: document) == expected)
  }

  /// What a document on a server cannot mean, whoever wrote it: files of this machine, and names that are instructions.
  @Test(
    arguments: [
      "file:///etc/passwd", " file:///etc/passwd", "file:/etc/passwd", "FILE://localhost/etc/passwd",
      "vrt:///etc/passwd",
      "vrt://https://h.org/a.tif", "NETCDF:/etc/a.nc:v", "ZARR:\"x.zarr\"",
      "ZARR:\"/vsicurl/https://h.org/a.zarr\"", "HDF5:\"file:///a.h5\"://v", "GTIFF_DIR:1:/etc/a.tif",
      "WMS:x",
      "ftp://h.org/a.tif", "https://a@b@c/x.tif", "s3://bucket/../../etc/passwd", "vsicurl:x", "mailto:x",
    ], ["https://h.org/a/items.json", "s3://bucket/a/items.json"])
  func `documents on servers lead to servers only`(href: String, document: String) {
    let location = Href.resolve(href, against: document)
    #expect(RemoteReference.refusedReference(in: location) == href.trimmed)
    // It stays what it is wherever it is kept and read again.
    #expect(Href.resolve(location, against: "/run/scenes.json") == location)
  }

  /// Paths in a document on a server are the server's.
  @Test(arguments: [
    ("/etc/passwd", "https://h.org/etc/passwd"), ("/vsicurl/x", "https://h.org/vsicurl/x"),
    ("../../../../etc/passwd", "https://h.org/etc/passwd"), ("/../../etc/passwd", "https://h.org/etc/passwd"),
    ("NETCDF:\"/etc/b.nc\":v", "NETCDF:\"https://h.org/etc/b.nc\":v"),
    ("NETCDF:\"b.nc\":v", "NETCDF:\"https://h.org/a/b.nc\":v"),
    ("NETCDF:\"https://o.org/b.nc\":v", "NETCDF:\"https://o.org/b.nc\":v"),
    ("?page=2", "https://h.org/a/items.json?page=2"),
  ])
  func `paths of servers are the servers`(href: String, expected: String) {
    #expect(Href.resolve(href, against: "https://h.org/a/items.json#x") == expected)
  }

  @Test func `escapes of local references are decoded where there is no file of that name`() throws {
    let folder = try TemporaryFolder()
    try folder.write("my scene/a.tif", "")
    try folder.write("50%25/a.tif", "")
    let document = folder.path + "/items.json"
    #expect(Href.resolve("my%20scene/a.tif", against: document) == folder.path + "/my scene/a.tif")
    #expect(Href.resolve("./50%25/a.tif", against: document) == folder.path + "/50%25/a.tif")
    #expect(Href.resolve("no%20such/a.tif", against: document) == folder.path + "/no%20such/a.tif")
  }

  @Test func `a source is resolved in the configurations folder`() {
    #expect(Href.resolve("../data", inFolder: "/home/me/configs") == "/home/me/data")
    #expect(Href.resolve("/abs/items.json", inFolder: "/home") == "/abs/items.json")
    #expect(Href.resolve("https://h/items.json", inFolder: "/home") == "https://h/items.json")
    #expect(Href.resolve("items.json", inFolder: "https://h/a") == "https://h/a/items.json")
  }

  @Test(
    arguments: [
      ("HTTPS://h", "https"), ("s3://b", "s3"), ("/a://b", nil), ("a/b://c", nil), ("mailto:x", nil),
      ("", nil),
    ] as [(String, String?)]
  )
  func `the scheme tells UR ls from paths`(location: String, scheme: String?) {
    #expect(Href.scheme(of: location) == scheme)
  }
}

extension String {
  /// Without the blanks before it, which are none of a reference's.
  fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
