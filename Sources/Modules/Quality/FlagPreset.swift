/// Usual lists of flags.
enum FlagPreset: String, CaseIterable {
  /// The default of NASA's l2bin (`flaguse`), and HIGLINT, which the ocean-colour group's list for Level-3 adds.
  case oceanColor = "ocean_color"

  var flags: [String] {
    switch self {
    case .oceanColor:
      [
        "ATMFAIL", "LAND", "HIGLINT", "HILT", "HISATZEN", "STRAYLIGHT", "CLDICE", "COCCOLITH", "LOWLW",
        "CHLFAIL",
        "CHLWARN", "NAVWARN", "ABSAER", "MAXAERITER", "ATMWARN", "HISOLZEN", "NAVFAIL", "FILTER",
      ]
    }
  }
}
