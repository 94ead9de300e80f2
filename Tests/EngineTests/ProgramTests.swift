import Testing

@testable import Engine

/// What modules become: which bands are read, and what each module sees of them.
@Suite struct ProgramTests {
  private func program(_ modules: (any Module, Bool)...) -> Program {
    Program(modules.map { (type(of: $0.0).descriptor.name, $0.0, $0.1) })
  }

  @Test func `bands that nobody consumes are not read`() {
    let program = program(
      (StubSource("red", "green", "nir", "qa"), false), (OddMask(), false),
      (SumOf("red", "nir", as: "sum"), true))
    #expect(program.bands.map(\.name) == ["qa", "red", "nir"])
    #expect(program.products.map(\.variable.name) == ["sum"])
  }

  @Test func `a source that is saved keeps every band it lists`() {
    let program = program((StubSource("red", "green"), true), (SumOf("red", as: "sum"), false))
    #expect(program.bands.map(\.name) == ["red", "green"])
    #expect(program.products.map(\.variable.name) == ["red", "green"])
    #expect(program.products.map(\.isPerDate) == [true, true])
  }

  @Test func `a band that a mask reads holds flags and is no input of arithmetic`() {
    let program = program(
      (StubSource("red", "qa"), false), (OddMask(), false), (SumOf("red", as: "sum"), true))
    #expect(program.bands.map(\.isQuality) == [true, false])
    #expect(program.lowestLevel == [nil, 1])
  }

  @Test func `a module sees what the masks before it leave, and no more`() {
    let program = program(
      (StubSource("red", "qa", "qa2"), false), (SumOf("red", as: "before"), true), (OddMask(), false),
      (SumOf("red", as: "after"), true), (OddMask(band: "qa2"), false), (SumOf("before", as: "last"), true))
    var levels: [String] = []
    for step in program.steps {
      switch step {
      case .load(let band, _, let level): levels.append("load \(program.bands[band].name) at \(level)")
      case .reject(_, let level): levels.append("reject to \(level)")
      case .compute(let module, _, _): levels.append("compute \(module.output.name)")
      case .emit: break
      }
    }
    #expect(
      levels == [
        "load red at 0", "compute before", "reject to 1", "compute after", "reject to 2", "compute last",
      ])
    // Somebody reads red before any mask, so that no mask can spare reading it.
    #expect(program.lowestLevel[0] == 0)
  }

  @Test func `a band is loaded once for all modules at the same level`() {
    let program = program(
      (StubSource("red", "nir"), false), (SumOf("red", "nir", as: "a"), true),
      (SumOf("nir", "red", as: "b"), true))
    let loads = program.steps.count { if case .load = $0 { true } else { false } }
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
    let program = program(
      (StubSource("red"), false), (SumOf("red", as: "sum"), true), (HalvingSum("sum"), true))
    #expect(program.planeCount == 1)
    #expect(program.products.map(\.variable.name) == ["sum", "sum_halving", "sum_count"])
    #expect(program.products.map(\.isPerDate) == [true, false, false])
  }

  @Test func `inspecting a module writes what comes into it`() {
    let modules: [(String, any Module, Bool)] = [
      ("download", StubSource("red", "nir", "qa"), false), ("cloud_mask", OddMask(), false),
      ("sum", SumOf("red", "nir", as: "sum"), true),
    ]
    let program = Program(modules.map { (name: $0.0, module: $0.1, isSaved: $0.2) }, inspecting: true)
    let inputs = program.products.filter { $0.module == Program.inspectedInput }
    #expect(inputs.map(\.variable.name) == ["red", "nir"])
    #expect(program.bands.map(\.name) == ["qa", "red", "nir"])
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

  @Test func `ten times the dates cost books, not planes`() {
    let few = peak(side: 512, dates: 50)
    let many = peak(side: 512, dates: 500)
    // A histogram a layer: 20 KiB for each further date and product.
    #expect(many - few < 450 * (24 << 10))
  }
}
