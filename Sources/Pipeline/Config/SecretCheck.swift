import JSON
import Storage

/// Refuses addresses with a password, signature or token, wherever in a config: configs are kept with the results.
struct SecretCheck {
  let mistakes: Mistakes

  func check(_ node: JSONNode, path: JSONPath) {
    if let text = node.string, Secrets.areIn(text) {
      mistakes.report(
        "the address holds a password, signature or token, and configs are kept with the results",
        at: node.position, path, suggestion: advice(path))
    }
    for member in node.members ?? [] { check(member.node, path: path.appending(member.key)) }
    for (place, element) in (node.array ?? []).enumerated() { check(element, path: path.appending(place)) }
  }

  private func advice(_ path: JSONPath) -> String {
    path.description.hasSuffix(".source")
      ? "give it in APUS_STAC_HEADERS, GDAL_HTTP_HEADERS or ~/.netrc"
      : "give it in the environment (AWS_…, AZURE_STORAGE_…)"
  }
}
