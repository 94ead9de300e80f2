import Foundation

/// Servers that several tests share; each starts when the first test needs it, and ends with this process.
enum Servers {
  /// A STAC API that misbehaves as the first step of a path says (scripts/services/stac-misbehaving).
  static let misbehaving = Task {
    try await TestServer(["stac-misbehaving", "{port}"], path: "/_ready")
  }

  /// rustac, with the items of `StacFixture`.
  static let rustac = Task {
    try await TestServer(
      ["stac-rustac", "{port}", try StacFixture.file("collection.json"), try StacFixture.file("items.json")])
  }

  /// pgstac on PostgreSQL, with the items of `StacFixture`.
  static let pgstac = Task {
    try await TestServer(
      [
        "stac-pgstac", "{port}", try StacFixture.file("collection.ndjson"),
        try StacFixture.file("items.ndjson"),
      ],
      path: "/_mgmt/ping")
  }
}
