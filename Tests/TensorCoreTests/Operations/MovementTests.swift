import TensorCore
import TestSupport
import Testing

/// Shaping, slicing, joining, indexing and windows.
@Suite struct MovementTests {
    static let catalog: OperationCatalog = shaping.merging(indexing) { first, _ in first }

    @Test(arguments: OperationGoldens.cases(of: "movement"), Device.tested)
    func equalsPyTorch(_ golden: GoldenCase, _ device: Device) throws {
        try replay(golden, on: device, with: Self.catalog)
    }

    private static let shaping: OperationCatalog = [
        "reshaped": { [$0[0].reshaped(to: Shape(try $0.integers("shape")))] },
        "flattened": { [$0[0].flattened(from: try $0.integer("start"), through: try $0.integer("end"))] },
        "squeezed": { [$0[0].squeezed(axis: try $0.integer("axis"))] },
        "expanded": { [$0[0].expanded(at: try $0.integer("axis"))] },
        "permuted": { [$0[0].permuted(try $0.integers("axes"))] },
        "swapped": { [$0[0].swapped(axis: try $0.integer("a"), with: try $0.integer("b"))] },
        "transposed": { [$0[0].transposed()] },
        "sliced": { call in
            let (axis, start) = (try call.integer("axis"), try call.integer("start"))
            let (count, step) = (try call.integer("count"), try call.integer("step"))
            return [call[0].sliced(axis: axis, from: start, count: count, step: step)]
        },
        "selecting": { [$0[0].selecting(axis: try $0.integer("axis"), index: try $0.integer("index"))] },
        "split": { $0[0].split(try $0.integers("counts"), axis: try $0.integer("axis")) },
        "flipped": { [$0[0].flipped(axes: try $0.integers("axes"))] },
        "rolled": { [$0[0].rolled(by: try $0.integer("shift"), axis: try $0.integer("axis"))] },
        "concatenated": { [Tensor.concatenated($0.inputs, axis: try $0.integer("axis"))] },
        "stacked": { [Tensor.stacked($0.inputs, axis: try $0.integer("axis"))] },
        "padded": { call in
            let (before, after) = (try call.integers("before"), try call.integers("after"))
            return [call[0].padded(before: before, after: after, value: try call.float("value"))]
        },
        "windowPartitioned": { [$0[0].windowPartitioned(try window($0))] },
        "windowsMerged": { [$0[0].windowsMerged(into: try window($0))] },
    ]

    private static let indexing: OperationCatalog = [
        "gathered": { [$0[0].gathered(at: $0[1], axis: try $0.integer("axis"))] },
        "scatterAdding": { [$0[0].scatterAdding($0[1], at: $0[2], axis: try $0.integer("axis"))] },
        "gatheredElements": { [$0[0].gatheredElements(at: $0[1], axis: try $0.integer("axis"))] },
        "scatterAddingElements": { call in
            [call[0].scatterAddingElements(call[1], at: call[2], axis: try call.integer("axis"))]
        },
        "embedding": { [$0[0].embedding($0[1])] },
        "oneHot": { [$0[0].oneHot(count: try $0.integer("count"))] },
    ]

    private static func window(_ call: OperationCall) throws -> Size2D {
        Size2D(height: try call.integer("height"), width: try call.integer("width"))
    }
}
