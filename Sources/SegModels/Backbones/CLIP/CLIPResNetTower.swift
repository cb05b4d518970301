public import TensorCore

/// The network of a ``CLIPResNet``.
public final class CLIPResNetTower: ImageEncoder {
    public let scope: ParameterScope
    public let name: String
    public let preprocessing: Preprocessing
    public let precision: Precision
    public let levels: [FeatureLevel]
    /// Poolings round down, so that other sizes would lose their edges.
    public let inputRule = InputRule(multiple: 32, minimum: 32)
    public let space: String
    public let dimension: Int
    private let stages: [any NetworkStage]
    private let pool: AttentionPool

    /// Registers a network with random weights, trainable.
    ///
    /// - Throws: ``BackboneError`` where the configuration or the taps make no network.
    public init(
        _ scope: ParameterScope, _ shape: CLIPResNet, _ settings: BackboneSettings
    ) throws(BackboneError) {
        try shape.check(for: settings.name)
        self.scope = scope
        name = settings.name
        preprocessing = settings.preprocessing
        precision = settings.precision
        (space, dimension) = (shape.space, shape.dimension)
        var layout = NetworkLayout(scope["visual"], reversed: false)
        Self.build(&layout, shape)
        stages = layout.stages
        pool = AttentionPool(
            layout.scope["attnpool"], grid: Size2D(shape.grid), width: shape.lastChannels, heads: shape.heads,
            dimension: shape.dimension)
        levels = try TapPlan.levels(settings.taps ?? shape.defaultTaps, of: stages, backbone: settings.name)
    }

    private static func build(_ layout: inout NetworkLayout, _ shape: CLIPResNet) {
        let scope = layout.scope
        for (index, outputs) in [shape.width / 2, shape.width / 2, shape.width].enumerated() {
            let norm = "bn\(index + 1)"
            layout.convolution(
                scope["conv\(index + 1)"], norm: scope[norm], outputs: outputs, tap: "visual." + norm,
                .init(kernel: 3, stride: index == 0 ? 2 : 1))
        }
        layout.append(FunctionStage(output: nil) { x, _ in x.averagePool2d(PoolingOptions(kernel: 2)) }, stride: 2)
        for (layer, count) in shape.blocks.enumerated() {
            let width = shape.width << layer
            for index in 0..<count {
                let stride = index == 0 && layer > 0 ? 2 : 1
                let path = "layer\(layer + 1)"
                let output = layout.level("visual.\(path).\(index)", channels: 4 * width, stride: stride)
                let block = AntiAliasedBottleneck(
                    scope[path][index], inputs: layout.channels, width: width, stride: stride, output)
                layout.append(block, channels: 4 * width, stride: stride)
            }
        }
    }

    public func features(_ images: Tensor, train: Bool) -> [Tensor] { run(images, train: train, to: levels).maps }

    public func jointFeatures(_ images: Tensor) -> Tensor {
        let map = run(images, train: false, to: []).last
        return ModulePath.named(name) { pool.dense(map) }
    }

    public func encoded(_ images: Tensor) -> Tensor {
        let map = run(images, train: false, to: []).last
        return ModulePath.named(name) { pool(map) }
    }

    /// Runs the stages until `levels` are recorded, or all of them where there are none.
    private func run(_ images: Tensor, train: Bool, to levels: [FeatureLevel]) -> (maps: [Tensor], last: Tensor) {
        ModulePath.named(name) {
            var taps = TapRecorder(levels)
            var x = preprocessing(images).converted(to: precision.activations)
            for stage in stages where !taps.isComplete { x = stage(x, train: train, &taps) }
            return (taps.maps, x)
        }
    }
}

/// A bottleneck whose stride is an average pooling, in the branch before the last convolution and in the shortcut before its own.
struct AntiAliasedBottleneck: NetworkStage {
    private let first: ConvolutionUnit
    private let second: ConvolutionUnit
    private let third: ConvolutionUnit
    private let shortcut: ConvolutionUnit?
    private let stride: Int
    private let output: FeatureLevel

    init(_ scope: ParameterScope, inputs: Int, width: Int, stride: Int, _ output: FeatureLevel) {
        func unit(_ number: Int, _ inputs: Int, _ outputs: Int, kernel: Int) -> ConvolutionUnit {
            ConvolutionUnit(
                scope["conv\(number)"], norm: scope["bn\(number)"], inputs: inputs, outputs: outputs, .init(kernel: kernel))
        }
        first = unit(1, inputs, width, kernel: 1)
        second = unit(2, width, width, kernel: 3)
        third = unit(3, width, output.channels, kernel: 1)
        let downsample = scope["downsample"]
        shortcut =
            inputs != output.channels || stride != 1
            ? ConvolutionUnit(
                downsample[0], norm: downsample[1], inputs: inputs, outputs: output.channels,
                .init(kernel: 1, activation: .none)) : nil
        self.stride = stride
        self.output = output
    }

    var outputs: [FeatureLevel] { [output] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let residual = shortcut.map { $0(pooled(x), train: train) } ?? x
        let inner = pooled(second(first(x, train: train), train: train))
        let y = third(inner, residual: residual, train: train)
        taps.record(output, y)
        return y
    }

    private func pooled(_ x: Tensor) -> Tensor { stride == 1 ? x : x.averagePool2d(PoolingOptions(kernel: Size2D(stride))) }
}
