import JSON
import Pipeline
import Testing

/// The plain form of a config, which a run is recognised by.
@Suite struct ConfigUnderstoodTests {
  @Test func keyOrderWhiteSpaceAndNotationDoNotMatter() throws {
    let first = try #require(
      ConfigFixture.read(
        """
        { "pipeline": "p",
          "area": { "bbox": [-71, -36.50, -70, -35], "crs": "EPSG:32719", "resolution": 30 },
          "resources": { "memory": "1GiB", "chunk": 512 },
          "output": { "formats": ["zarr", "netcdf"], "location": "o" },
          "sequences": [
            { "name": "r", "depends_on": ["s"], "modules": [{ "module": "summary" }] },
            { "name": "s", "modules": [
              { "module": "download", "source": "https://example.org/stac", "bands": ["red", "nir08"],
                "query": { "a": { "gt": 1, "lt": 20 } }, "resampling": { "*": "average", "red": "nearest" } },
              { "module": "ndvi" } ] } ] }
        """
      ).config)
    let second = try #require(
      ConfigFixture.read(
        """
        {"sequences":[{"modules":[{"resampling":{"red":"nearest","*":"average"},"retries":3.0,"bands":["red","nir08"],
        "query":{"a":{"lt":2e1,"gt":1.0}},"source":"https://example.org/stac","mode":"stream","module":"download"},
        {"as":"ndvi","bands":["nir08","red"],"module":"ndvi","save":true}],"name":"s"},
        {"modules":[{"module":"summary"}],"depends_on":["s"],"name":"r"}],"run_mode":"local",
        "output":{"delete_local":false,"location":"o","formats":["netcdf","zarr"]},
        "resources":{"chunk":[512,512],"memory":1073741824,"threads":0},
        "area":{"resolution":[30.0,30],"crs":"EPSG:32719","bbox":[-71.0,-36.5,-70,-35]},"pipeline":"p"}
        """
      ).config)
    #expect(first.understood == second.understood)
    #expect(first.understood.text() == second.understood.text())
  }

  @Test func differentMeaningsDiffer() throws {
    func understood(_ members: String, _ modules: String) throws -> JSONValue {
      let text = ConfigFixture.config(
        members, sequences: ConfigFixture.sequence(ConfigFixture.download, modules))
      return try #require(ConfigFixture.read(text).config).understood
    }
    let plain = try understood("", ConfigFixture.ndvi)
    #expect(
      try plain != understood(#""dates": { "start": "2021-01-01", "end": "2021-01-02" }"#, ConfigFixture.ndvi)
    )
    #expect(try plain != understood(#""area": { "bbox": [0, 0, 1, 1] }"#, ConfigFixture.ndvi))
    #expect(try plain != understood("", #"{ "module": "ndvi", "bands": ["red", "nir08"] }"#))
    #expect(try plain != understood("", #"{ "module": "ndvi", "as": "other" }"#))
  }

  @Test func defaultsAreFilledIn() throws {
    let config = try #require(ConfigFixture.read(ConfigFixture.config()).config)
    let expected: JSONValue = [
      "pipeline": "p", "area": "native",
      "output": [
        "location": "out/p", "formats": ["netcdf"], "layout": "per_variable", "allow_empty": false,
        "deflate": 1, "delete_local": false,
      ],
      "resources": ["threads": 0, "memory": 536_870_912, "chunk": "auto", "connections": 0],
      "run_mode": "local",
      "sequences": [
        [
          "name": "s", "depends_on": [],
          "modules": [
            [
              "module": "download", "save": false, "source": "https://example.org/stac",
              "bands": ["red", "nir08", "qa_pixel"], "sign": "none", "group_by": "solar_day",
              "resampling": "nearest", "mode": "stream", "retries": 3,
            ], ["module": "ndvi", "as": "ndvi", "save": true, "bands": ["nir08", "red"]],
          ],
        ]
      ],
    ]
    #expect(config.understood == expected)
  }

  @Test func whatIsUnderstoodIsAConfigThatIsUnderstoodTheSame() throws {
    let first = try #require(ConfigFixture.read(ConfigReaderTests.example).config)
    let again = ConfigFixture.read(first.understood.text(pretty: true))
    #expect(again.messages == [])
    #expect(again.config?.understood == first.understood)
  }
}
