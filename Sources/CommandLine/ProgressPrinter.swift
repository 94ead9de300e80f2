internal import ArgumentParser
internal import Engine
internal import Glibc
internal import JSON
internal import Pipeline
internal import Synchronization

/// How progress is shown.
enum ProgressStyle: String, CaseIterable, ExpressibleByArgument {
  /// A line that renews itself on a terminal, plain lines elsewhere.
  case auto
  case plain
  /// One JSON object a line.
  case json
  case none
}

/// Shows what happens during a run, on standard error.
final class ProgressPrinter: Sendable {
  private struct State {
    var lastShown = 0.0
    var lastPercent = -1
    var isLineOpen = false
    /// When the sequence began, and the cells that were there before.
    var began = 0.0
    var kept: Int?
    var watch: RunWatch?
    /// Whether the files are there and nothing but pictures is waited for.
    var isDrawing = false
    var throttle = EventThrottle()
    var pictureThrottle = EventThrottle()
  }

  private let style: ProgressStyle
  private let isLive: Bool
  private let state = Mutex(State())

  init(_ style: ProgressStyle) {
    self.style = style
    isLive = style == .auto && Console.isLive
  }

  func show(_ event: PipelineRunner.Event) {
    guard style != .none else {
      // Not progress: nobody may take what was left undone for done.
      if case .warning(let text) = event { line("warning: \(text)") }
      return
    }
    if case .sequenceBegan = event {
      state.withLock { ($0.began, $0.kept, $0.watch, $0.isDrawing) = (Self.seconds(), nil, nil, false) }
    }
    if case .watching(let watch) = event { state.withLock { $0.watch = watch } }
    if style == .json {
      showJSON(event)
      return
    }
    switch event {
    case .note(let text): line("note: \(text)")
    case .warning(let text): line("warning: \(text)")
    case .sequenceBegan(let name, let cells, let kept, let damaged):
      line("\(name): \(cells) cells" + (kept > 0 ? ", \(counted(kept, "chunk")) kept from before" : ""))
      if damaged > 0 {
        line("\(name): \(counted(damaged, "chunk")) missing in the store, or damaged: computed again")
      }
    case .watching: break
    case .progress(let name, let ended, let failed, let cells):
      progress(name, ended, failed, cells)
    case .layers(let name, let ended, let chunks):
      if !isLive, ended == 1 { line("\(name): computing layers, \(counted(chunks, "chunk"))") }
      phase("\(name): layers, \(ended) of \(counted(chunks, "chunk"))", isEnd: ended == chunks)
    case .publishing(let name, let files, _): line("\(name): publishing \(counted(files, "file"))")
    case .published(let name, let ended, let files, _):
      phase("\(name): \(ended) of \(counted(files, "file")) published", isEnd: ended == files)
    case .drawing(let name):
      state.withLock { $0.isDrawing = true }
      phase("\(name): drawing pictures", isEnd: true)
    case .drawn(let name, let ended, let pictures):
      // While files are made the line tells of those.
      guard state.withLock({ $0.isDrawing }) else { break }
      phase("\(name): \(ended) of \(counted(pictures, "picture")) drawn", isEnd: ended == pictures)
    case .tried: break
    case .ending: phase("writing the summary", isEnd: true)
    case .reporting(let ended, let maps):
      phase("report: \(ended) of \(counted(maps, "map"))", isEnd: ended == maps)
    case .sequenceEnded(let report):
      line(
        "\(report.name): \(report.cells.done) cells done, \(report.cells.empty) empty, "
          + "\(report.cells.failed) failed")
    }
  }

  private func progress(_ name: String, _ ended: Int, _ failed: Int, _ cells: Int) {
    let percent = cells == 0 ? 100 : ended * 100 / cells
    let failures = failed > 0 ? ", \(failed) failed" : ""
    state.withLock { state in
      let now = ProgressPrinter.seconds()
      // The first event tells what was there before, and is the only one that took no time.
      Self.note(&state, ended)
      if isLive {
        guard now - state.lastShown > 0.1 || ended == cells else { return }
        state.lastShown = now
        state.isLineOpen = true
        Console.renew(
          Self.line(&state, name, ended, failed, cells, now).text(columns: Console.columns))
      } else {
        // Elsewhere a line every tenth, so that logs stay short.
        guard percent / 10 > state.lastPercent / 10 || (ended == cells && state.lastPercent < 100) else {
          return
        }
        state.lastPercent = percent
        if ended == cells { state.lastPercent = -1 }
        Console.message("\(name): \(percent) % of \(cells) cells\(failures)")
      }
    }
  }

  /// Renews the line of a terminal while something other than cells is at work.
  private func phase(_ text: String, isEnd: Bool) {
    guard isLive else { return }
    state.withLock { state in
      let now = ProgressPrinter.seconds()
      guard now - state.lastShown > 0.1 || isEnd else { return }
      state.lastShown = now
      state.isLineOpen = true
      var parts = [text]
      if let left = state.watch?.secondsLeft() { parts.append("\(ProgressLine.clock(left)) left") }
      if let watch = state.watch { parts.append("\(watch.memory >> 20) of \(watch.memoryLimit >> 20) MiB") }
      Console.renew(ProgressLine.fitted(parts, columns: Console.columns))
    }
  }

  /// Takes note of a cell that ended.
  private static func note(_ state: inout State, _ ended: Int) {
    if state.kept == nil { state.kept = max(ended - 1, 0) }
  }

  /// How far a sequence is.
  private static func line(
    _ state: inout State, _ name: String, _ ended: Int, _ failed: Int, _ cells: Int, _ now: Double
  ) -> ProgressLine {
    note(&state, ended)
    let parts = state.watch.map { watch in
      watch.isDatewise
        ? ("dates", ended / max(watch.chunks, 1), watch.dates, counted(watch.chunks, "chunk"))
        : ("chunks", ended / max(watch.dates, 1), watch.chunks, counted(watch.dates, "date"))
    }
    return ProgressLine(
      name: name, ended: ended, cells: cells, failed: failed, place: state.watch?.place ?? (1, 1),
      parts: parts,
      kept: state.kept ?? 0,
      seconds: now - state.began,
      estimate: state.watch?.secondsLeft(),
      pixelsPerCell: state.watch?.pixelsPerCell ?? 0, bytesPerCell: state.watch?.bytesPerCell ?? 0,
      memory: state.watch?.memory ?? 0,
      memoryLimit: state.watch?.memoryLimit ?? 0, work: state.watch?.work ?? [])
  }

  private func line(_ text: String) {
    state.withLock { state in
      if state.isLineOpen { Console.renew("") }
      state.isLineOpen = false
      Console.message(text)
    }
  }

  /// Whether a line of JSON is due.
  private func isDue(_ event: PipelineRunner.Event) -> Bool {
    let (name, isLast): (String, Bool)
    switch event {
    case .progress(let sequence, let ended, _, let cells):
      (name, isLast) = ("\(sequence) cells", ended == cells)
    case .layers(let sequence, let ended, let chunks):
      (name, isLast) = ("\(sequence) layers", ended == chunks)
    case .published(let sequence, let ended, let files, _):
      (name, isLast) = ("\(sequence) files", ended == files)
    case .drawn(let sequence, let ended, let pictures):
      (name, isLast) = ("\(sequence) pictures", ended == pictures)
    case .reporting(let ended, let maps): (name, isLast) = ("maps", ended == maps)
    default: return true
    }
    return state.withLock { state in
      let now = Self.seconds()
      if case .progress(_, let ended, _, _) = event { Self.note(&state, ended) }
      // Pictures are drawn while files are made: one does not hide the other.
      if case .drawn = event { return state.pictureThrottle.isDue(name, isLast: isLast, at: now) }
      return state.throttle.isDue(name, isLast: isLast, at: now)
    }
  }

  private func showJSON(_ event: PipelineRunner.Event) {
    guard isDue(event) else { return }
    var value: JSONValue
    switch event {
    case .watching, .tried: return
    case .note(let text): value = ["event": "note", "text": .string(text)]
    case .warning(let text): value = ["event": "warning", "text": .string(text)]
    case .sequenceBegan(let name, let cells, let kept, let damaged):
      value = [
        "event": "sequence_began", "sequence": .string(name), "cells": .integer(cells),
        "chunks_kept": .integer(kept), "chunks_damaged": .integer(damaged),
      ]
    case .progress(let name, let ended, let failed, let cells):
      value = [
        "event": "progress", "sequence": .string(name), "ended": .integer(ended), "failed": .integer(failed),
        "cells": .integer(cells),
      ]
      let line = state.withLock { Self.line(&$0, name, ended, failed, cells, Self.seconds()) }
      value["megapixels_per_second"] = line.rate.map { .number(($0 * 100).rounded() / 100) }
      value["megabytes_per_second"] = line.byteRate.map { .number(($0 * 100).rounded() / 100) }
      if let (name, ended, count, _) = line.parts {
        value["\(name)_ended"] = .integer(ended)
        value[name] = .integer(count)
      }
      value["sequence_number"] = .integer(line.place.number)
      value["sequences"] = .integer(line.place.count)
      if line.memory > 0 {
        value["memory_bytes"] = .integer(line.memory)
        value["memory_limit_bytes"] = .integer(line.memoryLimit)
      }
      if let most = line.bottleneck {
        value["bottleneck"] = .string(most.name)
        value["bottleneck_share"] = .number((most.share * 100).rounded() / 100)
      }
      for part in line.work { value["\(part.name)_share"] = .number((part.share * 100).rounded() / 100) }
    case .layers(let name, let ended, let chunks):
      value = [
        "event": "layers", "sequence": .string(name), "ended": .integer(ended), "chunks": .integer(chunks),
      ]
    case .published(let name, let ended, let files, _):
      value = [
        "event": "published", "sequence": .string(name), "ended": .integer(ended), "files": .integer(files),
      ]
    case .publishing(let name, let files, _):
      value = ["event": "publishing", "sequence": .string(name), "files": .integer(files)]
    case .drawn(let name, let ended, let pictures):
      value = [
        "event": "drawn", "sequence": .string(name), "ended": .integer(ended), "pictures": .integer(pictures),
      ]
    case .drawing(let name): value = ["event": "drawing", "sequence": .string(name)]
    case .ending: value = ["event": "ending"]
    case .reporting(let ended, let maps):
      value = ["event": "reporting", "ended": .integer(ended), "maps": .integer(maps)]
    case .sequenceEnded(let report):
      value = [
        "event": "sequence_ended", "sequence": .string(report.name), "done": .integer(report.cells.done),
        "empty": .integer(report.cells.empty), "failed": .integer(report.cells.failed),
      ]
    }
    value["seconds_left"] = secondsLeft(of: event).map { .number(($0 * 10).rounded() / 10) }
    Console.event(value)
  }

  /// Seconds until the end of the run, where an event says how far it is.
  private func secondsLeft(of event: PipelineRunner.Event) -> Double? {
    switch event {
    case .note, .warning, .sequenceBegan, .watching, .tried: nil
    case .progress, .layers, .publishing, .published, .drawn, .drawing, .sequenceEnded, .ending, .reporting:
      state.withLock { $0.watch }?.secondsLeft()
    }
  }

  static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
