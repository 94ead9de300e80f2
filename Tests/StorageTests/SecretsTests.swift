import Storage
import Testing

@Suite struct SecretsTests {
  @Test(arguments: [
    (
      "https://a.b/c.tif?sv=2021&se=2026-01-01&sr=c&sp=rl&sig=AbC%3D", "https://a.b/c.tif",
      "https://a.b/c.tif?…"
    ),
    (
      "https://a.b/c.tif?v=3&X-Amz-Credential=k&X-Amz-Signature=s", "https://a.b/c.tif?v=3",
      "https://a.b/c.tif?…"
    ),
    ("https://user:word@a.b/c?limit=3", "https://a.b/c?limit=3", "https://a.b/c?limit=3"),
    ("https://ghp_word@a.b/c", "https://a.b/c", "https://a.b/c"),
    ("HTTPS://u:p@ss@a.b/c", "HTTPS://a.b/c", "HTTPS://a.b/c"),
    ("s3://KEY:word@bucket/c", "s3://bucket/c", "s3://bucket/c"),
    ("/vsicurl/https://u:p@a.b/c.tif", "/vsicurl/https://a.b/c.tif", "/vsicurl/https://a.b/c.tif"),
    (
      "https://a.b/search?limit=5&token=next&bbox=1,2,3,4", "https://a.b/search?limit=5&bbox=1,2,3,4",
      "https://a.b/search?limit=5&…&bbox=1,2,3,4"
    ),
    ("https://a.b/c d.tif?sig=s", "https://a.b/c d.tif", "https://a.b/c d.tif?…"),
    ("https://a.b/c#access_token=s", "https://a.b/c", "https://a.b/c#…"),
    ("https://a.b/c?%73ig=s", "https://a.b/c", "https://a.b/c?…"),
    ("https://a.b/c?v=1&amp;sig=s", "https://a.b/c?v=1", "https://a.b/c?…"),
    (
      "https://proxy/?url=https%3A%2F%2Fa.b%2Fc%3Fsig%3Ds&v=1", "https://proxy/?v=1", "https://proxy/?…"
    ),
    ("https://proxy/?query=https%3A%2F%2Fa.b%2Fc%3Fsig%3Ds", "https://proxy/", "https://proxy/?…"),
    (
      "cannot read https://a.b/c.tif?bbox=1,2&sig=s, band 1: HTTP 403 (https://a.b/c?sig=s)",
      "cannot read https://a.b/c.tif?bbox=1,2, band 1: HTTP 403 (https://a.b/c)",
      "cannot read https://a.b/c.tif?bbox=1,2&…, band 1: HTTP 403 (https://a.b/c?…)"
    ),
  ])
  func `are neither kept nor shown`(text: String, kept: String, shown: String) {
    #expect(Secrets.removed(from: text) == kept)
    #expect(Secrets.hidden(in: text) == shown)
    #expect(Secrets.areIn(text))
    // What has none is not changed again.
    #expect(Secrets.removed(from: kept) == kept && Secrets.hidden(in: shown) == shown)
  }

  @Test(arguments: [
    "abfs://c@account.dfs.core.windows.net/x", "/data/a?sig=b.tif", "what? a@b, no address", "",
    "https://a.b/c#band-4", "https://a.b/c is #4, is it? yes", "https://a.b/c?version=2", "s3://b/k",
    "C:\\data\\?sig=1", "mail a@b.c or see https://a.b", "file:///data/ä.tif",
  ])
  func `texts without secrets stay as they are`(text: String) {
    #expect(Secrets.removed(from: text) == text)
    #expect(Secrets.hidden(in: text) == text)
    #expect(!Secrets.areIn(text))
  }

  @Test func `members of JSON and headers are known by name`() {
    for name in ["Authorization", "x-api-key", "password", "msft:token", "Set-Cookie", "sas_token"] {
      #expect(Secrets.isSecret(member: name), "\(name)")
    }
    for name in ["href", "title", "auth:refs", "tokens_of_place", "signature_bands", ""] {
      #expect(!Secrets.isSecret(member: name), "\(name)")
    }
  }
}
