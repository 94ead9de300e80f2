import JSON
import Testing

@Suite struct JSONParserTests {
  @Test func `reads every kind of value`() throws {
    let root = try JSONParser.parse(
      #" {"a": null, "b": [true, false], "c": "x", "d": -1.5e2, "e": {}, "f": [], "g": 7} "#
    )
    #expect(root["a"]?.isNull == true)
    #expect(root["b"]?.array?.map(\.bool) == [true, false])
    #expect(root["c"]?.string == "x")
    #expect(root["d"]?.double == -150)
    #expect(root["e"]?.members?.isEmpty == true)
    #expect(root["f"]?.array?.isEmpty == true)
    #expect(root["g"]?.integer == 7)
    #expect(root["h"] == nil)
    #expect(root.members?.map(\.key) == ["a", "b", "c", "d", "e", "f", "g"])
    #expect(
      root.members?.map(\.node.kindName)
        == ["null", "an array", "a string", "a number", "an object", "an array", "a number"]
    )
  }

  @Test func `every value and key knows its line and column`() throws {
    let root = try JSONParser.parse("{\n  \"é\": 1, \"b\": [2,\n\t3]\n}")
    let members = try #require(root.members)
    #expect(root.position == SourcePosition(line: 1, column: 1))
    #expect(members[0].keyPosition == SourcePosition(line: 2, column: 3))
    #expect(members[0].node.position == SourcePosition(line: 2, column: 8))
    #expect(members[1].keyPosition == SourcePosition(line: 2, column: 11))
    #expect(members[1].node.array?.map(\.position.description) == ["2:17", "3:2"])
  }

  @Test(arguments: ["\n", "\r\n", "\r"]) func `any line ending counts as one line`(ending: String) throws {
    let root = try JSONParser.parse(["[", "1,", "", " 2]"].joined(separator: ending))
    #expect(root.array?.map(\.position.description) == ["2:1", "4:2"])
  }

  @Test func `columns count characters not bytes`() throws {
    // U+1F6F0 is four bytes, é two, 衛 three: three characters.
    let root = try JSONParser.parse("[\"🛰é衛\", 1]")
    #expect(root.array?[1].position == SourcePosition(line: 1, column: 9))
  }

  @Test func `a byte order mark is skipped`() throws {
    let root = try JSONParser.parse([0xEF, 0xBB, 0xBF] + Array("[1]".utf8))
    #expect(root.array?[0].position == SourcePosition(line: 1, column: 2))
  }

  @Test func `string escapes are undone`() throws {
    let text = #""a\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\udef0\u0000z""#
    #expect(try JSONParser.parse(text).string == "a\"\\/\u{8}\u{C}\n\r\té€🛰\0z")
  }

  @Test func `combining characters in escapes stay their own scalars`() throws {
    #expect(try JSONParser.parse(#""e\u0301""#).string?.unicodeScalars.count == 2)
  }

  @Test(arguments: [
    ("0", 0.0), ("-0", -0.0), ("1", 1), ("-12", -12), ("0.1", 0.1), ("2.75e-05", 2.75e-05), ("1E+3", 1000),
    ("123456789012345678", 123_456_789_012_345_680), ("9007199254740993", 9_007_199_254_740_992),
    ("0.30000000000000004", 0.30000000000000004), ("5e-324", Double.leastNonzeroMagnitude), ("1e-400", 0),
    ("1e23", 1e23),
    ("1.7976931348623157e308", Double.greatestFiniteMagnitude),
    ("-71.23456789012345678", -71.23456789012345678),
    ("0.000000000000000000000000000000000000000000001e45", 1),
    ("8.41e21", 8.41e21), ("2.2250738585072014e-308", Double.leastNormalMagnitude),
  ])
  func `numbers are the nearest Double`(text: String, expected: Double) throws {
    let number = try #require(try JSONParser.parse(text).double)
    #expect(number.bitPattern == expected.bitPattern)
  }

  /// Against the standard library's correctly rounded reading, over many lengths and exponents.
  @Test func `numbers agree with the standard library`() throws {
    var state: UInt64 = 42
    for _ in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let digits = String(state >> (state & 63))
      let point = Int(state >> 33) % (digits.count + 1)
      let whole = String(digits.prefix(point))
      let text = "\(whole.isEmpty ? "0" : whole).\(digits.dropFirst(point))0e\(Int(state >> 40) % 50 - 25)"
      guard whole.count < 2 || whole.first != "0" else { continue }
      #expect(try JSONParser.parse(text).double == Double(text), "\(text)")
    }
  }

  @Test(
    arguments: [
      ("5", 5), ("5.0", 5), ("5e2", 500), ("-0", 0), ("9223372036854775807", Int.max),
      ("-9223372036854775808", Int.min), ("5.5", nil), ("9223372036854775808", nil), ("1e300", nil),
      ("9007199254740993.0", 9_007_199_254_740_992),
    ] as [(String, Int?)]
  )
  func `integers are exact or nil`(text: String, expected: Int?) throws {
    #expect(try JSONParser.parse(text).integer == expected)
  }

  @Test func `integers and fractions stay apart in plain values`() throws {
    let plain = try JSONParser.parse(
      "[5, 5.0, -0, 1e2, 12345678901234567890, null, true, \"s\", {\"a\": []}]"
    ).plain
    #expect(
      plain == [5, 5.0, .number(-0.0), 100.0, 12345678901234567168.0, nil, true, "s", ["a": []]]
    )
  }

  @Test func `the relaxed dialect takes comments and trailing commas`() throws {
    let text = """
      // a config, 衛星
      { "a": [1, 2,], /* two
      lines ** / */ "b": 3, // last
      }
      // end
      """
    let root = try JSONParser.parse(text, dialect: .relaxed)
    #expect(root.plain == ["a": [1, 2], "b": 3])
    #expect(root.members?[1].keyPosition == SourcePosition(line: 3, column: 15))
  }

  @Test func `a slash in a string is no comment`() throws {
    #expect(try JSONParser.parse(#""https://x/*y*/""#, dialect: .relaxed).string == "https://x/*y*/")
  }

  @Test func `pythons numbers that are none are read as STAC spells them`() throws {
    let root = try JSONParser.parse("[NaN, Infinity, -Infinity, -1]", dialect: .python)
    #expect(root.plain == ["nan", "inf", "-inf", -1])
  }

  @Test func `nesting up to the limit is read`() throws {
    let limit = JSONParser.depthLimit
    var node = try JSONParser.parse(
      String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
    )
    var depth = 0
    while let inner = node.array {
      depth += 1
      guard let next = inner.first else { break }
      node = next
    }
    #expect(depth == limit)
  }

  @Test func `objects with many keys keep their order`() throws {
    let keys = (0..<2000).map { "key\($0)" }
    let root = try JSONParser.parse("{" + keys.map { "\"\($0)\": 1" }.joined(separator: ",") + "}")
    #expect(root.members?.map(\.key) == keys)
    #expect(root.plain.object?.keys == keys)
    #expect(root.plain["key1999"] == 1)
  }
}
