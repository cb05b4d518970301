import TensorCore
import TestSupport
import Testing

/// Operations on tensors large enough for the blocked and threaded paths of a backend, which the small golden cases do
/// not reach: results and gradients of every backend against the reference backend.
@Suite struct LargeOperationTests {
    /// One operation on random operands.
    struct Case: Sendable, CustomStringConvertible {
        let description: String
        let shapes: [Shape]
        let run: @Sendable ([Tensor]) -> Tensor

        init(_ description: String, _ shapes: [Shape], _ run: @escaping @Sendable ([Tensor]) -> Tensor) {
            self.description = description
            self.shapes = shapes
            self.run = run
        }
    }

    @Test(arguments: Self.cases, Device.testedButReference)
    func agreesWithReference(_ large: Case, _ tested: Device) throws {
        for dtype in [DType.float32, .bfloat16] {
            let expected = evaluate(large, dtype, on: ReferenceBackend.shared)
            let found = evaluate(large, dtype, on: tested.backend)
            let tolerance = Tolerance.relativeNorm(dtype == .float32 ? 2e-5 : 2e-2)
            try #require(found.count == expected.count)
            for (position, (result, wanted)) in zip(found, expected).enumerated() {
                let problem = mismatch(result, wanted, tolerance)
                let what = position < 2 ? ["fused result", "recorded result"][position] : "gradient \(position - 2)"
                #expect(problem == nil, "\(large), \(dtype), \(what)")
            }
        }
    }

    /// The result without and with a graph, and the gradients.
    private func evaluate(_ large: Case, _ dtype: DType, on backend: any Backend) -> [Tensor] {
        Devices.using(Device(backend)) {
            var random = TorchRandom(seed: 17)
            let operands = large.shapes.map { random.normal(shape: $0).converted(to: dtype) }
            let leaves = operands.map { $0.requiringGradient() }
            let result = large.run(leaves)
            let seed = random.normal(shape: result.shape).converted(to: result.dtype)
            let gradients = result.gradients(seed: seed)
            return [withoutGradients { large.run(operands) }, result] + leaves.compactMap { gradients[$0] }
        }
    }

    static let cases = convolutions + products + normalizations + others

    // Smooth activations: at the corner of a ReLU the rounding of bfloat16 decides whether a gradient passes.
    private static let convolutions = [
        Case("conv 3x3", [[2, 13, 11, 32], [48, 32, 3, 3], [48]]) {
            $0[0].conv2d(weight: small($0[1]), bias: weight($0[2]), ConvolutionOptions(padding: 1), activation: .geluErf)
        },
        Case("conv 3x3 stride 2", [[1, 31, 27, 16], [24, 16, 3, 3], [24]]) {
            $0[0].conv2d(weight: small($0[1]), bias: weight($0[2]), ConvolutionOptions(stride: 2, padding: 1))
        },
        Case("conv 1x1", [[2, 13, 11, 64], [96, 64, 1, 1], [96]]) {
            $0[0].conv2d(weight: small($0[1]), bias: weight($0[2]), activation: .silu)
        },
        Case("conv dilated", [[1, 19, 23, 16], [16, 16, 3, 3]]) {
            $0[0].conv2d(weight: small($0[1]), ConvolutionOptions(padding: 4, dilation: 4))
        },
        Case("conv depthwise", [[2, 29, 27, 40], [40, 1, 3, 3], [40]]) {
            $0[0].conv2d(
                weight: weight($0[1]), bias: weight($0[2]), ConvolutionOptions(stride: 2, padding: 1, groups: 40))
        },
        Case("conv groups", [[1, 13, 15, 48], [32, 12, 3, 3]]) {
            $0[0].conv2d(weight: small($0[1]), ConvolutionOptions(padding: 1, groups: 4))
        },
        Case("conv residual", [[1, 11, 13, 32], [32, 32, 3, 3], [1, 11, 13, 32]]) {
            $0[0].conv2d(weight: small($0[1]), ConvolutionOptions(padding: 1), residual: $0[2], activation: .silu)
        },
        Case("conv many tiles", [[2, 41, 37, 32], [64, 32, 3, 3], [64], [2, 40, 39, 64]]) {
            let options = ConvolutionOptions(padding: EdgeInsets2D(top: 0, bottom: 1, left: 2, right: 2))
            return $0[0].conv2d(weight: small($0[1]), bias: weight($0[2]), options, residual: $0[3], activation: .silu)
        },
        Case("conv 1x1 residual", [[3, 11, 13, 30], [96, 30, 1, 1], [96], [3, 11, 13, 96]]) {
            $0[0].conv2d(weight: small($0[1]), bias: weight($0[2]), residual: $0[3])
        },
        Case("conv 1x1 residual rectified", [[1, 9, 7, 256], [32, 256, 1, 1], [1, 9, 7, 32]]) {
            // Far from the corner.
            $0[0].conv2d(weight: small($0[1]), residual: $0[2].sign() * 6, activation: .relu)
        },
        Case("conv to few outputs", [[1, 27, 31, 80], [16, 80, 3, 3]]) {
            $0[0].conv2d(weight: small($0[1]), ConvolutionOptions(padding: 1))
        },
        Case("transposed conv", [[1, 15, 17, 32], [32, 24, 2, 2], [24]]) {
            $0[0].convTranspose2d(weight: small($0[1]), bias: weight($0[2]), ConvolutionOptions(stride: 2))
        },
    ]

    private static let products = [
        Case("matmul", [[130, 257], [257, 65]]) { $0[0].matmul($0[1]) },
        Case("matmul of transposed", [[3, 97, 64], [3, 80, 97]]) { $0[0].matmul($0[1], transposed: [.left, .right]) },
        Case("matmul broadcast", [[4, 1, 33, 48], [5, 48, 29]]) { $0[0].matmul($0[1]) },
        Case("linear", [[2, 113, 96], [130, 96], [130]]) {
            $0[0].linear(weight: weight($0[1]), bias: weight($0[2]), activation: .geluErf)
        },
        Case("attention", [[3, 110, 32], [3, 90, 32], [3, 90, 24]]) {
            Tensor.attention(query: $0[0], key: $0[1], value: $0[2], blockSize: 64)
        },
        Case("attention with bias", [[3, 80, 16], [3, 70, 16], [3, 70, 16], [1, 80, 70]]) {
            Tensor.attention(query: $0[0], key: $0[1], value: $0[2], bias: $0[3])
        },
    ]

    private static let normalizations = [
        Case("group norm", [[2, 17, 15, 96], [96], [96]]) {
            $0[0].groupNorm(groups: 8, scale: weight($0[1]), shift: weight($0[2]), activation: .silu)
        },
        Case("instance norm", [[2, 21, 19, 40]]) { $0[0].instanceNorm() },
        Case("layer norm", [[2, 197, 100], [100], [100]]) {
            $0[0].layerNorm(scale: weight($0[1]), shift: weight($0[2]))
        },
        Case("RMS norm", [[2, 197, 100], [100]]) { $0[0].rmsNorm(scale: weight($0[1])) },
        Case("batch norm", [[2, 17, 25, 48], [48], [48]]) {
            $0[0].batchNorm(scale: weight($0[1]), shift: weight($0[2])).result
        },
        Case("modulation", [[3, 21, 19, 40], [3, 1, 1, 40], [3, 1, 1, 40]]) {
            $0[0].modulated(scale: $0[1], shift: $0[2], addingOne: true)
        },
        Case("modulation of colours", [[2, 57, 61, 3], [3], [1]]) {
            $0[0].modulated(scale: $0[1], shift: $0[2], addingOne: false)
        },
        Case("spatial modulation", [[3, 21, 19, 40], [3, 80], [3, 21, 19, 1], [80, 1, 3, 3], [1, 21, 19, 80]]) {
            $0[0].spatiallyModulated(style: $0[1], signal: $0[2], weight: weight($0[3]), base: $0[4], addingOne: true)
        },
        Case("softmax", [[90, 1031]]) { $0[0].softmax() },
        Case("log softmax of the first axis", [[21, 2001]]) { $0[0].logSoftmax(axis: 0) },
    ]

    private static let others = [
        Case("max pool", [[1, 37, 41, 32]]) { $0[0].maxPool2d(PoolingOptions(kernel: 3, stride: 2, padding: 1)) },
        Case("average pool", [[1, 37, 41, 32]]) {
            $0[0].averagePool2d(PoolingOptions(kernel: 2, ceilMode: true), countsPadding: false)
        },
        Case("bilinear", [[2, 31, 27, 24]]) { $0[0].resized(to: [63, 40]) },
        Case("bicubic", [[2, 61, 47, 8]]) { $0[0].resized(to: [25, 66], .bicubic, alignCorners: true) },
        Case("area", [[2, 61, 47, 8]]) { $0[0].resized(to: [15, 16], .area) },
        Case("permutation", [[3, 33, 29, 12]]) { $0[0].permuted([0, 3, 1, 2]) },
        Case("joining", [[60, 31, 17], [60, 31, 40]]) { Tensor.concatenated([$0[0], $0[1]], axis: -1) },
        Case("padding", [[3, 41, 37, 24]]) { $0[0].padded(by: EdgeInsets2D(top: 1, bottom: 2, left: 3, right: 0)) },
        Case("embedding", [[300, 96]]) { $0[0].embedding(positions(700, below: 300)) },
        Case("running sum", [[20, 300, 3]]) { $0[0].cumulativeSum(axis: 1) },
        Case("broadcast arithmetic", [[5, 41, 1, 130], [41, 7, 1]]) { ($0[0] + $0[1]) * $0[1] - $0[0] },
        Case("windows", [[1, 42, 35, 16]]) { $0[0].rolled(by: 3, axis: 1).windowPartitioned(7) },
    ]

    /// Parameters stay float32 beside bfloat16 activations.
    private static func weight(_ x: Tensor) -> Tensor { x.converted(to: .float32) }

    /// Weights that keep the variance of activations.
    private static func small(_ x: Tensor) -> Tensor {
        let fanIn = x.count / x.shape[0]
        return weight(x) * (1 / Float(fanIn).squareRoot())
    }

    private static func positions(_ count: Int, below bound: Int) -> Tensor {
        Tensor((0..<count).map { Int64(($0 * 7919 + 13) % bound) }, shape: [count])
    }
}

extension Device {
    /// The devices that are compared with the reference.
    static let testedButReference = Devices.all.filter { $0.backend !== ReferenceBackend.shared }
}
