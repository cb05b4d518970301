internal import TensorCore

private typealias Call = HostileCall

private func x() -> Tensor { Tensor(rangeTo: 24).affine(scale: 0.125, shift: 0.25).reshaped(to: [2, 3, 4]) }
private func photo() -> Tensor { Tensor(rangeTo: 240).sin().reshaped(to: [2, 5, 6, 4]) }
private func kernel() -> Tensor { Tensor(rangeTo: 144).cos().reshaped(to: [4, 4, 3, 3]) }

/// Calls with numbers that are none for the operation.
let hostileTable: [HostileCall] =
    [shapes, slices, geometries, pools, counts].flatMap { $0 }

private let shapes: [HostileCall] = [
    Call("Shape", "extent") { Tensor(zeros: [2, -1]) },
    Call("Shape", "extent") { Tensor(zeros: [Int.max]) },
    Call("Shape", "axes") { Tensor(zeros: Shape([Int](repeating: 1, count: 9))) },
    Call("Shape", "elements") { Tensor(zeros: [1 << 30, 1 << 30, 1 << 30]) },
    Call("Shape", "extent") { Tensor(zeros: Shape([3]).replacing(axis: 0, with: 1 << 40)) },
    Call("Shape", "axis") { Tensor(zeros: Shape([3]).replacing(axis: 1, with: 1)) },
    Call("Shape.inserting", "axis") { Tensor(zeros: Shape([3]).inserting(1, at: 3)) },
    Call("Shape", "axis") { Tensor(zeros: [Shape([3])[-1]]) },
    Call("Tensor", "memory") { Tensor(zeros: [1 << 30, 1 << 20]) },
    Call("Tensor", "memory") { Tensor(1).broadcast(to: [1 << 30, 1 << 20]) },
    Call("Tensor.init", "scalars") { Tensor([1, 2, 3] as [Float], shape: [2]) },
    Call("Tensor.init", "rangeTo") { Tensor(rangeTo: -1) },
    Call("Tensor.init", "bytes") {
        [UInt8](repeating: 7, count: 3).withUnsafeBytes { Tensor(bytes: $0, shape: [1], dtype: .int32) }
    },
    Call("Tensor.init", "bytes") {
        [UInt8](repeating: 7, count: 3).withUnsafeBytes { Tensor(bytes: $0, shape: [3], dtype: .bool) }
    },
    Call("Tensor.init", "rows") { Tensor([[1, 2], [3]]) },
    Call("Tensor.init", "matrices") { Tensor([[[1], [2]], [[3]]]) },
    Call("Tensor.bytes", "x") { Tensor([Float(x().bytes.count)], shape: [1]) },
    Call("Tensor.scalar", "x") { Tensor(x().scalar) },
    Call("fill", "value") { Tensor(repeating: .nan, shape: [3], dtype: .int32) },
    Call("fill", "value") { Tensor(repeating: 1e300, shape: [3], dtype: .uint8) },
    Call("converted", "x") { Tensor([.nan, .infinity, -.infinity, 3e38, -3e38] as [Float], shape: [5]).converted(to: .int64) },
    Call("reshaped", "x") { x().reshaped(to: [0, 1 << 30, 1 << 30, 1 << 30]) },
    Call("empty", "x") { Tensor(zeros: [0, 1 << 30, 1 << 30, 1 << 30]).flipped(axes: [1, 2]).permuted([3, 2, 1, 0]) },
    Call("Shape", "elements") { Tensor(zeros: [0, 1 << 30, 1 << 30, 1 << 30]).flattened(from: 1) },
    Call("sum", "x") { Tensor(zeros: [1 << 30, 1 << 30, 1 << 30, 0]).sum() },
    Call("add", "x") { Tensor(zeros: [1 << 30, 1 << 30, 1 << 30, 0]) + Tensor(zeros: [1 << 30, 1, 1, 0]) },
]

private let slices: [HostileCall] = [
    Call("sliced", "elements") { x().sliced(axis: 1, from: -1, count: 2) },
    Call("sliced", "elements") { x().sliced(axis: 1, from: 0, count: Int.max, step: Int.max) },
    Call("sliced", "elements") { x().sliced(axis: 1, from: Int.max, count: 1) },
    Call("sliced", "elements") { x().sliced(axis: 1, from: 0, count: 2, step: 0) },
    Call("sliced", "elements") { x().sliced(axis: 1, from: 0, count: -1) },
    Call("sliced", "step") { x().sliced(axis: 1, from: 2, count: 1, step: Int.max) },
    Call("sliced", "axis") { x().sliced(axis: Int.min, from: 0, count: 1) },
    Call("selecting", "index") { x().selecting(axis: 1, index: 3) },
    Call("selecting", "index") { x().selecting(axis: 1, index: Int.min) },
    Call("subscript", "axis") { x()[Int.max] },
    Call("subscript", "axis") { x()[.all, -4] },
    Call("subscript", "axis") { x()[-1..<2] },
    Call("subscript", "axis") { x()[0...Int.max] },
    Call("subscript", "axis") { x()[5...] },
    Call("subscript", "selections") { x()[0, 0, 0, 0] },
    Call("subscript", "selections") { x()[.rest, 0, .rest] },
    Call("split", "counts") { x().split([Int.max, Int.min, 4], axis: 1)[0] },
    Call("split", "counts") { x().split([4, -1], axis: 1)[0] },
    Call("concatenated", "tensors") { Tensor.concatenated([], axis: 0) },
    Call("stacked", "tensors") { Tensor.stacked([], axis: 0) },
    Call("stacked", "axis") { Tensor.stacked([x(), x()], axis: 5) },
    Call("padded", "before") { x().padded(before: [0, -1, 0], after: [0, 0, 0]) },
    Call("padded", "before") { x().padded(before: [0], after: [0]) },
    Call("padded", "after") { x().padded(before: [0, 0, 0], after: [0, 0, Int.max]) },
    Call("Shape", "extent") { x().padded(before: [0, 0, 0], after: [0, 0, 2_147_483_646]) },
    Call("flipped", "axes") { x().flipped(axes: [0, 0]) },
    Call("rolled", "x") { x().rolled(by: Int.min, axis: 1) },
    Call("permuted", "order") { x().permuted([0, 0, 1]) },
    Call("permuted", "axis") { x().permuted([0, 1, 3]) },
    Call("expanded", "axis") { x().expanded(at: 5) },
    Call("expanded", "x") { Tensor(zeros: [1, 1, 1, 1, 1, 1, 1, 1]).expanded(at: 0) },
    Call("squeezed", "axis") { x().squeezed(axis: 1) },
    Call("flattened", "axis") { x().flattened(from: 2, through: 1) },
    Call("sum", "axes") { x().sum(axes: [1, 1]) },
    Call("max", "axis") { x().max(axes: [3]) },
    Call("argMax", "x") { Tensor(zeros: [2, 0]).argMax() },
    Call("topK", "k") { x().topK(5).values },
    Call("topK", "k") { x().topK(-1).values },
    Call("gathered", "indices") { x().gathered(at: Tensor([3] as [Int64], shape: [1]), axis: 1) },
    Call("gatheredElements", "indices") { Tensor([1, 2]).gatheredElements(at: Tensor([Int64.min], shape: [1]), axis: 0) },
    Call("scatterAdding", "indices") {
        Tensor([1, 2]).scatterAdding(Tensor([1]), at: Tensor([Int64.max], shape: [1]), axis: 0)
    },
    Call("gathered", "indices") { Tensor(zeros: [3, 2]).embedding(Tensor([-1] as [Int32], shape: [1])) },
    Call("oneHot", "count") { Tensor([1] as [Int64], shape: [1]).oneHot(count: -1) },
    Call("gatheredElements", "indices") { Tensor(zeros: [1, 3]).crossEntropy(target: Tensor([7] as [Int64], shape: [1])) },
]

private func conv(_ argument: String, _ options: ConvolutionOptions) -> HostileCall {
    Call("conv2d", argument) { photo().conv2d(weight: kernel(), options) }
}
private func spread(_ argument: String, _ options: ConvolutionOptions) -> HostileCall {
    Call("convTranspose2d", argument) { photo().convTranspose2d(weight: kernel(), options) }
}
private func pool(_ argument: String, _ options: PoolingOptions) -> [HostileCall] {
    [
        Call("maxPool2d", argument) { photo().maxPool2d(options) },
        Call("averagePool2d", argument) { photo().averagePool2d(options) },
    ]
}

private let geometries: [HostileCall] =
    [
        conv("stride", ConvolutionOptions(stride: 0)), conv("stride", ConvolutionOptions(stride: [1, -2])),
        conv("stride", ConvolutionOptions(stride: [1, Int.max])), conv("dilation", ConvolutionOptions(dilation: 0)),
        conv("dilation", ConvolutionOptions(dilation: Size2D(Int.max))),
        conv("kernel", ConvolutionOptions(dilation: 536_870_912)),
        conv("padding", ConvolutionOptions(padding: -1)), conv("padding", ConvolutionOptions(padding: EdgeInsets2D(Int.max))),
        conv("groups", ConvolutionOptions(groups: 0)), conv("groups", ConvolutionOptions(groups: -4)),
        conv("weight", ConvolutionOptions(groups: 3)), conv("padding", ConvolutionOptions(padding: 9)),
        conv("stride", ConvolutionOptions(stride: 536_870_912)),
        spread("stride", ConvolutionOptions(stride: 0)), spread("dilation", ConvolutionOptions(dilation: -1)),
        spread("padding", ConvolutionOptions(padding: 40)), spread("groups", ConvolutionOptions(groups: 0)),
        spread("padding", ConvolutionOptions(padding: EdgeInsets2D(Int.min))),
        Call("convTranspose2d", "outputPadding") {
            photo().convTranspose2d(weight: kernel(), ConvolutionOptions(stride: 2), outputPadding: 2)
        },
        Call("convTranspose2d", "outputPadding") { photo().convTranspose2d(weight: kernel(), outputPadding: -1) },
        Call("resized", "size") { photo().resized(to: [0, 3]) },
        Call("resized", "size") { photo().resized(to: Size2D(Int.max)) },
        Call("resized", "size") { photo().resized(to: [-1, 2], .nearest) },
        Call("resized", "images") { Tensor(zeros: [1, 0, 3, 1]).resized(to: 2) },
        Call("ResamplingMatrix", "position") { photo().resampled(rows: hostileMatrix(5), columns: hostileMatrix(2)) },
        Call("ResamplingMatrix", "position") { photo().resampled(rows: hostileMatrix(-1), columns: hostileMatrix(2)) },
        Call("ResamplingMatrix", "inputs") {
            photo().resampled(rows: ResamplingMatrix(inputs: -5, rows: []), columns: hostileMatrix(2))
        },
        Call("ResamplingMatrix.affine", "from") {
            photo().resampled(rows: .affine(from: 0, to: 2, scale: 1, translation: 0), columns: hostileMatrix(2))
        },
        Call("ResamplingMatrix.affine", "scale") {
            photo().resampled(rows: .affine(from: 5, to: 2, scale: .nan, translation: 0), columns: hostileMatrix(2))
        },
        Call("windowPartitioned", "window") { photo().windowPartitioned(0) },
        Call("windowPartitioned", "window") { photo().windowPartitioned([5, -6]) },
        Call("windowsMerged", "size") { photo().windowsMerged(into: 0) },
        Call("windowsMerged", "size") { photo().windowsMerged(into: Size2D(Int.max)) },
        Call("padded", "before") { photo().padded(by: EdgeInsets2D(top: -1)) },
        Call("Size2D", "elements") { photo().resized(to: [1, 2, 3]) },
    ]

private let pools: [HostileCall] = [
    pool("kernel", PoolingOptions(kernel: 0)), pool("kernel", PoolingOptions(kernel: [-3, 2], stride: 1)),
    pool("stride", PoolingOptions(kernel: 2, stride: 0)), pool("stride", PoolingOptions(kernel: 2, stride: [1, -1])),
    pool("padding", PoolingOptions(kernel: 3, padding: 2)), pool("padding", PoolingOptions(kernel: 3, padding: -1)),
    pool("kernel", PoolingOptions(kernel: 9)), pool("stride", PoolingOptions(kernel: 2, stride: Size2D(Int.max))),
    pool("padding", PoolingOptions(kernel: 1, padding: EdgeInsets2D(Int.max))),
].flatMap { $0 }

private func hostileMatrix(_ position: Int) -> ResamplingMatrix {
    ResamplingMatrix(inputs: 5, rows: [[(0, 1)], [(position, 1)]])
}

private let counts: [HostileCall] = [
    Call("groupNorm", "groups") { x().groupNorm(groups: 0) },
    Call("groupNorm", "groups") { x().groupNorm(groups: -2) },
    Call("groupNorm", "groups") { x().groupNorm(groups: 3) },
    Call("instanceNorm", "x") { Tensor(zeros: [2, 3, 0]).instanceNorm() },
    Call("softmax", "axis") { Tensor(1).softmax() },
    Call("softmax", "axis") { x().softmax(axis: Int.max) },
    Call("cumulativeSum", "axis") { x().cumulativeSum(axis: -4) },
    Call("clamped", "x") { Tensor([1, -9, Int32.max], shape: [3]).clamped(to: -.infinity...1e30) },
    Call("clamped", "x") { Tensor([1, -9, Int64.max], shape: [3]).clamped(to: 1e30...Float.infinity) },
    Call("smoothL1", "beta") { x().smoothL1(target: x(), beta: -1) },
    Call("smoothL1", "beta") { x().smoothL1(target: x(), beta: 0) },
    Call("attention", "blockSize") {
        .attention(query: x(), key: x(), value: x(), blockSize: Int.min)
    },
    Call("gradients", "seed") {
        let leaf = x().requiringGradient()
        let gradients = (leaf * 2).gradients(seed: Tensor([1, 2]))
        return gradients[leaf] ?? x()
    },
    Call("add", "wraps") { Tensor([Int64.max], shape: [1]) + Tensor([1] as [Int64], shape: [1]) },
    Call("divide", "wraps") { Tensor([Int32.min, 5], shape: [2]) / Tensor([-1, 0] as [Int32], shape: [2]) },
]
