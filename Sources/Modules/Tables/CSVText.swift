/// A table of comma-separated texts whose first line names the columns. Lines that begin with "#" are comments.
struct CSVText {
  struct Mistake: Error {
    let message: String
  }

  let columns: [String]
  /// With the line of the file, from 1.
  let rows: [(line: Int, cells: [Substring])]

  init(_ bytes: [UInt8]) throws(Mistake) {
    let text = String(
      decoding: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes[3...]) : bytes, as: UTF8.self)
    var columns: [String]?
    var rows: [(line: Int, cells: [Substring])] = []
    for (place, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      guard line.contains(where: { !$0.isWhitespace }), !line.hasPrefix("#") else { continue }
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(CSVText.trimmed)
      guard let names = columns else {
        columns = cells.map(String.init)
        continue
      }
      guard cells.count == names.count else {
        throw Mistake(
          message: "line \(place + 1) has \(cells.count) cells, and the first line \(names.count)")
      }
      rows.append((place + 1, cells))
    }
    guard let columns, !rows.isEmpty else { throw Mistake(message: "it has no rows") }
    if let twice = columns.enumerated().first(where: { columns[..<$0.offset].contains($0.element) })?.element
    {
      throw Mistake(message: "two columns are called \"\(twice)\"")
    }
    self.columns = columns
    self.rows = rows
  }

  /// The numbers of a column; NaN for empty cells and those that say so.
  func numbers(_ name: String) throws(Mistake) -> [Double] {
    guard let column = columns.firstIndex(of: name) else {
      throw Mistake(message: "it has no column \"\(name)\" (it has \(columns.joined(separator: ", ")))")
    }
    var numbers: [Double] = []
    for row in rows {
      let cell = row.cells[column]
      if cell.isEmpty || ["nan", "na", "null"].contains(cell.lowercased()) {
        numbers.append(.nan)
      } else if let number = Double(cell) {
        numbers.append(number)
      } else {
        throw Mistake(message: "line \(row.line), column \"\(name)\": \"\(cell.prefix(40))\" is no number")
      }
    }
    return numbers
  }

  private static func trimmed(_ cell: Substring) -> Substring {
    var cell = cell
    while cell.first?.isWhitespace ?? false { cell.removeFirst() }
    while cell.last?.isWhitespace ?? false { cell.removeLast() }
    if cell.count >= 2, cell.first == "\"", cell.last == "\"" { cell = cell.dropFirst().dropLast() }
    return cell
  }
}
