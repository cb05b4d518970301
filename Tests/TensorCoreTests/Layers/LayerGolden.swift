import TensorCore
import TestSupport
import Testing

/// One case of `Scripts/goldens/layers.py`.
struct LayerGolden {
    let name: String
    let state: StateDict

    init(_ name: String) throws {
        self.name = name
        state = try GoldenState.load("layers").removingPrefix(name + "/")
        guard state.count > 0 else { throw GoldenStateError(missing: "case \(name)") }
    }

    /// Loads the layer, then compares its result and the gradients of its inputs and parameters with torch's, and its
    /// result without a graph, which other kernels compute.
    func check<Layer: Module>(
        _ layer: Layer, inputs count: Int = 1, training: Bool = false, sourceLocation: SourceLocation = #_sourceLocation,
        _ apply: (Layer, [Tensor]) -> Tensor
    ) throws {
        try layer.load(state.removingPrefix("state/"))
        let operands = try (0..<count).map { try state.golden("input\($0)") }
        let expected = try state.golden("output")
        let leaves = operands.map { $0.dtype.isFloatingPoint ? $0.requiringGradient() : $0 }
        let output = apply(layer, leaves)
        compare(output, expected, "output", sourceLocation)
        let gradients = output.gradients(seed: try state.golden("seed"))
        for (position, leaf) in leaves.enumerated() where leaf.requiresGradient {
            try compare(gradients[leaf], "input\(position)", sourceLocation)
        }
        let trained = layer.parameters.filter(\.isTrainable)
        #expect(!trained.isEmpty, sourceLocation: sourceLocation)
        for parameter in trained {
            let key = layer.scope.path.isEmpty ? parameter.path : String(parameter.path.dropFirst(layer.scope.path.count + 1))
            try compare(gradients[parameter], key, sourceLocation)
        }
        guard !training else { return }
        compare(withoutGradients { apply(layer, operands) }, expected, "output without a graph", sourceLocation)
    }

    private func compare(_ gradient: Tensor?, _ key: String, _ location: SourceLocation) throws {
        let gradient = try #require(gradient, "\(name): no gradient of \(key)", sourceLocation: location)
        compare(gradient, try state.golden("gradient/" + key), "gradient of \(key)", location)
    }

    private func compare(_ actual: Tensor, _ expected: Tensor, _ what: String, _ location: SourceLocation) {
        let problem = mismatch(actual, expected)
        #expect(problem == nil, "\(name), \(what)", sourceLocation: location)
    }
}
