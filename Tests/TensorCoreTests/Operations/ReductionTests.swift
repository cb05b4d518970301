import TensorCore
import TestSupport
import Testing

/// Reductions, positions of extrema, running sums and top-k.
@Suite struct ReductionTests {
    @Test(arguments: OperationGoldens.cases(of: "reductions"), Device.tested)
    func equalsPyTorch(_ golden: GoldenCase, _ device: Device) throws {
        try replay(golden, on: device, with: Self.catalog)
    }

    static let catalog: OperationCatalog = [
        "sum": { [$0[0].sum(axes: try axes($0), keepingDimensions: try $0.flag("keeping"))] },
        "mean": { [$0[0].mean(axes: try axes($0), keepingDimensions: try $0.flag("keeping"))] },
        "variance": { [$0[0].variance(axes: try axes($0), keepingDimensions: try $0.flag("keeping"))] },
        "max": { [$0[0].max(axes: try axes($0), keepingDimensions: try $0.flag("keeping"))] },
        "min": { [$0[0].min(axes: try axes($0), keepingDimensions: try $0.flag("keeping"))] },
        "product": { [$0[0].product(axes: try axes($0), keepingDimensions: try $0.flag("keeping"))] },
        "norm": { [$0[0].norm(axes: try axes($0), keepingDimensions: try $0.flag("keeping"))] },
        "normalized": { [$0[0].normalized(axis: try $0.integer("axis"))] },
        "argMax": { [$0[0].argMax(axis: try $0.integer("axis"), keepingDimensions: try $0.flag("keeping"))] },
        "argMin": { [$0[0].argMin(axis: try $0.integer("axis"), keepingDimensions: try $0.flag("keeping"))] },
        "cumulativeSum": { [$0[0].cumulativeSum(axis: try $0.integer("axis"), reversed: try $0.flag("reversed"))] },
        "topK": { call in
            let (values, indices) = call[0].topK(try call.integer("count"), axis: try call.integer("axis"))
            return [values, indices]
        },
    ]

    /// The axes of a case, nil for all of them.
    private static func axes(_ call: OperationCall) throws -> [Int]? {
        call.has("axes") ? try call.integers("axes") : nil
    }
}
