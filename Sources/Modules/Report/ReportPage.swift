import Engine
import Geo
import JSON
import Storage

/// The page: head, one section after the other, the data of the maps, and the script that shows them.
///
/// Whatever the run, the page stays below `mostBytes`: lists are cut (and say so), and maps take what is left.
struct ReportPage {
  static let mostBytes = 2_000_000

  let report: RunReport
  /// Layers of each variable shown as maps at most.
  let maps: Int

  var text: String {
    let before = head + summary + losses
    let after = ReportTimeline(timeline: report.timeline).section + graphs + config + lineage
    let room = ReportPage.mostBytes - before.utf8.count - after.utf8.count - 40_000
    let shown = sequences(room: room)
    let data = HTMLText.script(JSONValue.object(["sequences": .array(shown.data)]).text())
    return before + shown.text + after
      + "</main>\n<script type=\"application/json\" id=\"data\">\(data)</script>\n"
      + "<script>\(ReportScript.text)</script>\n</body>\n</html>\n"
  }

  // MARK: Parts

  private var head: String {
    let title = HTMLText.escaped(report.pipeline)
    // Nothing but this page's own script runs, and nothing is asked of a network, whatever a name may hold.
    let policy =
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-\(ReportScript.digest)'"
    let sections =
      [("losses", "Losses")] + report.sequences.map { ("sequence-\($0.name)", $0.name) }
      + [("timeline", "How the run went"), ("graph", "Graph"), ("config", "Config"), ("lineage", "Lineage")]
    let links = sections.map { "<a href=\"#\(HTMLText.escaped($0.0))\">\(HTMLText.escaped($0.1))</a>" }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title) – Apus report</title>
      <style>\(ReportStyle.text)</style>
      </head>
      <body>
      <a class="skip" href="#content">Skip to the content</a>
      <header><h1>\(title)</h1>
      <nav aria-label="Sections">\(links.joined(separator: "\n"))</nav></header>
      <main id="content">

      """
  }

  private var lost: [(sequence: String, loss: Loss)] {
    report.sequences.flatMap { sequence in sequence.losses.map { (sequence.name, $0) } }
  }

  private var summary: String {
    let cells = report.sequences.reduce(into: CellCounts()) { sum, sequence in
      sum.done += sequence.cells.done
      sum.empty += sequence.cells.empty
      sum.failed += sequence.cells.failed
    }
    let isWhole = lost.isEmpty
    let facts: [(String, String)] = [
      ("Started", report.run["started"]?.string ?? ""),
      ("This page made", report.run["ended"]?.string ?? ""),
      ("Took until then", ShortNumber.duration(report.timeline.seconds)),
      ("Cells", "\(cells.done) done, \(cells.empty) empty, \(cells.failed) failed"),
      ("Files", "\(report.files.count), \(ShortNumber.bytes(report.files.reduce(0) { $0 + $1.bytes }))"),
      (
        "Software", "\(report.software["name"]?.string ?? "apus") \(report.software["version"]?.string ?? "")"
      ),
      ("Directory", report.run["directory"]?.string ?? ""),
    ]
    let state =
      isWhole
      ? "<p class=\"state good\">Complete: nothing was lost.</p>"
      : "<p class=\"state bad\">Finished with losses: \(lost.count) \(lost.count == 1 ? "entry" : "entries"), "
        + "see <a href=\"#losses\">below</a>.</p>"
    return "<section aria-label=\"Summary\">\(state)\(ReportPage.list(facts))</section>\n"
  }

  private var losses: String {
    guard !lost.isEmpty else {
      return "<section id=\"losses\"><h2>Losses</h2><p>None.</p></section>\n"
    }
    let most = 200
    let rows = lost.prefix(most).map { entry in
      [
        entry.sequence, entry.loss.date ?? "–", entry.loss.cells > 0 ? "\(entry.loss.cells)" : "–",
        HTMLText.shortened(entry.loss.reason, to: 1000),
      ]
    }
    let more = lost.count > most ? "<p>And \(lost.count - most) more: summary.json has them all.</p>" : ""
    return "<section id=\"losses\"><h2>Losses</h2>"
      + ReportPage.table(["Sequence", "Date", "Cells", "Reason"], rows, caption: "What was lost, and why")
      + more + "</section>\n"
  }

  private func sequences(room: Int) -> (text: String, data: [JSONValue]) {
    var (text, data): (String, [JSONValue]) = ("", [])
    var bodies: [(before: String, after: String)] = []
    for sequence in report.sequences {
      let id = HTMLText.escaped(sequence.name)
      let place = ReportPlace(sequence: sequence)
      let series = ReportSeries(sequence: sequence)
      bodies.append(
        (
          "<section id=\"sequence-\(id)\"><h2>\(id)</h2>\(facts(sequence))\(place.figure)\n",
          "\(series.figures)\(ReportTables(sequence: sequence).figures)</section>\n"
        ))
    }
    let used = bodies.reduce(0) { $0 + $1.before.utf8.count + $1.after.utf8.count }
    let products = report.sequences.map {
      min($0.products.count + $0.pictures.count, ReportMaps.mostProducts)
    }
    let all = max(products.reduce(0, +), 1)
    var figures = report.sequences.indices.map { place in
      ReportMaps(
        sequence: report.sequences[place], number: place, most: maps,
        room: max(0, room - used) * products[place] / all, read: report.read)
    }
    let layers = figures.reduce(0) { $0 + $1.layerCount }
    var ended = 0
    report.mapsEnded(ended, layers)
    for place in figures.indices {
      figures[place].figureEnded = {
        ended += $0
        report.mapsEnded(ended, layers)
      }
      let made = figures[place].figures()
      data.append(made.data)
      text += bodies[place].before + made.text + bodies[place].after
    }
    return (text, data)
  }

  private func facts(_ sequence: SequenceReport) -> String {
    var facts: [(String, String)] = []
    if let collection = sequence.collection { facts.append(("Collection", collection)) }
    let (dates, scenes) = (sequence.inputs, sequence.inputs.reduce(0) { $0 + $1.scenes.count })
    if let first = dates.first, let last = dates.last {
      facts.append(("Dates", "\(dates.count), \(first.date) to \(last.date), \(scenes) scenes"))
    }
    if let width = sequence.area["width"]?.integer, let height = sequence.area["height"]?.integer {
      let crs = HTMLText.shortened(sequence.area["crs"]?.string ?? "", to: 60)
      facts.append(("Grid", "\(width) × \(height) pixels, \(crs)"))
    }
    facts.append(
      ("Cells", "\(sequence.cells.done) done, \(sequence.cells.empty) empty, \(sequence.cells.failed) failed")
    )
    for rejected in sequence.rejectedDates.prefix(20) {
      facts.append(("Rejected", "\(rejected.date): \(rejected.words)"))
    }
    return ReportPage.list(facts)
  }

  private var graphs: String {
    "<section id=\"graph\"><h2>Graph</h2>"
      + report.sequences.prefix(40).map { ReportGraph(sequence: $0).figure }.joined() + "</section>\n"
  }

  private var config: String {
    let text = report.config.text(pretty: true)
    let most = 100_000
    let cut = text.utf8.count > most ? String(text.prefix(most)) + "\n… run.json has the rest" : text
    return "<section id=\"config\"><h2>Config</h2><details><summary>As it was resolved</summary>"
      + "<pre tabindex=\"0\" role=\"region\" aria-label=\"The config\">\(HTMLText.escapedBlock(cut))</pre></details></section>\n"
  }

  private var lineage: String {
    var text = "<section id=\"lineage\"><h2>Lineage</h2>"
    var room = 200_000
    for sequence in report.sequences where !sequence.inputs.isEmpty {
      var rows: [[String]] = []
      for input in sequence.inputs {
        let row = [input.date, input.time.description, input.scenes.joined(separator: ", ")]
        room -= 60 + row.reduce(0) { $0 + $1.utf8.count }
        guard room > 0 else { break }
        rows.append(row)
      }
      let rest = sequence.inputs.count - rows.count
      let name = HTMLText.escaped(sequence.name)
      text += "<details><summary>\(name): the scenes of \(sequence.inputs.count) dates</summary>"
      text += ReportPage.table(["Date", "Time (UTC)", "Scenes"], rows, caption: "Scenes of \(sequence.name)")
      text += rest > 0 ? "<p>And \(rest) more dates: scenes.json has them all.</p></details>" : "</details>"
    }
    return text + "</section>\n"
  }

  // MARK: Elements

  static func list(_ facts: [(String, String)]) -> String {
    let items = facts.map {
      "<div><dt>\(HTMLText.escaped($0.0))</dt><dd>\(HTMLText.escaped($0.1))</dd></div>"
    }
    return "<dl>\(items.joined())</dl>"
  }

  /// The beginning of an element that scrolls to its sides where it is wider than the page, also by the keyboard.
  static func scrolling(_ label: String) -> String {
    "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"\(HTMLText.escaped(label))\">"
  }

  static func table(_ columns: [String], _ rows: [[String]], caption: String) -> String {
    let head = columns.map { "<th scope=\"col\">\(HTMLText.escaped($0))</th>" }.joined()
    let body = rows.map { row in
      "<tr>\(row.map { "<td>\(HTMLText.escaped($0))</td>" }.joined())</tr>"
    }
    return scrolling(caption) + "<table>"
      + "<caption>\(HTMLText.escaped(caption))</caption><thead><tr>\(head)</tr></thead>"
      + "<tbody>\(body.joined())</tbody></table></div>"
  }
}
