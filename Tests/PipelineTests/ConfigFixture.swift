import JSON
import Pipeline
import Testing

/// Configs for tests, put together from the parts that a test is about.
enum ConfigFixture {
  static let download =
    #"{ "module": "download", "source": "https://example.org/stac", "bands": ["red", "nir08", "qa_pixel"] }"#
  static let ndvi = #"{ "module": "ndvi" }"#

  static func sequence(_ modules: String..., name: String = "s", dependsOn: String = "[]") -> String {
    #"{ "name": "\#(name)", "depends_on": \#(dependsOn), "modules": [\#(modules.joined(separator: ", "))] }"#
  }

  /// A config with these members besides what every config needs; one line.
  static func config(_ members: String = "", sequences: String = sequence(download, ndvi)) -> String {
    #"{ "pipeline": "p", \#(members.isEmpty ? "" : members + ", ")"sequences": [\#(sequences)] }"#
  }

  static func read(_ text: String, file: String = "configs/a.json") -> ConfigReading {
    ConfigReader.read(Array(text.utf8), file: file, modules: ConfigModules.all)
  }

  /// The mistakes in a config, without positions: "$.area: …".
  static func mistakes(_ text: String) -> [String] {
    read(text).diagnostics.map { diagnostic in
      "\(diagnostic.path): \(diagnostic.message)" + (diagnostic.suggestion.map { "; " + $0 } ?? "")
    }
  }

  /// The mistakes in a config with these members.
  static func mistakes(with members: String) -> [String] { mistakes(config(members)) }

  /// The mistakes in a sequence of these modules.
  static func mistakes(modules: String...) -> [String] {
    let sequence = #"{ "name": "s", "modules": [\#(modules.joined(separator: ", "))] }"#
    return mistakes(config(sequences: sequence))
  }
}
