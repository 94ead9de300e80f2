import Engine
import JSON
import Modules
import Testing

@Suite struct ModuleRegistryTests {
  @Test func `every module is found by its name`() {
    #expect(Set(ModuleRegistry.names).count == ModuleRegistry.all.count)
    for module in ModuleRegistry.all {
      #expect(ModuleRegistry.module(named: module.descriptor.name).map { $0 == module } ?? false)
    }
    #expect(ModuleRegistry.module(named: "no_such_module") == nil)
  }

  @Test func `every module and parameter is documented`() {
    for module in ModuleRegistry.all {
      let descriptor = module.descriptor
      #expect(descriptor.summary.hasSuffix(".") && !descriptor.discussion.isEmpty, "\(descriptor.name)")
      let names = descriptor.parameters.map(\.name)
      #expect(Set(names).count == names.count, "\(descriptor.name)")
      for parameter in descriptor.parameters {
        #expect(!parameter.summary.isEmpty, "\(descriptor.name).\(parameter.name)")
        // These belong to every module.
        #expect(!["module", "as", "save", "run_mode", "resources"].contains(parameter.name))
      }
    }
  }

  @Test func `defaults are among the choices`() {
    for module in ModuleRegistry.all {
      for parameter in module.descriptor.parameters {
        guard case .choice(let choices) = parameter.type, let value = parameter.defaultValue?.string else {
          continue
        }
        #expect(choices.contains(value), "\(module.descriptor.name).\(parameter.name)")
      }
    }
  }

  @Test func `shapes are those the engine knows`() {
    for module in ModuleRegistry.all {
      let isRight =
        switch module.descriptor.shape {
        case .source: module is any SourceModule.Type
        case .layer: module is any LayerModule.Type
        case .number: module is any NumberModule.Type
        case .table: module is any TableModule.Type
        case .mask: module is any MaskModule.Type
        case .pixelwise: module is any PixelwiseModule.Type
        case .neighbourhood: module is any NeighbourhoodModule.Type
        case .reduction: module is any ReductionModule.Type
        case .wholeRun: module is any WholeRunModule.Type
        }
      #expect(isRight, "\(module.descriptor.name)")
    }
  }
}
