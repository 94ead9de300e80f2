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
    (#"{ "ndvi_seasonal_mean": { "limits": [0] } }"#, "at least 2"),
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

  private static let three = """
    { "name": "s", "modules": [
      { "module": "download", "source": "https://example.org", "collection": "landsat-c2-l2" },
      { "module": "composite", "of": ["red", "green", "blue"], "statistic": "median", "period": "month" } ] }
    """

  private func readThree(_ pictures: String) -> ConfigReading {
    let text =
      #"{ "pipeline": "p", "output": { "pictures": \#(pictures) }, "sequences": [ \#(Self.three) ] }"#
    return ConfigReader.read(Array(text.utf8), file: "a.json")
  }

  @Test(arguments: ["ndvi", "clouds"])
  func `three variables of two periods make no picture, which is told where they stand`(other: String) {
    let text = """
      { "pipeline": "p", "output": { "pictures": { "mix": {
          "bands": ["red_month_median", "green_month_median", "\(other)"] } } },
        "sequences": [ { "name": "s", "modules": [
          { "module": "download", "source": "https://example.org", "collection": "landsat-c2-l2" },
          { "module": "cloud_mask", "reject": ["cloud"], "as": "clouds", "save": true },
          { "module": "ndvi", "save": true },
          { "module": "composite", "of": ["red", "green"], "statistic": "median", "period": "month" } ] } ] }
      """
    let reading = ConfigReader.read(Array(text.utf8), file: "a.json")
    #expect(reading.config == nil && reading.messages.count == 1, "\(reading.messages)")
    let message = reading.messages.first ?? ""
    #expect(message.hasPrefix("a.json:2:14: $.output.pictures.mix.bands: "), "\(message)")
    #expect(
      message.contains(#""red_month_median" has "month""#) && message.contains("\"\(other)\" has \"date\""))
  }

  @Test func `three variables make one picture`() throws {
    let reading = readThree(
      #"{ "rgb": { "bands": ["red_month_median", "green_month_median", "blue_month_median"], "gamma": 1.5 } }"#
    )
    let config = try #require(reading.config, "\(reading.messages)")
    let made = try #require(config.output.pictures.composites.first)
    #expect(
      made.name == "rgb" && made.bands[1] == "green_month_median" && made.limits == nil && made.gamma == 1.5)
    #expect(config.resolved.text().contains(#""rgb":{"bands":["red_month_median""#))
    #expect(!made.isStretchedPerLayer && !made.isStretchedPerBand && !made.isAnimated)
    let other = try #require(
      readThree(
        #"{ "rgb": { "bands": ["red_month_median", "green_month_median", "blue_month_median"], "per": "date", "stretch": "each", "animation": true } }"#
      ).config)
    let own = try #require(other.output.pictures.composites.first)
    #expect(own.isStretchedPerLayer && own.isStretchedPerBand && own.isAnimated)
    #expect(other.resolved.text().contains(#""per":"date","stretch":"each","animation":true"#))
  }

  @Test(arguments: [
    (#"{ "rgb": { "bands": ["red_month_median", "green_month_median"] } }"#, "at least 3"),
    (
      #"{ "rgb": { "bands": ["red_month_median", "green_month_median", "blue_month_median", "red_month_median"] } }"#,
      "for red, green and blue, not 4"
    ),
    (
      #"{ "rgb": { "bands": ["red_month_median", "green_month_median", "blue_month_medain"] } }"#,
      #"did you mean "blue_month_median"?"#
    ),
    (
      #"{ "red_month_median": { "bands": ["red_month_median", "green_month_median", "blue_month_median"] } }"#,
      "a variable with pictures of its own"
    ),
    (
      #"{ "rgb": { "bands": ["red_month_median", "green_month_median", "blue_month_median"], "colours": "viridis" } }"#,
      #"has no "colours""#
    ),
    (
      #"{ "rgb": { "bands": ["red_month_median", "green_month_median", "blue_month_median"], "limits": [0, 1], "per": "date" } }"#,
      #"nothing is left to find for "per""#
    ),
    (
      #"{ "rgb": { "bands": ["red_month_median", "green_month_median", "blue_month_median"], "stretch": "2-98%" } }"#,
      "joint"
    ),
    (#"{ "red_month_median": { "stretch": "each" } }"#, #"is for pictures of three "bands""#),
    (
      #"{ "time": { "bands": ["red_month_median", "green_month_median", "blue_month_median"] } }"#,
      "pictures are named after their key"
    ),
    (
      #"{ "rgb": { "bands": ["red_month_median", "green_month_median", "blue_month_median"], "limits": [1, 0] } }"#,
      "the lower one first"
    ),
    (#"{ "red_month_median": { "gamma": 2 } }"#, #"is for pictures of three "bands""#),
  ])
  func `mistakes of pictures of three are told`(pictures: String, words: String) {
    let reading = readThree(pictures)
    #expect(reading.config == nil && reading.messages.count == 1, "\(reading.messages)")
    #expect(reading.messages.first?.contains(words) == true, "\(reading.messages)")
  }
}
