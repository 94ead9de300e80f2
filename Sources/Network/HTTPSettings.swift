internal import Glibc

/// How requests are made, as the environment has it: the variables are GDAL's (`GDAL_HTTP_…`) and libcurl's, so that
/// one setting holds for catalogues, files and whatever GDAL itself asks for.
struct HTTPSettings: Sendable {
  /// Seconds until a server must have taken the connection.
  var connectTimeout = 30.0
  /// Seconds for one try as a whole; nil for what the request says.
  var timeout: Double?
  /// Seconds without a byte after which a server counts as gone.
  var silence = 60.0
  /// Seconds in which at least `slowest` bytes a second must come once an answer has begun.
  var slowTime = 20.0
  /// Bytes a second.
  var slowest = 1000.0
  var userAgent = "apus"
  var proxy: String?
  var proxyUser: String?
  /// "name:password" for every server that is asked by its own address.
  var user: String?
  /// NASA's login server, which archives send people to, and "name:password" for it alone.
  private(set) var loginHost = "urs.earthdata.nasa.gov"
  private(set) var loginUser: String?
  /// Lines "Name: value" for every server that is asked by its own address.
  var headers: [String] = []
  var readsNetrc = true
  var netrcFile: String?
  /// Certificates of those who are trusted; nil for the system's.
  var trustFile: String?
  var trustFolder: String?
  /// Whether certificates are looked at.
  var isVerifying = true
  var clientCertificate: String?
  var clientKey: String?

  /// The settings of this process.
  static let current = HTTPSettings(Environment.variable)

  init(_ variable: (String) -> String?) {
    func number(_ name: String) -> Double? {
      variable(name).flatMap { Double($0) }.flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
    }
    func isOff(_ name: String) -> Bool { ["no", "off", "false", "0"].contains(variable(name)?.lowercased()) }
    func isOn(_ name: String) -> Bool { ["yes", "on", "true", "1"].contains(variable(name)?.lowercased()) }
    connectTimeout = number("GDAL_HTTP_CONNECTTIMEOUT") ?? connectTimeout
    timeout = number("GDAL_HTTP_TIMEOUT")
    if let time = number("GDAL_HTTP_LOW_SPEED_TIME") { (silence, slowTime) = (time, time) }
    slowest = number("GDAL_HTTP_LOW_SPEED_LIMIT") ?? slowest
    userAgent = variable("GDAL_HTTP_USERAGENT") ?? userAgent
    proxy = variable("GDAL_HTTP_PROXY")
    proxyUser = variable("GDAL_HTTP_PROXYUSERPWD")
    user = variable("GDAL_HTTP_USERPWD")
    headers = Self.headers(variable("GDAL_HTTP_HEADERS") ?? "")
    if let bearer = variable("GDAL_HTTP_BEARER") { headers.append("Authorization: Bearer \(bearer)") }
    readsNetrc = !isOff("GDAL_HTTP_NETRC")
    netrcFile = variable("GDAL_HTTP_NETRC_FILE") ?? variable("NETRC")
    loginHost = variable("EARTHDATA_HOST") ?? loginHost
    if let name = variable("EARTHDATA_USERNAME"), let password = variable("EARTHDATA_PASSWORD") {
      loginUser = "\(name):\(password)"
    }
    trustFile = variable("GDAL_CURL_CA_BUNDLE") ?? variable("CURL_CA_BUNDLE") ?? variable("SSL_CERT_FILE")
    trustFolder = variable("GDAL_HTTP_CAPATH")
    isVerifying = !isOn("GDAL_HTTP_UNSAFESSL")
    clientCertificate = variable("GDAL_HTTP_SSLCERT")
    clientKey = variable("GDAL_HTTP_SSLKEY")
  }

  /// Name and password for a server other than the one that was asked: those of the login server, unless what is sent
  /// there could be overheard.
  func user(for address: WebAddress) -> String? {
    let isSafe = address.scheme == "https" || ["localhost", "127.0.0.1", "[::1]"].contains(address.host)
    return address.host == loginHost && isSafe ? loginUser : nil
  }

  /// "Name: value,Name: value", or a line each; a value may have commas.
  private static func headers(_ text: String) -> [String] {
    var headers: [String] = []
    for part in text.split(whereSeparator: { $0.isNewline || $0 == "," }) {
      let name = part.prefix { $0 != ":" }.drop { $0 == " " }
      let isHeader = part.contains(":") && !name.isEmpty && !name.contains(" ")
      if isHeader {
        headers.append(String(part.drop { $0 == " " }))
      } else if !headers.isEmpty {
        headers[headers.count - 1] += ",\(part)"
      }
    }
    return headers
  }
}
