import JSON
import Testing

/// Each thing that is not JSON: where it is reported, and in which words.
@Suite struct JSONSyntaxErrorTests {
  private func failure(_ text: String, _ dialect: JSONDialect = .strict) -> String? {
    failure(Array(text.utf8), dialect)
  }

  private func failure(_ bytes: [UInt8], _ dialect: JSONDialect = .strict) -> String? {
    do throws(JSONSyntaxError) {
      _ = try JSONParser.parse(bytes, dialect: dialect)
      return nil
    } catch {
      return error.rendered(file: "f")
    }
  }

  @Test(arguments: [
    ("", "f:1:1: the file is empty, where a JSON value was expected"),
    (" \n ", "f:2:2: the file is empty, where a JSON value was expected"),
    (
      "[1, 2",
      "f:1:6: the text ends inside the array begun with '[' at line 1, column 1; the file may be cut short"
    ),
    (
      "\n {\"a\": 1",
      "f:2:9: the text ends inside the object begun with '{' at line 2, column 2; the file may be cut short"
    ),
    (
      "{\"a\":",
      "f:1:6: the text ends inside the object begun with '{' at line 1, column 1; the file may be cut short"
    ),
    (
      "{",
      "f:1:2: the text ends inside the object begun with '{' at line 1, column 1; the file may be cut short"
    ),
    ("{\"bands\": 1 \"b\": 2}", "f:1:13: expected ',' or '}' after the value of \"bands\", found a string"),
    ("[1 2]", "f:1:4: expected ',' or ']' after element 1 of the array, found '2'"),
    ("{\"a\" 1}", "f:1:6: expected ':' after the key \"a\", found '1'"),
    ("{nir08: 1}", "f:1:2: expected a key in double quotes, found 'nir08'; write \"nir08\""),
    ("{1: 1}", "f:1:2: expected a key in double quotes, found '1'; write \"1\""),
    ("[,]", "f:1:2: expected a value, found ','"),
    ("[1,,2]", "f:1:4: expected a value, found ','"),
    ("[1] x", "f:1:5: unexpected 'x' after the end of the JSON value"),
    ("['a']", "f:1:2: expected a value, found '''; strings take double quotes"),
    ("[None]", "f:1:2: expected a value, found 'None'; write null"),
    ("[True]", "f:1:2: expected a value, found 'True'; write true"),
    ("[nulls]", "f:1:2: expected a value, found 'nulls'; a string takes double quotes"),
    (
      "[NaN]",
      "f:1:2: expected a value, found 'NaN'; JSON has no such number; write null, or the name in double quotes"
    ),
    ("[é]", "f:1:2: expected a value, found 'é'"),
    ("[1, 2,]", "f:1:6: a comma before ']'; remove the comma"),
    ("{\"a\": 1, }", "f:1:8: a comma before '}'; remove the comma"),
    ("[1] // x", "f:1:5: a comment, which JSON does not have; remove the comment"),
    ("[01]", "f:1:2: a number that begins with 0; write it without the zero"),
    ("[-]", "f:1:3: expected a digit after '-', found ']'"),
    ("[+1]", "f:1:2: expected a value, found '+1'; write the number without '+'"),
    ("[.5]", "f:1:2: expected a value, found '.5'; write a digit before the decimal point"),
    ("[5.]", "f:1:4: expected a digit after the decimal point, found ']'"),
    ("[5e]", "f:1:4: expected a digit after the exponent's 'e', found ']'"),
    ("[1x]", "f:1:3: unexpected 'x' in a number"),
    ("[1e999]", "f:1:2: the number \"1e999\" is larger than a double can hold"),
    ("[-1e309]", "f:1:2: the number \"-1e309\" is larger than a double can hold"),
    ("[\"a\nb\"]", "f:1:2: the string is not closed on its line; add '\"', or write \\n inside it"),
    ("[\"a\tb\"]", "f:1:4: a control character (9) in a string; write \\t instead"),
    ("[\"a\u{1}\"]", "f:1:4: a control character (1) in a string; write \\u0001 instead"),
    ("[\"abc", "f:1:2: the text ends inside the string begun here; the file may be cut short"),
    ("[\"a\\", "f:1:4: a backslash followed by nothing JSON knows; write a backslash itself as two: \\\\"),
    (
      "[\"C:\\data\"]",
      "f:1:5: a backslash followed by nothing JSON knows; write a backslash itself as two: \\\\"
    ),
    ("[\"\\u12g4\"]", "f:1:3: expected four hexadecimal digits after \\u"),
    ("[\"\\ud83d\"]", "f:1:3: half of a surrogate pair, which is no character"),
    ("[\"\\ud83d\\u0041\"]", "f:1:3: half of a surrogate pair, which is no character"),
    ("[\"\\udef0\"]", "f:1:3: half of a surrogate pair, which is no character"),
    (
      "{\"a\": 1,\n \"b\": 2, \"a\": 3}",
      "f:2:10: the key \"a\" is here twice: first at line 1, column 2; remove one of them"
    ),
  ])
  func `is reported where it is`(text: String, message: String) {
    #expect(failure(text) == message)
  }

  @Test func `a twice given key is found in large objects too`() {
    let members = (0..<100).map { "\"k\($0)\": 1" } + ["\"k3\": 1"]
    #expect(
      failure("{" + members.joined(separator: ",\n") + "}")
        == "f:101:1: the key \"k3\" is here twice: first at line 4, column 1; remove one of them"
    )
  }

  @Test(
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
    ] as [[UInt8]]
  )
  func `invalid UTF8 is an error`(bytes: [UInt8]) {
    #expect(failure(bytes) == "f:1:1: the string is not valid UTF-8; save the file as UTF-8")
  }

  @Test func `invalid UTF8 in a comment or between values is an error`() {
    #expect(
      failure([0x2F, 0x2F, 0xFF, 0x0A, 0x31], .relaxed)
        == "f:1:1: the comment is not valid UTF-8; save the file as UTF-8"
    )
    #expect(failure([0xFF]) == "f:1:1: expected a value, found '\u{FFFD}'")
  }

  @Test(arguments: ["/* x", "/*/", "1 /* *", "[1, /* \n"]) func `an unclosed comment is an error`(
    text: String
  ) {
    #expect(failure(text, .relaxed)?.hasSuffix("the comment is not closed with */") == true)
  }

  @Test func `two commas are an error in the relaxed dialect too`() {
    #expect(failure("[1,,]", .relaxed) == "f:1:4: expected a value, found ','")
    #expect(failure("[,]", .relaxed) == "f:1:2: expected a value, found ','")
  }

  @Test func `too deep nesting is an error not a crash`() {
    let depth = 100_000
    #expect(
      failure(String(repeating: "[", count: depth))
        == "f:1:513: arrays and objects are nested more than 512 deep"
    )
    #expect(failure(String(repeating: "{\"a\":", count: depth))?.contains("more than 512 deep") == true)
  }

  /// Every beginning of a valid text is an error of its own, never a crash and never a value.
  @Test func `a text cut short anywhere is an error`() {
    let bytes = Array(#"{"a": [1.5e3, "é\u00e9\\", true], "b": {"c": null, "d": -2}}"#.utf8)
    for length in bytes.indices {
      #expect(failure(Array(bytes[..<length])) != nil, "cut after \(length) bytes")
    }
  }

  /// A text with any byte changed parses or fails, but does not crash.
  @Test func `damaged bytes never crash`() {
    let bytes = Array(#"{"a": [1.5e3, "é\u00e9\\"], /* c */ "b": {"c": null}}"#.utf8)
    var failures = 0
    for place in bytes.indices {
      for byte in UInt8.min...UInt8.max {
        var damaged = bytes
        damaged[place] = byte
        if failure(damaged, .relaxed) != nil { failures += 1 }
      }
    }
    #expect(failures > 1000)
  }
}
