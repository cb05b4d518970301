internal import TensorCore

/// Every public operation of `Tensor` with operands that fit. `OperandWalkTests` compares it with the sources.
let operationTable: [WalkedOperation] =
    [arithmetic, comparisons, unaries, products, images, norms, reductions, movements, gatherings, losses].flatMap { $0 }

private typealias Row = WalkedOperation

private func map(_ name: String, label: String? = nil, _ run: @escaping @Sendable (Tensor) -> Tensor) -> WalkedOperation {
    Row(name, label: label, .float("x", [3, 4, 5])) { [run($0[0])] }
}

private func pair(
    _ name: String, _ label: String, names: (String, String) = ("left", "right"),
    _ run: @escaping @Sendable (Tensor, Tensor) -> Tensor
) -> WalkedOperation {
    Row(name, label: label, .float(names.0, [3, 4, 5]), .float(names.1, [4, 1])) { [run($0[0], $0[1])] }
}

private let arithmetic: [WalkedOperation] = [
    pair("+", "add") { $0 + $1 },
    pair("-", "subtract") { $0 - $1 },
    pair("*", "multiply") { $0 * $1 },
    pair("/", "divide") { $0 / $1 },
    pair("+=", "add") { a, b in
        var y = a; y += b; return y
    },
    pair("-=", "subtract") { a, b in
        var y = a; y -= b; return y
    },
    pair("*=", "multiply") { a, b in
        var y = a; y *= b; return y
    },
    pair("/=", "divide") { a, b in
        var y = a; y /= b; return y
    },
    pair("power", "power") { $0.power($1) },
    pair("maximum", "maximum") { Tensor.maximum($0, $1) },
    pair("minimum", "minimum") { Tensor.minimum($0, $1) },
    map("-") { -$0 },
    map("+") { 2 + $0 + 1 },
    map("-") { 2 - ($0 - 1) },
    map("*") { 2 * $0 * 0.5 },
    map("/") { 2 / ($0 / 3) },
    map("affine") { $0.affine(scale: 2, shift: -1) },
    Row("scaled", .float("x", [3, 4, 5]), .float("adding", [3, 4, 5])) { [$0[0].scaled(by: 2, adding: $0[1], scaledBy: 3)] },
]

private let comparisons: [WalkedOperation] = [
    pair(".==", "equal") { $0 .== $1 },
    pair(".!=", "notEqual") { $0 .!= $1 },
    pair(".<", "less") { $0 .< $1 },
    pair(".<=", "lessOrEqual") { $0 .<= $1 },
    pair(".>", "greater") { $0 .> $1 },
    pair(".>=", "greaterOrEqual") { $0 .>= $1 },
    map(".==") { $0 .== 1 },
    map(".<") { $0 .< 0.5 },
    map(".>") { $0 .> -1 },
    map(".<=") { $0 .<= 1e9 },
    map(".>=") { $0 .>= 2 },
    pair("and", "and") { $0.and($1) },
    pair("or", "or") { $0.or($1) },
    Row("not", .truth("x", [3, 4])) { [$0[0].not()] },
    Row("select", .float("then", [3, 4, 5]), .float("else", [4, 1]), .truth("condition", [3, 1, 5])) {
        [Tensor.select($0[2], then: $0[0], else: $0[1])]
    },
    Row("masked", .float("x", [3, 4, 5]), .truth("mask", [4, 5])) { [$0[0].masked(where: $0[1], with: 7)] },
    map("converted") { $0.converted(to: .int32) },
    map("converted") { $0.converted(to: .bfloat16) },
    map("converted") { $0.converted(to: .uint8) },
    map("converted") { $0.converted(to: .bool) },
]

private let unaries: [WalkedOperation] = [
    map("relu") { $0.relu() }, map("relu6") { $0.relu6() }, map("leakyReLU") { $0.leakyReLU() }, map("elu") { $0.elu() },
    map("sigmoid") { $0.sigmoid() }, map("tanh") { $0.tanh() }, map("silu") { $0.silu() },
    map("quickGELU") { $0.quickGELU() }, map("softplus") { $0.softplus() }, map("hardSwish") { $0.hardSwish() },
    map("hardSigmoid") { $0.hardSigmoid() }, map("gelu") { $0.gelu() },
    map("gelu") { $0.gelu(approximation: .tanh) },
    Row("geglu", .float("x", [3, 4])) { [$0[0].geglu()] },
    map("absoluteValue") { $0.absoluteValue() }, map("squared") { $0.squared() }, map("squareRoot") { $0.squareRoot() },
    map("reciprocalSquareRoot") { $0.reciprocalSquareRoot() }, map("reciprocal") { $0.reciprocal() },
    map("exp") { $0.exp() }, map("log") { $0.log() }, map("sin") { $0.sin() }, map("cos") { $0.cos() },
    map("sign") { $0.sign() }, map("floor") { $0.floor() }, map("rounded") { $0.rounded() }, map("erf") { $0.erf() },
    map("power") { $0.power(1.5) }, map("clamped") { $0.clamped(to: 0.5...1.5) },
]

private let products: [WalkedOperation] = [
    Row("matmul", .float("left", [2, 3, 4]), .float("right", [4, 5])) { [$0[0].matmul($0[1])] },
    Row("matmul", .float("left", [2, 4, 3]), .float("right", [2, 5, 4])) {
        [$0[0].matmul($0[1], transposed: [.left, .right])]
    },
    Row("linear", .float("x", [2, 3, 4]), .float("weight", [5, 4]), .float("bias", [5])) {
        [$0[0].linear(weight: $0[1], bias: $0[2], activation: .silu)]
    },
    Row(
        "attention", .float("query", [2, 3, 4]), .float("key", [2, 5, 4]), .float("value", [2, 5, 6]),
        .float("bias", [1, 3, 5])
    ) { [Tensor.attention(query: $0[0], key: $0[1], value: $0[2], bias: $0[3], blockSize: 2)] },
    Row(
        "conv2d", .float("images", [2, 5, 6, 4]), .float("weight", [3, 4, 3, 3]), .float("bias", [3]),
        .float("residual", [2, 5, 6, 3])
    ) {
        [
            $0[0].conv2d(
                weight: $0[1], bias: $0[2], ConvolutionOptions(padding: 1), residual: $0[3], activation: .relu)
        ]
    },
    Row("conv2d", .float("images", [2, 5, 6, 4]), .float("weight", [6, 2, 3, 2])) {
        [$0[0].conv2d(weight: $0[1], ConvolutionOptions(stride: 2, dilation: 2, groups: 2))]
    },
    Row("convTranspose2d", .float("images", [2, 3, 4, 4]), .float("weight", [4, 3, 2, 2]), .float("bias", [3])) {
        [$0[0].convTranspose2d(weight: $0[1], bias: $0[2], ConvolutionOptions(stride: 2), outputPadding: 1)]
    },
]

private let images: [WalkedOperation] = [
    Row("maxPool2d", .float("images", [2, 5, 6, 4])) {
        [$0[0].maxPool2d(PoolingOptions(kernel: 3, stride: 2, padding: 1))]
    },
    Row("averagePool2d", .float("images", [2, 5, 6, 4])) {
        [$0[0].averagePool2d(PoolingOptions(kernel: 2, stride: 2, ceilMode: true), countsPadding: false)]
    },
    Row("globalAveragePool2d", .float("images", [2, 5, 6, 4])) { [$0[0].globalAveragePool2d()] },
    Row("resized", .float("images", [2, 5, 6, 4])) { [$0[0].resized(to: [7, 3], .bicubic)] },
    Row("resized", .float("images", [2, 5, 6, 4])) { [$0[0].resized(to: [3, 8], .area)] },
    Row("resampled", .float("images", [2, 5, 6, 4])) {
        let rows = ResamplingMatrix(inputs: 5, rows: [[(4, 1)], [], [(0, 0.5), (2, 0.25)]])
        return [$0[0].resampled(rows: rows, columns: .affine(from: 6, to: 4, scale: -1, translation: 0.25))]
    },
    Row("resampled", .float("images", [2, 5, 6, 4])) {
        let rows = Resampling(ResamplingMatrix(inputs: 5, rows: [[(1, 1)], [(3, 0.5), (4, 0.5)]]))
        return [$0[0].resampled(rows: rows, columns: Resampling(.affine(from: 6, to: 6, scale: 0.5, translation: 0)))]
    },
    Row(
        "spatiallyModulated", .float("features", [2, 5, 6, 4]), .float("style", [2, 8]), .float("signal", [2, 5, 6, 1]),
        .float("weight", [8, 1, 3, 3]), .float("base", [8])
    ) {
        [$0[0].spatiallyModulated(style: $0[1], signal: $0[2], weight: $0[3], base: $0[4], addingOne: true)]
    },
    Row(
        "spatiallyModulated", .float("features", [2, 5, 6, 4]), .float("style", [2, 8]), .float("signal", [2, 5, 6, 1]),
        .float("weight", [8, 1, 3, 3]), .float("base", [1, 5, 6, 8])
    ) {
        [$0[0].spatiallyModulated(style: $0[1], signal: $0[2], weight: $0[3], base: $0[4], addingOne: false)]
    },
    Row("windowPartitioned", .float("images", [2, 4, 6, 3])) { [$0[0].windowPartitioned([2, 3])] },
    Row("windowsMerged", .float("windows", [8, 2, 3, 3])) { [$0[0].windowsMerged(into: [4, 6])] },
]

private let norms: [WalkedOperation] = [
    Row("groupNorm", .float("x", [2, 3, 5, 4]), .float("scale", [4]), .float("shift", [4])) {
        [$0[0].groupNorm(groups: 2, scale: $0[1], shift: $0[2], activation: .silu)]
    },
    Row("instanceNorm", .float("x", [2, 3, 5, 4]), .float("scale", [4]), .float("shift", [4])) {
        [$0[0].instanceNorm(scale: $0[1], shift: $0[2])]
    },
    Row("layerNorm", .float("x", [2, 3, 7]), .float("scale", [7]), .float("shift", [7])) {
        [$0[0].layerNorm(scale: $0[1], shift: $0[2])]
    },
    Row("batchNorm", .float("x", [2, 3, 5, 4]), .float("scale", [4]), .float("shift", [4])) {
        let result = $0[0].batchNorm(scale: $0[1], shift: $0[2])
        return [result.result, result.mean, result.variance]
    },
    Row(
        "batchNorm", .float("x", [2, 3, 5, 4]), .float("mean", [4]), .float("variance", [4]), .float("scale", [4]),
        .float("shift", [4])
    ) { [$0[0].batchNorm(mean: $0[1], variance: $0[2], scale: $0[3], shift: $0[4])] },
    Row("rmsNorm", .float("x", [2, 3, 7]), .float("scale", [7])) { [$0[0].rmsNorm(scale: $0[1])] },
    Row("modulated", .float("x", [2, 3, 4]), .float("scale", [2, 1, 4]), .float("shift", [4])) {
        [$0[0].modulated(scale: $0[1], shift: $0[2], addingOne: true)]
    },
    map("softmax") { $0.softmax() }, map("softmax") { $0.softmax(axis: 0) }, map("logSoftmax") { $0.logSoftmax() },
    map("normalized") { $0.normalized() },
]

private let reductions: [WalkedOperation] = [
    map("sum") { $0.sum(axes: [1]) }, map("sum") { $0.sum() }, map("mean") { $0.mean(axes: [0, -1]) },
    map("variance") { $0.variance(axes: [1]) }, map("max") { $0.max(axes: [1, 2]) }, map("min") { $0.min(axes: [0]) },
    map("product") { $0.product(axes: [2]) }, map("norm") { $0.norm(axes: [1]) },
    map("argMax") { $0.argMax() }, map("argMin") { $0.argMin(axis: 0) },
    map("cumulativeSum") { $0.cumulativeSum(axis: 1, reversed: true) },
    Row("topK", .float("x", [3, 4, 5])) {
        let (values, indices) = $0[0].topK(2, axis: 1); return [values, indices]
    },
]

private let movements: [WalkedOperation] = [
    map("broadcast") { $0.broadcast(to: [2, 3, 4, 5]) },
    map("reshaped") { $0.reshaped(to: [6, 10]) },
    map("flattened") { $0.flattened(from: 1) },
    Row("squeezed", .float("x", [3, 1, 4])) { [$0[0].squeezed(axis: 1)] },
    map("expanded") { $0.expanded(at: -1) },
    map("permuted") { $0.permuted([2, 0, 1]) },
    map("swapped") { $0.swapped(axis: 0, with: -1) },
    map("transposed") { $0.transposed() },
    map("sliced") { $0.sliced(axis: 1, from: 0, count: 2, step: 2) },
    map("selecting") { $0.selecting(axis: 1, index: -3) },
    map("subscript") { $0[1, .rest, 1..<4] },
    Row("split", .float("x", [3, 5])) { $0[0].split([2, 3], axis: 1) },
    Row("concatenated", .float("first of tensors", [2, 3, 4]), .float("one of tensors", [2, 5, 4])) {
        [.concatenated([$0[0], $0[1]], axis: 1)]
    },
    Row("stacked", .float("first of tensors", [2, 3]), .float("one of tensors", [2, 3])) {
        [.stacked([$0[0], $0[1]], axis: -1)]
    },
    map("padded") { $0.padded(before: [1, 0, 2], after: [0, 3, 1], value: 0.5) },
    Row("padded", .float("images", [2, 3, 4, 2])) { [$0[0].padded(by: EdgeInsets2D(top: 1, right: 2))] },
    map("flipped") { $0.flipped(axes: [0, 2]) },
    map("rolled") { $0.rolled(by: -7, axis: 1) },
    map("placed") { x in Devices.all.reduce(x) { $0.placed(on: $1) }.placed(beside: x) },
]

private let gatherings: [WalkedOperation] = [
    Row("gathered", .float("x", [3, 4]), .index("indices", [5])) { [$0[0].gathered(at: $0[1], axis: 0)] },
    Row("scatterAdding", .float("x", [3, 4]), .float("updates", [5, 4]), .index("indices", [5])) {
        [$0[0].scatterAdding($0[1], at: $0[2], axis: 0)]
    },
    Row("gatheredElements", .float("x", [2, 4]), .index("indices", [2, 3])) { [$0[0].gatheredElements(at: $0[1], axis: 1)] },
    Row("scatterAddingElements", .float("x", [2, 4]), .float("updates", [2, 3]), .index("indices", [2, 3])) {
        [$0[0].scatterAddingElements($0[1], at: $0[2], axis: 1)]
    },
    Row("embedding", indexLabel: "gathered", .float("table", [4, 3]), .index("indices", [2, 5])) { [$0[0].embedding($0[1])] },
    Row("oneHot", .index("indices", [2, 5])) { [$0[0].oneHot(count: 3)] },
]

private let losses: [WalkedOperation] = [
    Row("binaryCrossEntropy", .float("logits", [2, 3]), .float("target", [2, 3]), .float("weight", [2, 1])) {
        [$0[0].binaryCrossEntropy(target: $0[1], weight: $0[2])]
    },
    Row("crossEntropy", indexLabel: "gatheredElements", .float("logits", [5, 4]), .index("target", [5])) {
        [$0[0].crossEntropy(target: $0[1], labelSmoothing: 0.1)]
    },
    Row("diceLoss", .float("probabilities", [2, 3]), .float("target", [2, 3])) { [$0[0].diceLoss(target: $0[1])] },
    Row("focalLoss", .float("logits", [2, 3]), .float("target", [2, 3])) { [$0[0].focalLoss(target: $0[1])] },
    Row("meanSquaredError", .float("prediction", [2, 3]), .float("target", [2, 3])) { [$0[0].meanSquaredError(target: $0[1])] },
    Row("meanAbsoluteError", .float("prediction", [2, 3]), .float("target", [2, 3])) {
        [$0[0].meanAbsoluteError(target: $0[1])]
    },
    Row("smoothL1", .float("prediction", [2, 3]), .float("target", [2, 3])) { [$0[0].smoothL1(target: $0[1])] },
]
