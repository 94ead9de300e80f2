internal import ArgumentParser
internal import Engine
internal import Pipeline

extension PipelineRunner.Outcome {
  /// Says what is missing in the results, and what could not be uploaded.
  ///
  /// - Throws: `ExitStatus.failure` where there is anything.
  func sayLosses() throws {
    if !uploadFailures.isEmpty {
      let count = uploadFailures.count
      Console.message(
        "apus: \(counted(count, "file")) could not be uploaded to \(destination ?? "") and "
          + "\(count == 1 ? "stays" : "stay") in \(directory.path):")
      for failure in uploadFailures.prefix(20) {
        Console.message("  \(failure.file): \(failure.reason)")
      }
      if count > 20 { Console.message("  … and \(count - 20) more, see summary.json") }
      Console.message("apus: the same command uploads them again")
    }
    guard !losses.isEmpty else {
      if !uploadFailures.isEmpty { throw ExitStatus.failure }
      return
    }
    let empty = losses.filter(\.isEmptyResult)
    let undated = losses.filter { $0.date == nil && !$0.isEmptyResult }
    let dated = losses.filter { $0.date != nil }
    if !empty.isEmpty {
      Console.message("apus: \(counted(empty.count, "result")) without a value:")
      for loss in empty.prefix(20) { Console.message("  \(loss.reason)") }
      if empty.count > 20 { Console.message("  … and \(empty.count - 20) more, see summary.json") }
    }
    if !undated.isEmpty {
      Console.message(
        "apus: \(counted(undated.count, "item")) of the catalogue could not be used and \(undated.count == 1 ? "is" : "are") "
          + "missing in the results:")
      for loss in undated.prefix(20) { Console.message("  \(loss.reason)") }
      if undated.count > 20 { Console.message("  … and \(undated.count - 20) more, see summary.json") }
    }
    guard !dated.isEmpty else { throw ExitStatus.failure }
    let cells = dated.map(\.cells).reduce(0, +)
    Console.message(
      "apus: \(counted(cells, "cell")) could not be computed and \(cells == 1 ? "is" : "are") missing in the "
        + "results:")
    for loss in dated.prefix(20) {
      Console.message("  \(loss.date ?? ""): \(counted(loss.cells, "cell")): \(loss.reason)")
    }
    if dated.count > 20 { Console.message("  … and \(dated.count - 20) more losses, see summary.json") }
    Console.message(
      "apus: the same command tries these cells again, also when a file was replaced")
    throw ExitStatus.failure
  }
}
