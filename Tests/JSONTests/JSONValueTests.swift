import JSON
import Testing

@Suite struct JSONValueTests {
  private let sample: JSONValue = [
    "name": "a \"quoted\" \\ line\n\u{1}é🛰", "count": 3, "ratio": 0.1, "whole": 5.0, "flag": true,
    "nothing": nil, "empty": [:], "list": [], "bbox": [-71.2, -36.2, 1, 2], "nested": [["a": 1], ["a": 2]],
  ]

  @Test func `text is compact and keeps the order`() {
    #expect(
      sample.text()
        == #"{"name":"a \"quoted\" \\ line\n\u0001é🛰","count":3,"ratio":0.1,"whole":5.0,"flag":true,"#
        + #""nothing":null,"empty":{},"list":[],"bbox":[-71.2,-36.2,1,2],"nested":[{"a":1},{"a":2}]}"#
    )
  }

  @Test func `pretty text is indented by two spaces`() {
    let value: JSONValue = ["b": [1, 2.5], "a": [["x": nil], [:]], "c": []]
    #expect(
      value.text(pretty: true) == """
        {
          "b": [1, 2.5],
          "a": [
            {
              "x": null
            },
            {}
          ],
          "c": []
        }
        """
    )
  }

  @Test func `sorted keys make equal contents equal texts`() {
    let one: JSONValue = ["b": 1, "a": ["d": 1, "c": 2]]
    let other: JSONValue = ["a": ["c": 2, "d": 1], "b": 1]
    #expect(one != other)
    #expect(one.text(sortedKeys: true) == #"{"a":{"c":2,"d":1},"b":1}"#)
    #expect(one.text(sortedKeys: true) == other.text(sortedKeys: true))
  }

  @Test(arguments: [false, true]) func `written text reads back the same`(pretty: Bool) throws {
    #expect(try JSONParser.parse(sample.text(pretty: pretty)).plain == sample)
  }

  @Test func `numbers are short and read back exactly`() throws {
    let numbers: [(Double, String)] = [
      (0.1, "0.1"), (5, "5.0"), (-0.0, "-0.0"), (1e16, "1e+16"), (2.75e-05, "2.75e-05"),
      (1e15, "1000000000000000.0"),
      (0.1 + 0.2, "0.30000000000000004"), (.leastNonzeroMagnitude, "5e-324"), (123456.0, "123456.0"),
      (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
    ]
    for (number, text) in numbers {
      let written = JSONValue.number(number).text()
      #expect(try JSONParser.parse(written).plain == .number(number))
      #expect(written == text)
    }
  }

  @Test func `numbers that are not finite become null`() {
    #expect(
      JSONValue.array([.number(.nan), .number(.infinity), .number(-.infinity)]).text() == "[null,null,null]"
    )
  }

  @Test func `bytes are appended to what is there`() {
    var output = Array("line: ".utf8)
    JSONValue.array([1, "a"]).append(to: &output)
    #expect(String(decoding: output, as: UTF8.self) == "line: [1,\"a\"]")
  }

  @Test func `accessors answer for their kind only`() {
    #expect(JSONValue.integer(3).double == 3)
    #expect(JSONValue.number(3).integer == 3)
    #expect(JSONValue.number(3.5).integer == nil)
    #expect(JSONValue.string("3").double == nil)
    #expect(JSONValue.bool(true).integer == nil)
    #expect(JSONValue.null.isNull)
    #expect(sample["bbox"]?.array?.count == 4)
    #expect(sample["absent"] == nil)
  }

  @Test func `members are set in place`() {
    var value: JSONValue = ["a": 1, "b": 2]
    value["a"] = 10
    value["c"] = "new"
    value["b"] = .some(nil)
    #expect(value == ["a": 10, "b": nil, "c": "new"])
    value["b"] = Optional<JSONValue>.none
    #expect(value.object?.keys == ["a", "c"])
  }

  @Test func `large objects find and remove their keys`() {
    var object = JSONObject()
    for number in 0..<100 { object["k\(number)"] = .integer(number) }
    object["k50"] = Optional<JSONValue>.none
    object["k99"] = 1
    #expect(object.count == 99)
    #expect(object["k50"] == nil)
    #expect(object["k51"] == 51)
    #expect(object["k99"] == 1)
    for number in 10..<90 { object["k\(number)"] = Optional<JSONValue>.none }
    #expect(object.keys == (Array(0..<10) + Array(90..<100)).map { "k\($0)" })
    #expect(object["k95"] == 95)
    #expect(object == JSONObject(object.members))
    #expect(object.hashValue == JSONObject(object.members).hashValue)
  }
}
