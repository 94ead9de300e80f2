internal import CGDAL
internal import Geo
internal import Glibc

/// What a virtual raster (VRT) takes its pixels from: its description, read once.
struct VirtualSources {
  /// A part of a band of another file.
  struct Part: Equatable {
    let source: Source
    /// Nil for all of it.
    let window: PixelWindow?
    /// Whether GDAL may read reduced copies instead.
    let isReduced: Bool
  }

  /// Another file, as the description names it.
  struct Source: Equatable {
    let name: String
    /// The reduced copy that is opened instead of the raster, counted from 0.
    var overview: Int?
    /// Counted from 1; 0 for all.
    var band = 1
    /// Whether its samples are taken.
    var takesSamples = true
    /// Whether the mask of the band is taken.
    var takesMask = false
    /// Where it lies in the source and in the virtual raster; all of it where either is nil.
    fileprivate var from: Rect?
    fileprivate var to: Rect?
    /// Pixels around each that count, besides those that resampling looks at.
    fileprivate var radius = 0.0
    /// Whether pixels between others are made of them.
    fileprivate var isResampled = false
  }

  /// A rectangle in pixels.
  struct Rect: Equatable {
    var x, y, width, height: Double

    var isWhole: Bool { [x, y, width, height].allSatisfy { $0 == $0.rounded() } }
  }

  private let width: Double
  private let height: Double
  /// By band, counted from 1.
  private var samples: [Int: [Source]] = [:]
  /// Masks of the bands; 0 for the one of all.
  private var masks: [Int: [Source]] = [:]
  /// Files with reduced copies of a band.
  private var overviews: [Int: [Source]] = [:]
  /// What is warped or computed may take any part of its sources.
  private var wholes: [Source] = []

  /// - Returns: nil for a dataset that is no virtual raster.
  init?(_ dataset: GDALDatasetH) {
    guard let words = GDALGetMetadata(dataset, "xml:VRT"), let description = words.pointee,
      let tree = CPLParseXMLString(description)
    else { return nil }
    defer { CPLDestroyXMLNode(tree) }
    guard let root = CPLGetXMLNode(tree, "=VRTDataset").map({ XMLNode($0) }) else { return nil }
    width = root.number("rasterXSize") ?? 0
    height = root.number("rasterYSize") ?? 0
    let folder = GDALGetDescription(dataset).map { VirtualSources.folder(ofFile: $0) } ?? ""
    for (position, node) in root.children.enumerated() {
      switch node.name {
      case "VRTRasterBand" where node.text("subClass") == "VRTRawRasterBand": break
      case "VRTRasterBand":
        let band = node.number("band").flatMap { Int(exactly: $0) } ?? position + 1
        for child in node.children {
          switch child.name {
          case "MaskBand": masks[band, default: []] += VirtualSources.sources(in: child, folder)
          case "Overview":
            overviews[band, default: []] += VirtualSources.source(child, folder).map { [$0] } ?? []
          default:
            guard var source = VirtualSources.source(child, folder) else { continue }
            source.radius += node.number("BufferRadius") ?? 0
            samples[band, default: []].append(source)
          }
        }
      case "MaskBand": masks[0, default: []] += VirtualSources.sources(in: node, folder)
      default:
        wholes += VirtualSources.sources(in: node, folder).map { source in
          var source = source
          (source.from, source.to, source.band, source.takesMask) = (nil, nil, 0, true)
          return source
        }
      }
    }
  }

  /// The parts of other files under a window of a band's samples.
  ///
  /// - Parameters:
  ///   - size: of the raster that the window lies in: the virtual one, or a reduced copy of it.
  ///   - isReduced: whether reduced copies may be read in any case.
  func samples(
    band: Int, _ window: PixelWindow, of size: (width: Int, height: Int), isReduced: Bool
  ) -> [Part] {
    let isReduced = isReduced || Double(size.width) < width || Double(size.height) < height
    let reduced = isReduced ? overviews[band] ?? [] : []
    return parts((samples[band] ?? []) + reduced + wholes, window, size, isReduced)
  }

  /// The parts of other files under a window of a band's mask.
  func mask(band: Int, _ window: PixelWindow, of size: (width: Int, height: Int)) -> [Part] {
    let isReduced = Double(size.width) < width || Double(size.height) < height
    return parts((masks[band] ?? []) + (masks[0] ?? []) + wholes, window, size, isReduced)
  }

  private func parts(
    _ sources: [Source], _ window: PixelWindow, _ size: (width: Int, height: Int), _ isReduced: Bool
  ) -> [Part] {
    let scale = (x: width / Double(max(1, size.width)), y: height / Double(max(1, size.height)))
    let place = Rect(
      x: Double(window.column) * scale.x, y: Double(window.row) * scale.y,
      width: Double(window.width) * scale.x,
      height: Double(window.height) * scale.y)
    return sources.compactMap { source in
      guard let from = source.from, let to = source.to, to.width > 0, to.height > 0 else {
        return Part(source: source, window: nil, isReduced: true)
      }
      let shrinks = isReduced || from.width > to.width || from.height > to.height
      guard let part = source.part(under: place, from, to, scale) else { return nil }
      return Part(source: source, window: part, isReduced: shrinks)
    }
  }

  // MARK: Reading the description

  /// The names of all files that a description refers to.
  ///
  /// - Parameters:
  ///   - text: the description; nothing comes of one that is no XML.
  ///   - path: where it lies: relative names start from there.
  static func names(in text: String, at path: String) -> [String] {
    let (tree, _) = collectingMessages { CPLParseXMLString(text) }
    guard let tree else { return [] }
    defer { CPLDestroyXMLNode(tree) }
    guard let root = CPLGetXMLNode(tree, "=VRTDataset").map({ XMLNode($0) }) else { return [] }
    return sources(in: root, folder(ofFile: path)).map(\.name)
  }

  /// The folder that relative names start from: of the file that a symbolic link leads to.
  private static func folder(ofFile path: UnsafePointer<CChar>) -> String {
    guard let real = realpath(path, nil) else { return String(cString: CPLGetPath(path)) }
    defer { free(real) }
    return String(cString: CPLGetPath(real))
  }

  private static func sources(in node: XMLNode, _ folder: String) -> [Source] {
    if let own = source(node, folder) { return [own] }
    return node.children.flatMap { sources(in: $0, folder) }
  }

  /// - Returns: nil where the node itself names no file.
  private static func source(_ node: XMLNode, _ folder: String) -> Source? {
    guard let file = node.child("SourceFilename") ?? node.child("SourceDataset"), let words = file.value,
      !words.isEmpty
    else { return nil }
    let isRelative = file.text("relativeToVRT") == "1" || file.text("relativetoVRT") == "1"
    var source = Source(
      name: isRelative ? String(cString: CPLProjectRelativeFilename(folder, words)) : words)
    for option in node.child("OpenOptions")?.children ?? [] where option.text("key") == "OVERVIEW_LEVEL" {
      source.overview = option.value.flatMap { Int($0.prefix { $0.isNumber }) }
    }
    // "3", or "mask,3" for the mask of that band.
    let band = node.text("SourceBand")?.split(separator: ",") ?? []
    source.band = band.last.flatMap { Int($0) } ?? 1
    let isMask = band.first == "mask"
    source.takesSamples = !isMask
    source.takesMask = isMask || node.text("UseMaskBand") == "true" || node.text("UseMaskBand") == "1"
    source.from = node.rect("SrcRect")
    source.to = node.rect("DstRect")
    if let kernel = node.child("Kernel") { source.radius = kernel.number("Size") ?? 0 }
    source.isResampled = node.text("resampling").map { $0 != "nearest" } ?? false
    return source
  }
}

extension VirtualSources.Source {
  /// The pixels of the source under a rectangle of the virtual raster; nil for none.
  ///
  /// - Parameter reduction: pixels of the virtual raster in one of what is asked for.
  fileprivate func part(
    under place: VirtualSources.Rect, _ from: VirtualSources.Rect, _ to: VirtualSources.Rect,
    _ reduction: (x: Double, y: Double)
  ) -> PixelWindow? {
    func range(
      _ place: Double, _ count: Double, _ to: Double, _ toSize: Double, _ from: Double, _ fromSize: Double,
      _ reduction: Double
    ) -> Range<Int>? {
      let low = max(place, to)
      let high = min(place + count, to + toSize)
      guard low < high else { return nil }
      let scale = fromSize / toSize
      let isExact = fromSize == toSize && from.isWhole && to.isWhole && reduction == 1
      // Of the resampling methods the one with the longest reach looks at three pixels to each side.
      let margin =
        radius * scale
        + (isExact ? 0 : (isResampled || scale * reduction > 1 ? 4 : 1) * max(1, scale * reduction))
      let start = max(0, (from + (low - to) * scale - margin).rounded(.down))
      let stop = (from + (high - to) * scale + margin).rounded(.up)
      guard start < stop, stop < 1e10 else { return nil }
      return Int(start)..<Int(stop)
    }
    guard
      let columns = range(place.x, place.width, to.x, to.width, from.x, from.width, reduction.x),
      let rows = range(place.y, place.height, to.y, to.height, from.y, from.height, reduction.y)
    else { return nil }
    return PixelWindow(
      column: columns.lowerBound, row: rows.lowerBound, width: columns.count, height: rows.count)
  }
}

extension Double {
  fileprivate var isWhole: Bool { self == rounded() }
}

/// A node of GDAL's tree of XML, as long as that lives.
private struct XMLNode {
  private let raw: UnsafeMutablePointer<CPLXMLNode>

  init(_ raw: UnsafeMutablePointer<CPLXMLNode>) { self.raw = raw }

  var name: String { raw.pointee.pszValue.map { String(cString: $0) } ?? "" }

  var children: [XMLNode] {
    var found: [XMLNode] = []
    var next = raw.pointee.psChild
    while let child = next {
      if child.pointee.eType == CXT_Element { found.append(XMLNode(child)) }
      next = child.pointee.psNext
    }
    return found
  }

  /// Its text.
  var value: String? { CPLGetXMLValue(raw, nil, nil).map { String(cString: $0) } }

  func child(_ name: String) -> XMLNode? { CPLGetXMLNode(raw, name).map { XMLNode($0) } }

  /// The text of an attribute or a child.
  func text(_ key: String) -> String? { CPLGetXMLValue(raw, key, nil).map { String(cString: $0) } }

  func number(_ key: String) -> Double? {
    text(key).flatMap { Double($0.filter { !$0.isWhitespace }) }.flatMap { $0.isFinite ? $0 : nil }
  }

  func rect(_ key: String) -> VirtualSources.Rect? {
    guard let x = number("\(key).xOff"), let y = number("\(key).yOff"), let width = number("\(key).xSize"),
      let height = number("\(key).ySize"), [x, y, width, height].allSatisfy({ abs($0) < 1e9 })
    else { return nil }
    return VirtualSources.Rect(x: x, y: y, width: width, height: height)
  }
}
