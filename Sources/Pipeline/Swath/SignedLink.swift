internal import Geo

/// A link that is good until a moment that it says itself: of AWS, CloudFront, Google or Azure.
struct SignedLink {
  private let end: Instant

  /// Nil for a link that does not say until when it is good.
  init?(_ url: String) {
    guard let query = url.split(separator: "?", maxSplits: 1).dropFirst().first else { return nil }
    var values: [String: String] = [:]
    for part in query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else { continue }
      values[pair[0].lowercased()] = String(pair[1].replacing("%3A", with: ":").replacing("%3a", with: ":"))
    }
    for service in ["x-amz", "x-goog"] {
      guard let start = values["\(service)-date"].flatMap(Self.moment),
        let seconds = values["\(service)-expires"].flatMap(Self.seconds)
      else { continue }
      end = Instant(microsecondsSince1970: start.microsecondsSince1970 + seconds * 1_000_000)
      return
    }
    if let seconds = values["expires"].flatMap(Self.seconds) {
      end = Instant(microsecondsSince1970: seconds * 1_000_000)
    } else if let text = values["se"], let moment = Instant(text) {
      end = moment
    } else {
      return nil
    }
  }

  func hasExpired(at moment: Instant) -> Bool { end.microsecondsSince1970 < moment.microsecondsSince1970 }

  /// Seconds, of which no link has more than there are until the year 9999.
  private static func seconds(_ text: String) -> Int? {
    Int(text).flatMap { (0...253_402_300_799).contains($0) ? $0 : nil }
  }

  /// "20240801T174245Z".
  private static func moment(_ text: String) -> Instant? {
    guard text.count == 16, text.hasSuffix("Z"), text.allSatisfy(\.isASCII) else { return nil }
    let digits = Array(text)
    func part(_ range: Range<Int>) -> String { String(digits[range]) }
    return Instant(
      "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z")
  }
}
