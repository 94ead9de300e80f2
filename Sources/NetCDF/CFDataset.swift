public import Geo

/// A file of data variables on one grid, as the CF conventions 1.10 and ACDD 1.3 describe it.
///
/// Dimensions are (y, x), behind that of time, season or month where there are several layers. Coordinates are called y and x in every coordinate system, geographic
/// ones too, unless the grid mapping has other names: readers find longitude and latitude by their standard names.
public struct CFDataset: Hashable, Sendable {
  /// An axis-aligned grid.
  public var grid: Grid
  public var gridMapping: GridMapping
  public var axis: LeadingAxis
  public var variables: [CFVariable]
  public var description: DatasetDescription
  /// The grid's chunks; a chunk holds one layer.
  public var chunks: ChunkLayout
  /// 0...9, of every data variable without one of its own.
  public var deflateLevel: Int

  public init(
    grid: Grid,
    gridMapping: GridMapping,
    axis: LeadingAxis,
    variables: [CFVariable],
    description: DatasetDescription,
    chunks: ChunkLayout,
    deflateLevel: Int
  ) {
    self.grid = grid
    self.gridMapping = gridMapping
    self.axis = axis
    self.variables = variables
    self.description = description
    self.chunks = chunks
    self.deflateLevel = deflateLevel
  }

  /// The file to be made: coordinates with their values, data variables to be filled chunk by chunk.
  ///
  /// A chunk's index is (step, row, column), or (row, column) without an axis.
  ///
  /// - Throws: `NetCDFError` when the grid is rotated or a number does not fit the type of its variable.
  public func makeDefinition() throws(NetCDFError) -> FileDefinition {
    guard grid.transform.isAxisAligned else {
      throw NetCDFError("define", path: "", reason: "a rotated grid has no x and y coordinates")
    }
    var dimensions =
      [FileDimension(gridMapping.yName, grid.height), FileDimension(gridMapping.xName, grid.width)]
      + axis.extraDimensions
    if let name = axis.dimension, let count = axis.count {
      dimensions.insert(FileDimension(name, count), at: 0)
    }
    let dataDimensions = [axis.dimension].compactMap { $0 } + [gridMapping.yName, gridMapping.xName]
    let chunk =
      [Int](repeating: 1, count: dataDimensions.count - 2) + [chunks.chunkHeight, chunks.chunkWidth]
    var all = axis.variables + gridMapping.coordinates(of: grid) + [gridMapping.variable(for: grid)]
    for variable in variables {
      all.append(
        try variable.fileVariable(
          dimensions: dataDimensions,
          chunk: chunk,
          deflateLevel: deflateLevel,
          gridMapping: gridMapping.name,
          coordinates: axis.auxiliaryCoordinates
        )
      )
    }
    return FileDefinition(
      dimensions: dimensions,
      variables: all,
      globalAttributes: description.globalAttributes
    )
  }
}
