import TensorCore
import Testing

@Suite struct MovingAverageTests {
    private let parameter = ParameterScope().parameter("weight", shape: [2], initializer: .zeros)

    private func updated(_ values: [[Float]], decay: Float) -> ExponentialMovingAverage {
        var average = ExponentialMovingAverage(decay: decay)
        for value in values {
            parameter.value = Tensor(value, shape: [2])
            average.update([parameter])
        }
        return average
    }

    @Test func equalsTheRecurrence() throws {
        let values: [[Float]] = [[1, -2], [3, 5], [-4, 0.5], [2, 2], [0, 1]]
        let average = updated(values, decay: 0.3)
        var expected = values[0]
        for (index, value) in values.enumerated().dropFirst() {
            let kept = min(Float(0.3), Float(1 + index) / Float(10 + index))
            expected = zip(expected, value).map { kept * $0 + (1 - kept) * $1 }
        }
        let found = average.applied(to: [parameter]) { parameter.value.scalars }
        for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-6) }
        #expect(average.updates == 5)
    }

    @Test func currentValuesComeBack() {
        struct Stop: Error {}
        let average = updated([[1, 1], [2, 3]], decay: 0.9)
        #expect(average.applied(to: [parameter]) { parameter.value.scalars } != [2, 3])
        #expect(parameter.value.scalars == [2, 3])
        #expect(throws: Stop.self) { try average.applied(to: [parameter]) { throw Stop() } }
        #expect(parameter.value.scalars == [2, 3])
    }

    @Test func resumesBitExactly() throws {
        var average = updated([[1, 1], [2, 3], [0.1, 0.7]], decay: 0.9)
        var restored = ExponentialMovingAverage(decay: 0.9)
        try restored.load(Safetensors.parse(Safetensors.serialize(average.stateDict()), source: "average"))
        parameter.value = Tensor([5.0, -1], shape: [2])
        average.update([parameter])
        restored.update([parameter])
        #expect(Safetensors.serialize(restored.stateDict()) == Safetensors.serialize(average.stateDict()))
    }

    @Test func stateWithoutItsCountIsRefused() {
        var average = ExponentialMovingAverage(decay: 0.9)
        let error = #expect(throws: CheckpointError.self) { try average.load(StateDict(["weight": Tensor(zeros: [2])])) }
        #expect(error?.description.contains("ema.updates") == true)
    }

    @Test func stateOfTheseParametersIsLoaded() throws {
        let average = updated([[1, 1], [2, 3], [0.1, 0.7]], decay: 0.9)
        var restored = ExponentialMovingAverage(decay: 0.9)
        try restored.load(average.stateDict(), for: [parameter])
        #expect(Safetensors.serialize(restored.stateDict()) == Safetensors.serialize(average.stateDict()))
    }

    @Test func stateOfOtherParametersIsRefusedAndChangesNothing() throws {
        let state = updated([[1, 1], [2, 3]], decay: 0.9).stateDict()
        let longer = ParameterScope().parameter("weight", shape: [3], initializer: .zeros)
        let bias = ParameterScope().parameter("bias", shape: [2], initializer: .zeros)
        var average = ExponentialMovingAverage(decay: 0.9)
        let mismatch = #expect(throws: CheckpointError.self) { try average.load(state, for: [longer]) }
        guard case .doesNotFit(_, let mismatched) = mismatch else { throw try #require(mismatch) }
        #expect(mismatched.mismatched.map(\.name) == ["weight"])
        #expect(mismatched.mismatched.map(\.expected) == [[3]])
        let strangers = #expect(throws: CheckpointError.self) { try average.load(state, for: [bias]) }
        guard case .doesNotFit(_, let strange) = strangers else { throw try #require(strangers) }
        #expect(strange.missing == ["bias"])
        #expect(strange.unexpected == ["weight"])
        #expect(average.updates == 0)
    }
}
