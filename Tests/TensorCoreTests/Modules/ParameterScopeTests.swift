import TensorCore
import Testing

@Suite struct ParameterScopeTests {
    private final class Block: Module {
        let scope: ParameterScope
        let conv: Conv2d
        let norm: BatchNorm2d

        init(_ scope: ParameterScope, channels: Int) {
            self.scope = scope
            conv = Conv2d(scope["conv1"], inputChannels: channels, outputChannels: channels, kernelSize: 3, bias: false)
            norm = BatchNorm2d(scope["bn1"], channels: channels)
        }
    }

    private final class Network: Module {
        let scope: ParameterScope
        let blocks: [Block]
        let head: Linear?

        init(_ scope: ParameterScope) {
            self.scope = scope
            blocks = (0..<2).map { Block(scope["layer1"][$0], channels: 2) }
            head = Linear(scope["fc"], inputs: 2, outputs: 3)
        }
    }

    private let blockNames = ["conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"]

    @Test func namesAreTheCheckpoints() {
        let network = Network(ParameterScope())
        let expected = (0..<2).flatMap { index in blockNames.map { "layer1.\(index).\($0)" } } + ["fc.weight", "fc.bias"]
        #expect(network.parameters.map(\.path) == expected)
        #expect(network.stateDict().names == expected.sorted())
    }

    @Test func stateIsRelativeToTheModule() throws {
        let network = Network(ParameterScope()["model"])
        #expect(network.blocks[1].parameters.map(\.path) == blockNames.map { "model.layer1.1." + $0 })
        #expect(network.blocks[1].stateDict().names == blockNames.sorted())
        let other = Network(ParameterScope(seed: 9))
        #expect(other.blocks[0].conv.weight.value.scalars != network.blocks[0].conv.weight.value.scalars)
        try other.load(network.stateDict())
        #expect(other.blocks[0].conv.weight.value.scalars == network.blocks[0].conv.weight.value.scalars)
    }

    @Test func aPrefixOfAnotherNameIsNoParent() {
        let scope = ParameterScope()
        let short = Linear(scope["layer1"], inputs: 1, outputs: 1)
        let long = Linear(scope["layer10"], inputs: 1, outputs: 1)
        #expect(short.parameters.map(\.path) == ["layer1.weight", "layer1.bias"])
        #expect(long.parameters.map(\.path) == ["layer10.weight", "layer10.bias"])
    }

    @Test func aNameIsRegisteredOnce() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let scope = ParameterScope()
            _ = Linear(scope["fc"], inputs: 2, outputs: 2)
            _ = Linear(scope["fc"], inputs: 2, outputs: 2)
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("fc.weight is registered twice"))
    }

    @Test func buffersAreSavedAndNeverTrained() throws {
        let norm = BatchNorm2d(ParameterScope(), channels: 2)
        #expect(norm.trainableCount == 4)
        norm.unfreeze()
        #expect(norm.parameters.filter(\.isTrainable).map(\.path) == ["weight", "bias"])
        #expect(norm.parameters.filter(\.isBuffer).map(\.path) == ["running_mean", "running_var"])
        norm.freeze()
        #expect(norm.trainableCount == 0)
        #expect(!norm.weight.value.requiresGradient)
    }

    @Test func theSameSeedDrawsTheSameModel() {
        let values = [7, 7, 8].map { seed in
            Network(ParameterScope(seed: seed)).parameters.flatMap { $0.value.scalars }
        }
        #expect(values[0] == values[1])
        #expect(values[0] != values[2])
    }

    @Test func auditFindsEveryParameter() {
        let network = Network(ParameterScope()["model"])
        #expect(ParameterAudit(network).reachable.count == 12)
        #expect(ParameterAudit.problem(in: network) == nil)
    }

    @Test func auditFindsForeignAndLostParameters() throws {
        final class Stray: Module {
            let scope: ParameterScope
            let inside: Linear
            let outside: Linear

            init(_ scope: ParameterScope) {
                self.scope = scope
                inside = Linear(scope["inside"], inputs: 1, outputs: 1, bias: false)
                outside = Linear(ParameterScope()["elsewhere"], inputs: 1, outputs: 1, bias: false)
                _ = Linear(scope["dropped"], inputs: 1, outputs: 1, bias: false)
            }
        }
        let problem = try #require(ParameterAudit.problem(in: Stray(ParameterScope()["stray"])))
        #expect(problem.contains("[\"elsewhere.weight\"]"))
        #expect(problem.contains("[\"stray.dropped.weight\"]"))
        #expect(!problem.contains("inside"))
    }

    @Test func auditOfTheLibrarysLayers() {
        let scope = ParameterScope()
        let layers: [any Module] = [
            Linear(scope["linear"], inputs: 2, outputs: 3),
            Conv2d(scope["conv"], inputChannels: 2, outputChannels: 3, kernelSize: 3),
            ConvTranspose2d(scope["transposed"], inputChannels: 2, outputChannels: 3, kernelSize: 2),
            BatchNorm2d(scope["batch"], channels: 2), GroupNorm(scope["group"], groups: 1, channels: 2),
            LayerNorm(scope["layer"], width: 2), RMSNorm(scope["rms"], width: 2),
            Embedding(scope["embedding"], count: 3, width: 2), MultiHeadAttention(scope["attention"], width: 4, heads: 2),
        ]
        for layer in layers {
            #expect(!layer.parameters.isEmpty)
            #expect(ParameterAudit.problem(in: layer) == nil)
        }
    }
}
