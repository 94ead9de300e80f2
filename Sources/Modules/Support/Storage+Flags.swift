internal import Engine

extension Variable.Storage {
  /// Whether values are 1 and 0: true and false.
  var isTrueOrFalse: Bool {
    if case .flags(let flags) = self { flags.map(\.value).sorted() == [0, 1] } else { false }
  }
}
