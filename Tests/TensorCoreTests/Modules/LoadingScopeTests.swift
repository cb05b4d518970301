import TensorCore
import Testing

/// A network that is built for a checkpoint has names, shapes and types, and values only after loading.
@Suite struct LoadingScopeTests {
    private static func network(_ scope: ParameterScope) -> Linear { Linear(scope["head"], inputs: 3, outputs: 2) }

    @Test func parametersWaitForTheirValues() throws {
        let network = Self.network(ParameterScope(.loading))
        #expect(network.parameters.map(\.path) == ["head.weight", "head.bias"])
        #expect(network.weight.shape == [2, 3])
        #expect(network.weight.dtype == .float32)
        #expect(network.parameters.allSatisfy { !$0.isSet && !$0.isTrainable })
        let state = Self.network(ParameterScope(seed: 3)).stateDict()
        try network.load(state)
        #expect(network.parameters.allSatisfy { $0.isSet && !$0.isTrainable })
        #expect(network.weight.value.scalars == state["weight"]?.scalars)
        network.unfreeze()
        #expect(network.trainableCount == 8)
    }

    @Test func readingAnUnsetParameterTrapsWithItsPath() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = LoadingScopeTests.network(ParameterScope(.loading)["decoder"])(Tensor(ones: [1, 3]))
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("decoder.head.weight has no value"))
    }

    @Test func whatACheckpointLacksStaysUnset() throws {
        let network = Self.network(ParameterScope(.loading))
        var state = Self.network(ParameterScope(seed: 3)).stateDict()
        state["bias"] = nil
        #expect(throws: CheckpointError.self) { try network.load(state) }
        #expect(!network.weight.isSet)
        try network.load(state, options: .allowsMissing)
        #expect(network.weight.isSet)
        #expect(network.bias?.isSet == false)
    }

    @Test func parametersHaveAStoredType() async {
        let weight = ParameterScope(seed: 1).parameter("w", shape: [4], initializer: .torchDefault, dtype: .bfloat16)
        let wide = ParameterScope(seed: 1).parameter("w", shape: [4], initializer: .torchDefault)
        #expect(weight.dtype == .bfloat16 && weight.value.dtype == .bfloat16)
        #expect(weight.value.scalars == wide.value.converted(to: .bfloat16).scalars)
        #expect(!weight.isTrainable && wide.isTrainable)
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            ParameterScope()["a"].parameter("w", shape: [4], initializer: .zeros, dtype: .float16).isTrainable = true
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("a.w is float16, and what is trained must be float32"))
    }

    @Test func trainedParametersRefuseOtherTypes() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let weight = ParameterScope()["a"].parameter("w", shape: [4], initializer: .zeros)
            weight.value = Tensor(zeros: [4], dtype: .bfloat16)
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("a.w is bfloat16, and what is trained must be float32"))
    }

    @Test func storedTypesAreKeptWhereAskedFor() throws {
        var state = Self.network(ParameterScope(seed: 3)).stateDict()
        state["weight"] = state["weight"]?.converted(to: .float16)
        let network = Self.network(ParameterScope(.loading))
        try network.load(state, options: .keepsStoredTypes)
        #expect(network.weight.dtype == .float16)
        #expect(network.bias?.dtype == .float32)
        #expect(network.stateDict()["weight"]?.dtype == .float16)
        try network.load(state)
        #expect(network.weight.dtype == .float16)
        let converted = Self.network(ParameterScope(.loading))
        try converted.load(state)
        #expect(converted.weight.dtype == .float32)
    }

    @Test func trainableParametersDoNotKeepStoredTypes() throws {
        var state = Self.network(ParameterScope(seed: 3)).stateDict()
        state["weight"] = state["weight"]?.converted(to: .bfloat16)
        state.source = "half.safetensors"
        let network = Self.network(ParameterScope(seed: 4))
        let before = network.stateDict()
        let error = #expect(throws: CheckpointError.self) { try network.load(state, options: .keepsStoredTypes) }
        #expect(error?.description.contains("half.safetensors, key \"weight\": found bfloat16, expected float32") == true)
        #expect(network.stateDict()["bias"]?.scalars == before["bias"]?.scalars)
        network.freeze()
        try network.load(state, options: .keepsStoredTypes)
        #expect(network.weight.dtype == .bfloat16)
    }

    @Test func buffersKeepTheirOwnType() throws {
        let norm = BatchNorm2d(ParameterScope(.loading), channels: 2)
        var state = BatchNorm2d(ParameterScope(), channels: 2).stateDict()
        for name in state.names { state[name] = state[name]?.converted(to: .bfloat16) }
        try norm.load(state, options: .keepsStoredTypes)
        #expect(norm.weight.dtype == .bfloat16)
        #expect(norm.runningMean.dtype == .float32)
    }

    /// Thirty thousand parameters: a search through all of them at each registration or for each part would take minutes.
    @Test(.timeLimit(.minutes(1)))
    func registrationIsLinear() {
        let scope = ParameterScope(.loading)
        let parts = (0..<15_000).map { Linear(scope["blocks"][$0]["fc"], inputs: 2, outputs: 2) }
        #expect(parts.allSatisfy { $0.parameters.map(\.path).count == 2 })
        #expect(scope.parameters.count == 30_000)
        #expect(scope["blocks"][14_999].parameters.map(\.path) == ["blocks.14999.fc.weight", "blocks.14999.fc.bias"])
    }
}
