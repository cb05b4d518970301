public import TensorCore

/// A network while a ``StagedFamily`` lays it out: its stages in order, and the map that the last of them returns.
public struct NetworkLayout {
    /// Where the network's parameters go.
    public let scope: ParameterScope
    /// Channels of the map so far; three before the first stage.
    public private(set) var channels = 3
    /// Image pixels per pixel of the map so far.
    public private(set) var stride = 1

    private let isReversed: Bool
    private(set) var stages: [any NetworkStage] = []
    /// Whether the first layer reads RGB pixels as BGR by its own weights.
    private(set) var readsReversedChannels = false
    private(set) var classifier: (@Sendable (_ map: Tensor, _ train: Bool) -> Tensor)?
    private(set) var classCount: Int?

    init(_ scope: ParameterScope, reversed: Bool) {
        self.scope = scope
        isReversed = reversed
    }

    /// Describes a map that the next stage will offer as a level.
    ///
    /// - Parameters:
    ///   - tap: the module whose output it is, as in the state dict.
    ///   - channels: its channels, where they are not those of the map so far.
    ///   - stride: by how much the stage strides before it.
    public func level(_ tap: String, channels: Int? = nil, stride: Int = 1) -> FeatureLevel {
        FeatureLevel(tap: tap, channels: channels ?? self.channels, stride: self.stride * stride)
    }

    /// Appends a stage.
    ///
    /// - Parameters:
    ///   - stage: the stage.
    ///   - channels: the channels of its result, where they are not those of the map so far.
    ///   - stride: its stride.
    public mutating func append(_ stage: any NetworkStage, channels: Int? = nil, stride: Int = 1) {
        stages.append(stage)
        self.channels = channels ?? self.channels
        self.stride *= stride
    }

    /// Appends a convolution with its normalisation and activation; the result is a level.
    ///
    /// As the first stage of a network for BGR pixels it turns its weights, which is free, and not the pixels.
    ///
    /// - Parameters:
    ///   - scope: the convolution's.
    ///   - norm: the batch normalisation's, nil for none.
    ///   - outputs: channels of the result.
    ///   - tap: the level's name.
    ///   - options: window, stride and what follows.
    public mutating func convolution(
        _ scope: ParameterScope, norm: ParameterScope? = nil, outputs: Int, tap: String, _ options: ConvolutionUnit.Options
    ) {
        let unit = makeUnit(scope, norm: norm, outputs: outputs, options)
        let output = level(tap, channels: outputs, stride: options.stride)
        append(
            FunctionStage(output: output) { unit($0, train: $1) }, channels: outputs, stride: options.stride)
    }

    /// Appends a convolution whose map before the ReLU is a level, too.
    mutating func convolution(
        _ scope: ParameterScope, norm: ParameterScope?, _ output: FeatureLevel, _ options: ConvolutionUnit.Options
    ) {
        let unit = makeUnit(scope, norm: norm, outputs: output.channels, options)
        let stage = ActivatedStage(output: output) { unit($0, train: $1, activation: $2) }
        append(stage, channels: output.channels, stride: options.stride)
    }

    private mutating func makeUnit(
        _ scope: ParameterScope, norm: ParameterScope?, outputs: Int, _ options: ConvolutionUnit.Options
    ) -> ConvolutionUnit {
        let isTurned = stages.isEmpty && isReversed
        readsReversedChannels = readsReversedChannels || isTurned
        return ConvolutionUnit(
            scope, norm: norm, inputs: channels, outputs: outputs, options, readsReversedChannels: isTurned)
    }

    /// Appends a max pooling; with a `tap` its result is a level.
    public mutating func maxPool(_ options: PoolingOptions, tap: String? = nil) {
        let stride = options.stride.height
        let output = tap.map { level($0, stride: stride) }
        append(FunctionStage(output: output) { x, _ in x.maxPool2d(options) }, stride: stride)
    }

    /// Gives the network a classifier: the function of the last stage's map that returns scores `[N, classes]`.
    public mutating func classify(
        _ classes: Int, _ classifier: @escaping @Sendable (_ map: Tensor, _ train: Bool) -> Tensor
    ) {
        classCount = classes
        self.classifier = classifier
    }

    /// Gives the network a linear classifier of the last map's mean; none where `classes` is nil.
    public mutating func classify(_ scope: ParameterScope, classes: Int?) {
        guard let classes else { return }
        let linear = Linear(scope, inputs: channels, outputs: classes)
        classify(classes) { map, _ in linear(map.globalAveragePool2d()) }
    }
}
