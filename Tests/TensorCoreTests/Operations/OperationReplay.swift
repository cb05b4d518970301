import TensorCore
import TestSupport
import Testing

/// How the operations of a family are called: by the name that the script gives them.
typealias OperationCatalog = [String: @Sendable (OperationCall) throws -> [Tensor]]

/// Runs a case on a device and compares with PyTorch: the results without a graph (fused kernels), the results with
/// one, and the gradients of every operand.
func replay(_ golden: GoldenCase, on device: Device, with catalog: OperationCatalog) throws {
    let operation = try #require(catalog[golden.operation], "no test calls the operation \(golden.operation)")
    let tensors = try OperationGoldens.tensors.get()
    try Devices.using(device) {
        let inputs = try (0..<golden.inputs).map { try tensors.tensor("\(golden.name)/in\($0)") }
        let expected = try (0..<golden.outputs).map { try tensors.tensor("\(golden.name)/out\($0)") }
        let plain = try withoutGradients { try operation(OperationCall(golden: golden, inputs: inputs)) }
        compare(plain, expected, golden, "without graph")
        guard !golden.gradients.isEmpty else { return }

        let leaves = inputs.enumerated().map { position, input in
            golden.gradients.contains(position) ? input.requiringGradient() : input
        }
        let results = try operation(OperationCall(golden: golden, inputs: leaves))
        compare(results, expected, golden, "recorded")
        guard results.count == expected.count else { return }
        var gradients = Gradients()
        for position in golden.seeds {
            let seed = try tensors.tensor("\(golden.name)/seed\(position)").converted(to: results[position].dtype)
            gradients = gradients + results[position].gradients(seed: seed, retainingGraph: true)
        }
        for position in golden.gradients {
            let leaf = leaves[position]
            let wanted = try tensors.tensor("\(golden.name)/grad\(position)")
            let found = gradients[leaf]
            #expect(found?.dtype == leaf.dtype, "\(golden), the type of gradient \(position)")
            let problem = mismatch(found ?? wanted.zerosLike(), wanted, golden.tolerance)
            #expect(problem == nil, "\(golden), gradient \(position)")
        }
    }
}

private func compare(_ results: [Tensor], _ expected: [Tensor], _ golden: GoldenCase, _ mode: String) {
    #expect(results.count == expected.count, "\(golden), \(mode): the number of results")
    for (position, (result, wanted)) in zip(results, expected).enumerated() {
        let problem = mismatch(result, wanted, golden.tolerance)
        #expect(problem == nil, "\(golden), \(mode), result \(position)")
        if golden.dtype == "float32" {
            #expect(result.dtype == wanted.dtype, "\(golden), \(mode): the type of result \(position)")
        }
    }
}
