import TensorCore
import TestSupport
import Testing

/// Comparisons, logic, integer arithmetic and conversions.
@Suite struct TypeTests {
    @Test(arguments: OperationGoldens.cases(of: "types"), Device.tested)
    func equalsPyTorch(_ golden: GoldenCase, _ device: Device) throws {
        try replay(golden, on: device, with: Self.catalog)
    }

    static let catalog: OperationCatalog = [
        "equal": { [$0[0] .== $0[1]] },
        "notEqual": { [$0[0] .!= $0[1]] },
        "less": { [$0[0] .< $0[1]] },
        "lessOrEqual": { [$0[0] .<= $0[1]] },
        "greater": { [$0[0] .> $0[1]] },
        "greaterOrEqual": { [$0[0] .>= $0[1]] },
        "equalScalar": { [try $0[0] .== $0.float("alpha")] },
        "lessScalar": { [try $0[0] .< $0.float("alpha")] },
        "lessOrEqualScalar": { [try $0[0] .<= $0.float("alpha")] },
        "greaterScalar": { [try $0[0] .> $0.float("alpha")] },
        "greaterOrEqualScalar": { [try $0[0] .>= $0.float("alpha")] },
        "and": { [$0[0].and($0[1])] },
        "or": { [$0[0].or($0[1])] },
        "not": { [$0[0].not()] },
        "addTensors": { [$0[0] + $0[1]] },
        "subtractTensors": { [$0[0] - $0[1]] },
        "multiplyTensors": { [$0[0] * $0[1]] },
        "maximumTensors": { [Tensor.maximum($0[0], $0[1])] },
        "negate": { [-$0[0]] },
        "absoluteValue": { [$0[0].absoluteValue()] },
        "sign": { [$0[0].sign()] },
        "squared": { [$0[0].squared()] },
        "clamped": { [try $0[0].clamped(to: $0.float("alpha")...$0.float("beta"))] },
        "select": { [Tensor.select($0[0], then: $0[1], else: $0[2])] },
        "converted": { [$0[0].converted(to: try dtype($0.text("type")))] },
    ]

    private static func dtype(_ name: String) throws -> DType {
        try #require(DType.allCases.first { "\($0)" == name })
    }
}
