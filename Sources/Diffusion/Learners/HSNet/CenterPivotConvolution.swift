internal import TensorCore

/// The centre-pivot 4D convolution of HSNet: of a 4D kernel only the entries remain that sit on the centre of one of its two halves, so
/// that it is a 2D convolution over the query plus one over the support.
///
/// Shapes: `[N, Hq, Wq, Hs, Ws, in]` to `[N, Hq, Wq, Hs / stride, Ws / stride, out]`, rounded up. State: `conv1` over the query, `conv2`
/// over the support, with PyTorch's names.
final class CenterPivotConvolution: Module {
    let scope: ParameterScope
    private let query: Conv2d
    private let support: Conv2d
    private let stride: Int

    init(_ scope: ParameterScope, inputs: Int, outputs: Int, kernel: Int, stride: Int) {
        self.scope = scope
        self.stride = stride
        func convolution(_ name: String, stride: Int) -> Conv2d {
            Conv2d(
                scope[name], inputChannels: inputs, outputChannels: outputs, kernelSize: Size2D(kernel),
                ConvolutionOptions(stride: Size2D(stride), padding: EdgeInsets2D(kernel / 2)))
        }
        query = convolution("conv1", stride: 1)
        support = convolution("conv2", stride: stride)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let (count, size) = (x.shape[0], Size2D(height: x.shape[1], width: x.shape[2]))
        // What the support's stride leaves out needs no convolution over the query.
        let kept = thinned(thinned(x, axis: 3), axis: 4).permuted([0, 3, 4, 1, 2, 5])
        let (rows, columns) = (kept.shape[1], kept.shape[2])
        let overQuery = query(kept.reshaped(to: [count * rows * columns, size.height, size.width, x.shape[5]]))
        let outputs = overQuery.shape[3]
        let ordered = overQuery.reshaped(to: [count, rows, columns, size.height, size.width, outputs])
            .permuted([0, 3, 4, 1, 2, 5])
        let overSupport = support(x.reshaped(to: [count * size.height * size.width, x.shape[3], x.shape[4], x.shape[5]]))
        return ordered + overSupport.reshaped(to: ordered.shape)
    }

    private func thinned(_ x: Tensor, axis: Int) -> Tensor {
        x.sliced(axis: axis, from: 0, count: (x.shape[axis] + stride - 1) / stride, step: stride)
    }
}

/// Three centre-pivot convolutions, each with a group normalisation and a ReLU; numbered as in a PyTorch `Sequential`.
final class CenterPivotBlock: Module {
    let scope: ParameterScope
    private let layers: [(convolution: CenterPivotConvolution, norm: GroupNorm)]

    init(_ scope: ParameterScope, inputs: Int, channels: [Int], kernels: [Int], strides: [Int], groups: Int) {
        self.scope = scope
        layers = channels.indices.map { index in
            let convolution = CenterPivotConvolution(
                scope[3 * index], inputs: index == 0 ? inputs : channels[index - 1], outputs: channels[index],
                kernel: kernels[index], stride: strides[index])
            return (convolution, GroupNorm(scope[3 * index + 1], groups: groups, channels: channels[index]))
        }
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        layers.reduce(x) { x, layer in layer.norm(layer.convolution(x), activation: .relu) }
    }
}
