internal import CGDAL

/// The "name=value" texts of a list of C strings.
enum CPLStringList {
  static func pairs(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [(
    name: String, value: String
  )] {
    guard let list else { return [] }
    return (0..<Int(CSLCount(list))).compactMap { index in
      guard let text = list[index].map({ String(cString: $0) }), let mark = text.firstIndex(of: "=") else {
        return nil
      }
      return (String(text[..<mark]), String(text[text.index(after: mark)...]))
    }
  }
}
