extension String {
  /// The text with the query of every address in it cut to "?…", and without users and passwords: signatures, tokens
  /// and passwords must not reach a ledger or a terminal.
  var withoutSecretParts: String {
    guard utf8.contains(UInt8(ascii: "?")) || utf8.contains(UInt8(ascii: "@")) else { return self }
    var kept = ""
    var rest = self[...]
    while let mark = rest.firstRange(ofText: "://") {
      let after = rest[mark.upperBound...]
      let address = after.prefix { !$0.isWhitespace && !",'\"()<>".contains($0) }
      let server = address.prefix { $0 != "/" && $0 != "?" }
      kept += rest[..<mark.upperBound]
      // "abfs://container@account…" is no password: only what stands before a colon and an "@" is.
      let named = server.lastIndex(of: "@").flatMap { at in
        server[..<at].contains(":") ? server.index(after: at) : nil
      }
      let shown = address[(named ?? address.startIndex)...]
      if let query = shown.firstIndex(of: "?") {
        kept += shown[..<query] + "?…"
      } else {
        kept += shown
      }
      rest = after[address.endIndex...]
    }
    return kept + rest
  }
}

extension Substring {
  /// Where `text` first occurs.
  fileprivate func firstRange(ofText text: String) -> Range<Index>? {
    var start = startIndex
    while let found = self[start...].firstIndex(of: text.first ?? " ") {
      if self[found...].hasPrefix(text) { return found..<index(found, offsetBy: text.count) }
      start = index(after: found)
    }
    return nil
  }
}
