import TensorCore
import Testing

/// A shape mistake traps with the operation, the shapes and the module path.
@Suite struct ShapeErrorTests {
    private func text(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }

    @Test func elementwise() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor(zeros: [2, 3]) + Tensor(zeros: [4])
        }
        #expect(text(result).contains("add"))
        #expect(text(result).contains("[2, 3]"))
        #expect(text(result).contains("[4]"))
    }

    @Test func matrixProduct() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor(zeros: [2, 3]).matmul(Tensor(zeros: [4, 5]))
        }
        #expect(text(result).contains("matmul"))
        #expect(text(result).contains("[2, 3]"))
        #expect(text(result).contains("[4, 5]"))
    }

    @Test func convolution() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor(zeros: [1, 8, 8, 3]).conv2d(weight: Tensor(zeros: [6, 4, 3, 3]))
        }
        #expect(text(result).contains("conv2d"))
        #expect(text(result).contains("[6, 4, 3, 3]"))
        #expect(text(result).contains("3 channels"))
    }

    @Test func normalization() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor(zeros: [1, 2, 2, 6]).groupNorm(groups: 4)
        }
        #expect(text(result).contains("groupNorm: 4 groups do not divide 6 channels"))
    }

    @Test func reshaping() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor(zeros: [2, 3]).reshaped(to: [7])
        }
        #expect(text(result).contains("reshaped"))
        #expect(text(result).contains("[2, 3]"))
        #expect(text(result).contains("[7]"))
    }

    @Test func axes() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor(zeros: [2, 3]).softmax(axis: 2)
        }
        #expect(text(result).contains("axis 2"))
        #expect(text(result).contains("[2, 3]"))
    }

    @Test func losses() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor(zeros: [2, 3]).crossEntropy(target: Tensor(zeros: [3], dtype: .int64))
        }
        #expect(text(result).contains("crossEntropy"))
        #expect(text(result).contains("[2, 3]"))
        #expect(text(result).contains("[3]"))
    }

    @Test func parameterValues() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let layer = Linear(ParameterScope()["head"], inputs: 2, outputs: 3)
            layer.weight.value = Tensor(zeros: [2, 3])
        }
        #expect(text(result).contains("head.weight is [3, 2], found [2, 3]"))
    }

    @Test func modulePath() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let layer = Linear(ParameterScope()["head"], inputs: 2, outputs: 3)
            _ = ModulePath.named("decoder.head") { layer(Tensor(zeros: [4, 5])) }
        }
        #expect(text(result).contains("linear in decoder.head"))
        #expect(text(result).contains("[4, 5]"))
        #expect(text(result).contains("[3, 2]"))
    }
}
