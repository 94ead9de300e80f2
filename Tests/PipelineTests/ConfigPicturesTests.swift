import Engine
import JSON
import Pipeline
import Testing

/// How pictures look, as a config says it.
@Suite struct ConfigPicturesTests {
  private static let sequence = """
    { "name": "s", "modules": [
      { "module": "download", "source": "https://example.org", "collection": "landsat-c2-l2" },
      { "module": "ndvi" }, { "module": "seasonal_mean", "of": "ndvi" } ] }
    """

  private func read(_ pictures: String) -> ConfigReading {
    let text =
      #"{ "pipeline": "p", "output": { "pictures": \#(pictures) }, "sequences": [ \#(Self.sequence) ] }"#
    return ConfigReader.read(Array(text.utf8), file: "a.json")
  }

  @Test func `limits, colours and animations are taken`() throws {
    let reading = read(
      #"{ "ndvi_seasonal_mean": { "limits": [-1, 1], "colours": "RdBu", "animation": true } }"#)
    let pictures = try #require(reading.config, "\(reading.messages)").output.pictures
    #expect(
      pictures.limits == ["ndvi_seasonal_mean": -1...1] && pictures.colours["ndvi_seasonal_mean"] == .redBlue)
    #expect(pictures.animated == ["ndvi_seasonal_mean"])
    #expect(try #require(reading.config).resolved.text().contains(#""colours":"RdBu""#))
    #expect(try #require(read("{}").config).output.pictures == PictureSettings())
  }

  @Test(arguments: [
    (#"{ "ndvi_seasonal_mena": { "animation": true } }"#, #"did you mean "ndvi_seasonal_mean"?"#),
    (#"{ "ndvi": { "animation": true } }"#, "it is not saved"),
    (#"{ "ndvi_seasonal_mean": { "limits": [1, 0] } }"#, "the lower one first"),
    (#"{ "ndvi_seasonal_mean": { "limits": [0, 1, 2] } }"#, "the lower one first"),
    (#"{ "ndvi_seasonal_mean": { "limits": [0, "1"] } }"#, ".limits[1]"),
    (#"{ "ndvi_seasonal_mean": { "colours": "viridsi" } }"#, #"did you mean "viridis"?"#),
    (#"{ "ndvi_seasonal_mean": { "colour": "viridis" } }"#, #"did you mean "colours"?"#),
  ])
  func `mistakes are told where they stand`(pictures: String, words: String) {
    let reading = read(pictures)
    #expect(reading.config == nil && reading.messages.count == 1, "\(reading.messages)")
    #expect(reading.messages.first?.contains(words) == true, "\(reading.messages)")
    #expect(reading.messages.first?.contains("$.output.pictures.ndvi") == true, "\(reading.messages)")
  }
}
