import TensorCore
import TestSupport
import Testing

/// Layers compute with weights of every stored type, and as if these had been float32.
@Suite struct StoredTypeTests {
    /// Layers by name, each with an input.
    private static let layers: [(name: String, make: @Sendable (ParameterScope) -> any Module, input: Shape)] = [
        ("linear", { Linear($0, inputs: 48, outputs: 32) }, [3, 5, 48]),
        ("convolution", { Conv2d($0, inputChannels: 16, outputChannels: 32, kernelSize: 3) }, [2, 9, 9, 16]),
        ("pointwise", { Conv2d($0, inputChannels: 64, outputChannels: 64, kernelSize: 1, bias: false) }, [1, 8, 8, 64]),
        (
            "groups",
            { Conv2d($0, inputChannels: 16, outputChannels: 16, kernelSize: 3, ConvolutionOptions(stride: 2, groups: 4)) },
            [1, 9, 9, 16]
        ),
        (
            "transposed",
            { ConvTranspose2d($0, inputChannels: 8, outputChannels: 4, kernelSize: 2, ConvolutionOptions(stride: 2)) },
            [1, 5, 5, 8]
        ),
        ("group norm", { GroupNorm($0, groups: 2, channels: 8) }, [2, 3, 3, 8]),
        ("layer norm", { LayerNorm($0, width: 8) }, [2, 3, 8]), ("rms norm", { RMSNorm($0, width: 8) }, [2, 3, 8]),
        ("batch norm", { BatchNorm2d($0, channels: 8) }, [2, 3, 3, 8]),
    ]

    private static func run(_ module: any Module, _ x: Tensor) -> Tensor {
        switch module {
        case let layer as Linear: layer(x, activation: .relu)
        case let layer as Conv2d: layer(x, residual: layer(x))
        case let layer as ConvTranspose2d: layer(x)
        case let layer as GroupNorm: layer(x)
        case let layer as LayerNorm: layer(x)
        case let layer as RMSNorm: layer(x)
        case let layer as BatchNorm2d: layer(x)
        default: x
        }
    }

    /// The layer with weights rounded to `stored`, kept so or widened again.
    private static func layer(_ index: Int, _ stored: DType, keeps: Bool) throws -> any Module {
        var state = layers[index].make(ParameterScope(seed: 7)).stateDict()
        for name in state.names { state[name] = state[name]?.converted(to: stored) }
        let module = layers[index].make(ParameterScope(.loading))
        try module.load(state, options: keeps ? .keepsStoredTypes : [])
        return module
    }

    @Test(arguments: Devices.all, [DType.bfloat16, .float16])
    func equalsWidenedWeights(_ tested: Device, _ stored: DType) throws {
        try Devices.using(tested) {
            for index in Self.layers.indices {
                var random = TorchRandom(seed: 2)
                let x = random.normal(shape: Self.layers[index].input)
                let (kept, widened) = (try Self.layer(index, stored, keeps: true), try Self.layer(index, stored, keeps: false))
                #expect(kept.parameters.contains { $0.dtype == stored } && widened.parameters.allSatisfy { $0.dtype == .float32 })
                for precision in [DType.float32, .bfloat16] {
                    // The second pass meets packed weights.
                    for _ in 0..<3 {
                        let input = x.converted(to: precision)
                        let (found, expected) = (Self.run(kept, input), Self.run(widened, input))
                        #expect(found.dtype == expected.dtype)
                        let tolerance = precision == .float32 ? Tolerance.float32 : .bfloat16
                        #expect(mismatch(found, expected, tolerance) == nil, "\(Self.layers[index].name), \(precision)")
                    }
                }
            }
        }
    }

    /// Gradients flow through frozen weights of every type to what lies before them.
    @Test(arguments: Devices.all, [DType.bfloat16, .float16])
    func gradientsPassThrough(_ tested: Device, _ stored: DType) throws {
        try Devices.using(tested) {
            for index in Self.layers.indices {
                var random = TorchRandom(seed: 2)
                let x = random.normal(shape: Self.layers[index].input).requiringGradient()
                let gradients = try [true, false].map { keeps in
                    let module = try Self.layer(index, stored, keeps: keeps)
                    return try #require(Self.run(module, x).squared().sum().gradients()[x])
                }
                #expect(mismatch(gradients[0], gradients[1]) == nil, "\(Self.layers[index].name)")
            }
        }
    }

    @Test func tablesGiveRowsOfTheirType() throws {
        let table = Embedding(ParameterScope(.loading), count: 3, width: 2)
        try table.load(
            StateDict(["weight": Tensor([Float(1), 2, 3, 4, 5, 6], shape: [3, 2]).converted(to: .float16)]),
            options: .keepsStoredTypes)
        let rows = table(Tensor([Int64(2), 0], shape: [2]))
        #expect(rows.dtype == .float16)
        #expect((rows + 1).scalars == [6, 7, 2, 3])
    }

    /// A new value of a parameter is packed anew.
    @Test func replacedWeightsAreSeen() throws {
        let layer = Linear(ParameterScope(.loading), inputs: 16, outputs: 16, bias: false)
        let x = Tensor(ones: [4, 16])
        for value in [1.0, 2.0] {
            try layer.load(
                StateDict(["weight": Tensor(repeating: value, shape: [16, 16], dtype: .float16)]), options: .keepsStoredTypes)
            for _ in 0..<3 { #expect(layer(x).scalars.allSatisfy { $0 == Float(16 * value) }) }
        }
    }
}
