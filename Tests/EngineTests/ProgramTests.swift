import Geo
import Testing

@testable import Engine

/// What modules become: which bands are read, and what each module sees of them.
@Suite struct ProgramTests {
  private func compiled(_ modules: [(any Module, Bool)], inspecting: Bool = false) -> CompiledGraph {
    let members = modules.map {
      Graph.Member(name: type(of: $0.0).descriptor.name, module: $0.0, isSaved: $0.1)
    }
    return CompiledGraph(Graph(members, inspecting: inspecting))
  }

  private func program(_ modules: (any Module, Bool)...) -> Program { compiled(modules).programs[0] }

  private func products(_ modules: (any Module, Bool)...) -> [Product] { compiled(modules).products }

  @Test func `bands that nobody consumes are not read`() {
    let program = program(
      (StubSource("red", "green", "nir", "qa"), false), (OddMask(), false),
      (SumOf("red", "nir", as: "sum"), true))
    #expect(program.bands.map(\.name) == ["qa", "red", "nir"])
    let products = products((StubSource("red"), false), (SumOf("red", as: "sum"), true))
    #expect(products.map(\.variable.name) == ["sum"])
  }

  @Test func `a source that is saved keeps every band it lists`() {
    let compiled = compiled([(StubSource("red", "green"), true), (SumOf("red", as: "sum"), false)])
    #expect(compiled.programs[0].bands.map(\.name) == ["red", "green"])
    #expect(compiled.products.map(\.variable.name) == ["red", "green"])
    #expect(compiled.products.map(\.period) == [.date, .date])
    #expect(compiled.graph.steps.filter(\.isUnused).map(\.name) == ["sum"])
  }

  @Test func `a band that a mask reads holds flags and is no input of arithmetic`() {
    let program = program(
      (StubSource("red", "qa"), false), (OddMask(), false), (SumOf("red", as: "sum"), true))
    #expect(program.bands.map(\.isQuality) == [true, false])
    #expect(program.fewestMasks == [nil, 1])
  }

  @Test func `a module sees what the masks before it leave, and no more`() {
    let program = program(
      (StubSource("red", "qa", "qa2"), false), (SumOf("red", as: "before"), true), (OddMask(), false),
      (SumOf("red", as: "after"), true), (OddMask(band: "qa2"), false), (SumOf("before", as: "last"), true))
    var levels: [String] = []
    for instruction in program.instructions {
      switch instruction {
      case .load(let source, _, let masks):
        guard case .band(let band) = program.sources[source] else { continue }
        levels.append("load \(program.bands[band].name) at \(masks)")
      case .reject(_, let masks): levels.append("reject to \(masks)")
      case .compute(let module, _, _): levels.append("compute \(module.outputs[0].name)")
      case .emit: break
      }
    }
    #expect(
      levels == [
        "load red at 0", "compute before", "reject to 1", "compute after", "reject to 2", "compute last",
      ])
    // Somebody reads red before any mask, so that no mask can spare reading it.
    #expect(program.fewestMasks[0] == 0)
  }

  @Test func `a band is loaded once for all modules at the same level`() {
    let program = program(
      (StubSource("red", "nir"), false), (SumOf("red", "nir", as: "a"), true),
      (SumOf("nir", "red", as: "b"), true))
    let loads = program.instructions.count { if case .load = $0 { true } else { false } }
    #expect(loads == 2)
  }

  @Test func `the halo is that of the mask that looks farthest`() {
    let program = program(
      (StubSource("red", "qa"), false), (OddMask(halo: 2), false), (OddMask(halo: 5), false),
      (SumOf("red", as: "sum"), true))
    #expect(program.halo == 5)
    #expect(self.program((StubSource("red"), true)).halo == 0)
  }

  @Test func `a reduction is fed from one plane, which its saved input shares`() {
    let compiled = compiled([
      (StubSource("red"), false), (SumOf("red", as: "sum"), true), (HalvingSum("sum"), true),
    ])
    #expect(compiled.programs[0].planeCount == 1)
    #expect(compiled.programs[0].isDirect)
    #expect(compiled.products.map(\.variable.name) == ["sum", "sum_halving", "sum_count"])
    #expect(compiled.products.map(\.period) == [.date, .all, .all])
  }

  @Test func `what comes after a reduction is a stage of its own, which reads the store`() {
    let compiled = compiled([
      (StubSource("red"), false), (HalvingSum("red", period: .month), false),
      (SumOf("red_halving", as: "sum"), false), (HalvingSum("sum", as: "again"), true),
    ])
    #expect(compiled.graph.stages.map(\.period) == [.date, .month])
    #expect(compiled.programs[1].sources == [.stored(product: 0)])
    // The months are kept in the store for the stage that reads them, and become no file.
    #expect(compiled.products.map(\.variable.name) == ["red_halving", "again", "sum_count"])
    #expect(compiled.products.map(\.isPublished) == [false, true, true])
    #expect(compiled.products.map(\.stage) == [0, 1, 1])
  }

  @Test func `neighbourhoods push their margins back to what they read`() {
    let compiled = compiled([
      (StubSource("red", "qa"), false), (OddMask(halo: 3), false), (BoxSum("red", radius: 2, as: "a"), false),
      (SumOf("a", "red", as: "b"), false), (BoxSum("b", radius: 5, as: "c"), true),
    ])
    let program = compiled.programs[0]
    #expect(program.margin == 7)
    #expect(program.halo == 10)
    #expect(program.passes.count == 3)
    #expect(!program.isDirect)
  }

  @Test func `steps that nobody needs are not run`() {
    let compiled = compiled([
      (StubSource("red", "nir"), false), (SumOf("nir", as: "unused"), false),
      (BoxSum("nir", radius: 9, as: "unused_too"), false), (SumOf("red", as: "sum"), true),
    ])
    #expect(compiled.programs[0].bands.map(\.name) == ["red"])
    #expect(compiled.programs[0].margin == 0)
    #expect(compiled.graph.steps.filter(\.isUnused).map(\.name) == ["sum", "box_sum"])
  }

  @Test func `inspecting a module writes what comes into it`() {
    let compiled = compiled(
      [
        (StubSource("red", "nir", "qa"), false), (OddMask(), false), (SumOf("red", "nir", as: "sum"), true),
      ], inspecting: true)
    let inputs = compiled.products.filter { $0.module == Program.inspectedInput }
    #expect(inputs.map(\.variable.name) == ["red", "nir"])
    #expect(compiled.programs[0].bands.map(\.name) == ["qa", "red", "nir"])
  }
}

/// The memory a plan expects to need.
@Suite struct MemoryModelTests {
  private func peak(side: Int = 256, dates: Int = 12, workers: Int = 2, halo: Int = 0) -> Int {
    var bench = EngineBench(
      [
        (StubSource("red", "nir", "qa"), false), (OddMask(halo: halo), false),
        (SumOf("red", "nir", as: "sum"), true),
        (HalvingSum("sum"), true),
      ], width: 2048, height: 2048)
    for _ in 0..<dates { bench.addDate(scenes: []) }
    return bench.plan(chunk: (side, side), workers: workers).memory.peak
  }

  @Test func `larger chunks need more memory`() {
    let peaks = [64, 128, 256, 512, 1024].map { peak(side: $0) }
    #expect(peaks == peaks.sorted())
    #expect(Set(peaks).count == peaks.count)
  }

  @Test func `more workers and a wider halo need more memory`() {
    #expect(peak(workers: 1) < peak(workers: 2))
    #expect(peak(workers: 2) < peak(workers: 8))
    #expect(peak(halo: 0) < peak(halo: 20))
  }

  @Test func `ten times the dates cost records, not planes`() {
    let few = peak(side: 512, dates: 50)
    let many = peak(side: 512, dates: 500)
    // A histogram a layer: 20 KiB for each further date and product.
    #expect(many - few < 450 * (24 << 10))
  }
}
