import TensorCore
import TestSupport
import Testing

/// Functions of one, two and three operands, element by element.
@Suite struct ElementwiseTests {
    static let catalog: OperationCatalog = unary.merging(binary) { first, _ in first }

    @Test(arguments: OperationGoldens.cases(of: "elementwise"), Device.tested)
    func equalsPyTorch(_ golden: GoldenCase, _ device: Device) throws {
        try replay(golden, on: device, with: Self.catalog)
    }

    @Test("A quotient of literals beside a tensor is no integer's")
    func literals() {
        let x = Tensor([Float(4)], shape: [1])
        #expect((x * (1 / 4)).scalars == [1])
        #expect((x + 1 / 2).scalars == [4.5] && (3 / 2 - x).scalars == [-2.5])
        var y = x
        y *= (1 / 8)
        #expect(y.scalars == [0.5] && (y .> (1 / 4)).scalars == [1])
    }

    private static let unary: OperationCatalog = [
        "negate": { [-$0[0]] },
        "absoluteValue": { [$0[0].absoluteValue()] },
        "squared": { [$0[0].squared()] },
        "squareRoot": { [$0[0].squareRoot()] },
        "reciprocalSquareRoot": { [$0[0].reciprocalSquareRoot()] },
        "reciprocal": { [$0[0].reciprocal()] },
        "exp": { [$0[0].exp()] },
        "log": { [$0[0].log()] },
        "sin": { [$0[0].sin()] },
        "cos": { [$0[0].cos()] },
        "sign": { [$0[0].sign()] },
        "floor": { [$0[0].floor()] },
        "rounded": { [$0[0].rounded()] },
        "erf": { [$0[0].erf()] },
        "relu": { [$0[0].relu()] },
        "relu6": { [$0[0].relu6()] },
        "sigmoid": { [$0[0].sigmoid()] },
        "tanh": { [$0[0].tanh()] },
        "silu": { [$0[0].silu()] },
        "quickGELU": { [$0[0].quickGELU()] },
        "geluErf": { [$0[0].gelu()] },
        "geluTanh": { [$0[0].gelu(approximation: .tanh)] },
        "softplus": { [$0[0].softplus()] },
        "hardSwish": { [$0[0].hardSwish()] },
        "hardSigmoid": { [$0[0].hardSigmoid()] },
        "geglu": { [$0[0].geglu()] },
        "leakyReLU": { [try $0[0].leakyReLU(slope: $0.float("alpha"))] },
        "elu": { [try $0[0].elu(alpha: $0.float("alpha"))] },
        "power": { [try $0[0].power($0.float("alpha"))] },
        "affine": { [try $0[0].affine(scale: $0.float("alpha"), shift: $0.float("beta"))] },
        "clamped": { [try $0[0].clamped(to: $0.float("alpha")...$0.float("beta"))] },
        "addScalar": { [try $0[0] + $0.float("alpha")] },
        "subtractScalar": { [try $0[0] - $0.float("alpha")] },
        "scalarSubtract": { [try $0.float("alpha") - $0[0]] },
        "multiplyScalar": { [try $0[0] * $0.float("alpha")] },
        "divideScalar": { [try $0[0] / $0.float("alpha")] },
        "scalarDivide": { [try $0.float("alpha") / $0[0]] },
        "broadcast": { [try $0[0].broadcast(to: Shape($0.integers("shape")))] },
    ]

    private static let binary: OperationCatalog = [
        "addTensors": { [$0[0] + $0[1]] },
        "subtractTensors": { [$0[0] - $0[1]] },
        "multiplyTensors": { [$0[0] * $0[1]] },
        "divideTensors": { [$0[0] / $0[1]] },
        "powerTensors": { [$0[0].power($0[1])] },
        "maximumTensors": { [Tensor.maximum($0[0], $0[1])] },
        "minimumTensors": { [Tensor.minimum($0[0], $0[1])] },
        "weightedSum": { [try $0[0].scaled(by: $0.float("alpha"), adding: $0[1], scaledBy: $0.float("beta"))] },
        "select": { [Tensor.select($0[0], then: $0[1], else: $0[2])] },
        "masked": { [try $0[0].masked(where: $0[1], with: $0.float("alpha"))] },
    ]
}
