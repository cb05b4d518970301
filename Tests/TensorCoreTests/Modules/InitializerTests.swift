import TensorCore
import Testing

/// First values follow PyTorch's distributions.
@Suite struct InitializerTests {
    private func drawn(_ shape: Shape, _ initializer: Initializer) -> [Float] {
        ParameterScope(seed: 1).parameter("weight", shape: shape, initializer: initializer).value.scalars
    }

    private func deviation(_ values: [Float]) -> Float {
        let mean = values.reduce(0, +) / Float(values.count)
        let squares = values.reduce(Float(0)) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Float(values.count)).squareRoot()
    }

    @Test func constants() {
        #expect(drawn([3], .zeros) == [0, 0, 0])
        #expect(drawn([3], .ones) == [1, 1, 1])
        #expect(drawn([2], .constant(0.5)) == [0.5, 0.5])
    }

    @Test func linearLayersStayWithinTheFanIn() {
        let layer = Linear(ParameterScope(seed: 2), inputs: 100, outputs: 50)
        let bias = layer.bias?.value.scalars ?? []
        for values in [layer.weight.value.scalars, bias] {
            #expect(values.allSatisfy { abs($0) <= 0.1 })
            #expect(values.contains { abs($0) > 0.08 })
        }
        #expect(bias.count == 50)
    }

    @Test func convolutionsCountTheReceptiveField() {
        let values = drawn([8, 4, 5, 5], .torchDefault)
        #expect(values.allSatisfy { abs($0) <= 0.1 })
        #expect(values.contains { abs($0) > 0.095 })
    }

    @Test func kaimingNormalHasHesDeviation() {
        let incoming = deviation(drawn([64, 16, 3, 3], .kaimingNormal(.fanIn)))
        let outgoing = deviation(drawn([64, 16, 3, 3], .kaimingNormal(.fanOut)))
        #expect(abs(incoming - (2 / Float(144)).squareRoot()) < 0.003)
        #expect(abs(outgoing - (2 / Float(576)).squareRoot()) < 0.0015)
    }

    @Test func xavierUniformHasGlorotsBound() {
        let values = drawn([30, 20], .xavierUniform)
        let bound = (6 / Float(50)).squareRoot()
        #expect(values.allSatisfy { abs($0) <= bound })
        #expect(values.contains { abs($0) > bound * 0.98 })
    }

    @Test func normalHasItsMeanAndDeviation() {
        let values = drawn([10_000], .normal(mean: 3, deviation: 0.5))
        #expect(abs(values.reduce(0, +) / 10_000 - 3) < 0.02)
        #expect(abs(deviation(values) - 0.5) < 0.02)
    }
}
