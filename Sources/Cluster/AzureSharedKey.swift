internal import Geo
internal import Glibc
internal import Network
internal import Storage

/// The signature of requests to Azure Batch with an account's key ("Authenticate requests to the Azure Batch service",
/// Shared Key).
struct AzureSharedKey {
  let account: String
  let key: [UInt8]

  /// From `AZURE_BATCH_ACCESS_KEY`; nil where it is not in the environment.
  ///
  /// - Parameter server: the account's address, whose first word names it where `AZURE_BATCH_ACCOUNT` does not.
  /// - Throws: `ClusterError` where it is no key.
  init?(server: String) throws {
    guard let text = Environment.variable("AZURE_BATCH_ACCESS_KEY") else { return nil }
    guard let key = Base64.bytes(text), !key.isEmpty else {
      throw ClusterError(
        "AZURE_BATCH_ACCESS_KEY in the environment is no key: it is not base64", isConfigMistake: true)
    }
    let host = server.split(separator: "/").dropFirst().first ?? ""
    account = Environment.variable("AZURE_BATCH_ACCOUNT") ?? String(host.prefix { $0 != "." && $0 != ":" })
    self.key = key
  }

  /// The headers that a request needs.
  ///
  /// - Parameters:
  ///   - method: such as "GET".
  ///   - url: with its query.
  ///   - type: the content's; nil where there is none.
  ///   - length: the content's in bytes; nil where there is none.
  ///   - moment: when it is sent.
  func headers(
    method: String, url: String, type: String?, length: Int?,
    at moment: Instant = Instant(microsecondsSince1970: time(nil) * 1_000_000)
  ) -> [(name: String, value: String)] {
    let date = Self.text(moment)
    let address = WebAddress(url)
    let query = (address?.query ?? "").split(separator: "&").map { pair in
      pair.split(separator: "=", maxSplits: 1).map { Self.unescaped($0) }.joined(separator: ":")
    }
    // Content-Encoding, -Language, -Length, -MD5, -Type, Date, If-Modified-Since, If-Match, If-None-Match,
    // If-Unmodified-Since, Range.
    let fields = ["", "", length.map(String.init) ?? "", "", type ?? "", "", "", "", "", "", ""]
    let lines =
      [method] + fields + ["ocp-date:\(date)", "/\(account)\(address?.path ?? "/")"] + query.sorted()
    let signature = KeyedDigest.sha256(Array(lines.joined(separator: "\n").utf8), key: key) ?? []
    return [("ocp-date", date), ("Authorization", "SharedKey \(account):\(Base64.text(signature))")]
  }

  /// A word of a query with its "%24" and "+" undone.
  private static func unescaped(_ word: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(word.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"),
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A moment as HTTP writes it (RFC 9110, IMF-fixdate).
  static func text(_ moment: Instant) -> String {
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = moment.date
    let (year, month, day) = date.components
    let second = (moment.microsecondsSince1970 - Instant(date).microsecondsSince1970) / 1_000_000
    let weekday = days[((date.daysSince1970 % 7) + 7) % 7]
    return "\(weekday), \(two(day)) \(months[month - 1]) \(year) "
      + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) GMT"
  }
}
