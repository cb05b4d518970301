import TensorCore
import TestSupport
import Testing

/// Derivatives of composite functions against differences of the functions themselves.
@Suite struct GradientCheckTests {
    @Test(arguments: Device.tested)
    func residualBlock(_ tested: Device) {
        Devices.using(tested) {
            let inputs = [wave([1, 4, 3, 4], 0.7), wave([4, 2, 3, 3], 1.1, 0.4), wave([4], 0.3), wave([4], 0.9)]
            let problem = GradientCheck.mismatch(at: inputs) { x in
                let options = ConvolutionOptions(padding: 1, groups: 2)
                let normed = x[0].groupNorm(groups: 2, scale: x[2], shift: x[3]).silu()
                return normed.conv2d(weight: x[1], options) + x[0]
            }
            #expect(problem == nil)
        }
    }

    @Test(arguments: Device.tested)
    func transformerBlock(_ tested: Device) {
        Devices.using(tested) {
            let inputs = [wave([2, 3, 4], 0.8), wave([4, 4], 1.3, 0.5), wave([8, 4], 0.6, 0.5), wave([3, 3], 0.4)]
            let problem = GradientCheck.mismatch(at: inputs) { x in
                let query = x[0].layerNorm().linear(weight: x[1])
                let mixed = Tensor.attention(query: query, key: x[0], value: x[0], bias: x[3], blockSize: 2)
                return (x[0] + mixed).rmsNorm().linear(weight: x[2]).geglu()
            }
            #expect(problem == nil)
        }
    }

    @Test(arguments: Device.tested)
    func maskedAveragePoolingAndCosine(_ tested: Device) {
        Devices.using(tested) {
            let mask = Tensor((0..<12).map { $0 % 3 == 0 ? Float(1) : 0 }, shape: [1, 4, 3, 1])
            let problem = GradientCheck.mismatch(at: [wave([1, 4, 3, 5], 0.9), wave([1, 4, 3, 5], 0.5)]) { x in
                let weighted = (x[0] * mask).sum(axes: [1, 2], keepingDimensions: true)
                let prototype = (weighted / mask.sum()).normalized()
                return (x[1].normalized() * prototype).sum(axes: [-1])
            }
            #expect(problem == nil)
        }
    }

    @Test(arguments: Device.tested)
    func adaptiveInstanceNormAndResizing(_ tested: Device) {
        Devices.using(tested) {
            let inputs = [wave([2, 3, 4, 3], 0.9), wave([2, 6], 0.4), wave([3, 2, 2, 2], 0.7)]
            let problem = GradientCheck.mismatch(at: inputs) { x in
                let parts = x[1].reshaped(to: [2, 1, 1, 6]).split([3, 3], axis: -1)
                let styled = x[0].instanceNorm().modulated(scale: parts[0], shift: parts[1], addingOne: true)
                let wide = styled.convTranspose2d(weight: x[2], ConvolutionOptions(stride: 2))
                return wide.resized(to: [5, 6], .bicubic).averagePool2d(PoolingOptions(kernel: 2, ceilMode: true))
            }
            #expect(problem == nil)
        }
    }

    @Test(arguments: Device.tested)
    func segmentationLoss(_ tested: Device) {
        Devices.using(tested) {
            let labels = Tensor((0..<30).map { Int64($0 % 4 == 3 ? 255 : $0 % 3) }, shape: [1, 5, 6])
            let target = Tensor((0..<30).map { Float($0 % 2) }, shape: [1, 5, 6])
            let problem = GradientCheck.mismatch(at: [wave([1, 3, 4, 3], 0.9)]) { x in
                let logits = x[0].resized(to: [5, 6], alignCorners: true)
                let classes = logits.crossEntropy(target: labels, ignoreIndex: 255, labelSmoothing: 0.1)
                let foreground = logits.selecting(axis: -1, index: 1)
                let binary = foreground.binaryCrossEntropy(target: target) + foreground.focalLoss(target: target)
                return classes + binary + foreground.sigmoid().diceLoss(target: target)
            }
            #expect(problem == nil)
        }
    }

    @Test(arguments: Device.tested)
    func shiftedWindowsUnderCheckpointing(_ tested: Device) {
        Devices.using(tested) {
            let problem = GradientCheck.mismatch(at: [wave([1, 4, 6, 3], 0.8), wave([3, 3], 0.7)]) { x in
                checkpointed(x) { inner in
                    let rolled = inner[0].rolled(by: -1, axis: 1).rolled(by: 2, axis: 2)
                    let windows = rolled.windowPartitioned([2, 3]).flattened(from: 1, through: 2)
                    let mixed = windows.matmul(inner[1]).softmax(axis: 1) * windows
                    return mixed.reshaped(to: [4, 2, 3, 3]).windowsMerged(into: [4, 6])
                }
            }
            #expect(problem == nil)
        }
    }

    @Test(arguments: Device.tested)
    func batchStatistics(_ tested: Device) {
        Devices.using(tested) {
            let inputs = [wave([2, 3, 2, 3], 0.9), wave([3], 0.4), wave([3], 1.2)]
            let problem = GradientCheck.mismatch(at: inputs) { x in
                let normed = x[0].batchNorm(scale: x[1], shift: x[2]).result
                return normed.tanh() / (x[0].variance(axes: [0, 1, 2]) + 1)
            }
            #expect(problem == nil)
        }
    }

    @Test func aWrongDerivativeIsFound() {
        let problem = GradientCheck.mismatch(at: [wave([4], 0.7)]) { x in x[0] * x[0].detached() }
        #expect(problem != nil)
    }

    /// Smooth values without ties.
    private func wave(_ shape: Shape, _ frequency: Float, _ amplitude: Float = 1) -> Tensor {
        let positions = Tensor(rangeTo: shape.elementCount) * frequency + frequency
        return (positions.sin() * amplitude).reshaped(to: shape)
    }
}
