public import Geo
public import Network
internal import Storage

/// Why GDAL could not do what was asked: the operation, the file, the place in it and GDAL's own words.
public struct GDALError: Error, Hashable, Sendable {
  /// What was being done.
  public enum Operation: String, Hashable, Sendable {
    case open, read, create, write, close, remove
    case warp = "resample"
    case parseCoordinateReference = "understand the coordinate system"
    case transformCoordinates = "transform coordinates"
  }

  public var operation: Operation
  /// The file, as it was asked for; nil when no file is involved.
  public var file: String?
  /// The pixels asked for, where the failure has a place.
  public var window: PixelWindow?
  /// The band, counted from 1.
  public var band: Int?
  /// What went wrong, in the words of GDAL where it had any.
  public var message: String
  /// What the user can do about it.
  public var advice: String?
  /// What went wrong on the way to a server, where that is the cause.
  public private(set) var network: NetworkFault?

  /// An error of reading a remote file.
  public init(_ error: NetworkError, window: PixelWindow? = nil) {
    self.init(.read, file: error.location, window: window, message: error.message, advice: error.advice)
    network = error.fault
  }

  public init(
    _ operation: Operation,
    file: String? = nil,
    window: PixelWindow? = nil,
    band: Int? = nil,
    message: String,
    advice: String? = nil
  ) {
    self.operation = operation
    self.file = file
    self.window = window
    self.band = band
    self.message = message
    self.advice = advice
  }

  /// The HTTP status a remote file was answered with (401, 403, 404, 503, …); nil when GDAL reported none.
  public var httpStatus: Int? {
    if let network { return network.status }
    guard case .http(let status) = FaultClassifier.code(inWords: message) else { return nil }
    return status
  }

  /// What the error means for another try; of GDAL's own errors, as far as its words tell.
  public var kind: NetworkFault.Kind { network?.kind ?? FaultClassifier.kind(ofWords: message) }
}

extension GDALError: CustomStringConvertible {
  /// "cannot read scene.tif, band 1, columns 0 to 511, rows 0 to 511: Read error at … (fetch the file again)".
  public var description: String {
    var place: [String] = []
    if let file { place.append(file) }
    if let band { place.append("band \(band)") }
    if let window { place.append(window.description) }
    let subject = place.isEmpty ? "" : " " + place.joined(separator: ", ")
    let text = "cannot \(operation.rawValue)\(subject): \(ownWords)" + (advice.map { " (\($0))" } ?? "")
    // Signatures, tokens and passwords must not reach logs.
    return Secrets.hidden(in: text)
  }
}

extension GDALError {
  /// GDAL's words without the file's name, which it repeats at the head of every layer's message.
  private var ownWords: String {
    guard let file, !file.isEmpty else { return message }
    var words = ""
    var rest = message[...]
    while let found = rest.range(ofText: file) {
      let after = rest[found.upperBound...]
      guard let end = [": ", ":", ", band \(band ?? 1): "].first(where: { after.hasPrefix($0) }) else {
        words += rest[..<found.upperBound]
        rest = after
        continue
      }
      words += rest[..<found.lowerBound]
      rest = after.dropFirst(end.count)
    }
    return words + rest
  }
}

extension StringProtocol {
  /// Where `text` first occurs: the one search this room needs, without Foundation.
  func range(ofText text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      let rest = self[start...]
      if rest.hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
