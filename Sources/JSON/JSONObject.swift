/// The members of a JSON object, in order; every key stands once.
///
/// Two objects are equal when they have the same members in the same order.
public struct JSONObject: Sendable {
  /// A key and its value.
  public typealias Member = (key: String, value: JSONValue)

  /// Keys and values, in order.
  public private(set) var members: [Member] = []
  /// Where each key stands; kept for large objects only, where a scan would be slow.
  private var places: [String: Int] = [:]

  private static let scanLimit = 24

  public init() {}

  /// Makes an object of members in order; of a key that comes twice, the last value counts.
  public init(_ members: some Sequence<Member>) {
    for (key, value) in members { self[key] = value }
  }

  /// Takes members whose keys are known to be different.
  init(uniqueMembers: [Member]) {
    members = uniqueMembers
    if members.count > JSONObject.scanLimit { index() }
  }

  /// The value of a key; nil when there is none. Setting an absent key appends it, setting nil removes it.
  public subscript(key: String) -> JSONValue? {
    get { place(of: key).map { members[$0].value } }
    set {
      switch (place(of: key), newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil):
        members.remove(at: place)
        if members.count > JSONObject.scanLimit { index() } else { places = [:] }
      case (nil, let value?):
        members.append((key, value))
        if members.count > JSONObject.scanLimit {
          if places.isEmpty { index() } else { places[key] = members.count - 1 }
        }
      case (nil, nil): break
      }
    }
  }

  /// The keys, in order.
  public var keys: [String] { members.map(\.key) }
  public var count: Int { members.count }
  public var isEmpty: Bool { members.isEmpty }

  private func place(of key: String) -> Int? {
    if !places.isEmpty { return places[key] }
    return members.firstIndex { $0.key == key }
  }

  private mutating func index() {
    places = [:]
    for (place, member) in members.enumerated() { places[member.key] = place }
  }
}

extension JSONObject: Sequence {
  public func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}

extension JSONObject: Hashable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.members.elementsEqual(right.members) { $0.key == $1.key && $0.value == $1.value }
  }

  public func hash(into hasher: inout Hasher) {
    for (key, value) in members {
      hasher.combine(key)
      hasher.combine(value)
    }
    hasher.combine(members.count)
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (key, value) in elements { self[key] = value }
  }
}
