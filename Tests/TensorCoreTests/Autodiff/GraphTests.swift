import TensorCore
import Testing

@Suite struct GraphTests {
    private let a = Tensor([1.0, -2, 3], shape: [3]).requiringGradient()
    private let b = Tensor([0.5, 4, -1], shape: [3]).requiringGradient()

    @Test func sharedSubexpressionsAccumulate() {
        let product = a * b
        let result = (product * product + product * a + a).sum()
        let gradients = result.gradients()
        // d/da (a^2 b^2 + a^2 b + a) = 2 a b^2 + 2 a b + 1, d/db = 2 a^2 b + a^2.
        let pairs = zip(a.scalars, b.scalars)
        #expect(gradients[a]?.scalars == pairs.map { 2 * $0 * $1 * $1 + 2 * $0 * $1 + 1 })
        #expect(gradients[b]?.scalars == pairs.map { 2 * $0 * $0 * $1 + $0 * $0 })
    }

    @Test func oneOperandTwice() {
        #expect((a * a).sum().gradients()[a]?.scalars == [2, -4, 6])
        #expect((a - a).sum().gradients()[a]?.scalars == [0, 0, 0])
        #expect(Tensor.concatenated([a, a, a], axis: 0).sum().gradients()[a]?.scalars == [3, 3, 3])
    }

    @Test func seedsWeighTheResult() {
        let gradients = (a * 2).gradients(seed: Tensor([1.0, 10, 100], shape: [3]))
        #expect(gradients[a]?.scalars == [2, 20, 200])
    }

    @Test func leavesWithoutAPathHaveNoGradient() {
        let gradients = (a * 3).sum().gradients()
        #expect(gradients[b] == nil)
        #expect(gradients[a.detached()] == nil)
        #expect((a.detached() * 2).sum().gradients()[a] == nil)
    }

    @Test func aLeafIsItsOwnGradient() {
        let x = Tensor(5).requiringGradient()
        #expect(x.gradients()[x]?.scalar == 1)
    }

    @Test func gradientsCarryNoGraph() {
        let gradient = (a * a).sum().gradients()[a]
        #expect(gradient?.requiresGradient == false)
    }

    @Test func retainedGraphsGiveTheSameGradientsAgain() {
        let result = (a * b).sum()
        let first = result.gradients(retainingGraph: true)[a]?.scalars
        #expect(first == b.scalars)
        #expect(result.gradients(retainingGraph: true)[a]?.scalars == first)
        #expect(result.gradients()[a]?.scalars == first)
    }

    @Test func releasedGraphsTrap() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let x = Tensor(2).requiringGradient()
            let y = (x * x) * 3
            _ = y.gradients()
            _ = y.gradients()
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("released by an earlier call; pass retainingGraph: true"))
    }

    @Test func aReleasedPartOfAnotherGraphTraps() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let x = Tensor(2).requiringGradient()
            let shared = x * x
            let (first, second) = (shared * 3, shared * 5)
            _ = first.gradients()
            _ = second.gradients()
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("retainingGraph: true"))
    }

    @Test func onlyScalarsNeedNoSeed() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = (Tensor(ones: [2, 3]).requiringGradient() * 2).gradients()
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("gradients: expected a scalar or a seed gradient, found shape [2, 3]"))
    }

    @Test func valueAndGradientReturnsBoth() {
        let layer = Linear(ParameterScope(), inputs: 3, outputs: 1)
        layer.weight.value = Tensor([2.0, 0, -1], shape: [1, 3])
        layer.bias?.value = Tensor([0.5], shape: [1])
        let x = Tensor([1.0, 2, 3], shape: [1, 3])
        let (value, gradients) = valueAndGradient { layer(x).sum() }
        #expect(value.scalar == -0.5)
        #expect(!value.requiresGradient)
        #expect(gradients[layer.weight]?.scalars == [1, 2, 3])
        #expect(layer.bias.flatMap { gradients[$0] }?.scalars == [1])
    }

    @Test func setsOfGradientsAddAndScale() {
        let first = (a * b).sum().gradients()
        let second = (a * 10).sum().gradients()
        let sum = first + second
        #expect(sum[a]?.scalars == [10.5, 14, 9])
        #expect(sum[b]?.scalars == a.scalars)
        #expect(sum.scaled(by: 2)[a]?.scalars == [21, 28, 18])
        let squares = (sum[a]?.scalars ?? []) + (sum[b]?.scalars ?? [])
        let norm = squares.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        #expect(abs(sum.globalNorm.scalar - norm) < 1e-4)
    }
}
