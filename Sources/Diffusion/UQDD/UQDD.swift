public import TensorCore

/// The Unified Quality-aware Diffusion Decoder (section 3.3.3): a U-Net that denoises a mask under backbone-agnostic
/// conditions.
///
/// No part of it knows a backbone: its conditions are priors and query information, so any backbone can be put before it
/// without training again.
public final class UQDD: MaskDenoiser {
    /// The query-constant part of every SCM, computed once for all steps and ensemble members.
    struct ConditionMaps: Sendable {
        var encoder: [Tensor]
        var decoder: [Tensor]
        /// ``LowLevelFeatures/projected(_:)``, where the decoder takes any.
        var lowLevel: Tensor?
    }

    public let scope: ParameterScope
    /// The shape of the decoder.
    public let configuration: UQDDConfiguration
    /// Condition channels of every level.
    public let conditionChannels: [Int]

    private let timeScale: Float
    private let time: TimestepEmbedding
    private let quality: QualityBranch?
    private let stem: Conv2d
    private let lowLevel: LowLevelFeatures?
    private let encoder: [DecoderLayer]
    private let middle: (block: ResidualBlock, attention: SpatialAttention)
    private let decoder: [DecoderLayer]
    private let outputNorm: GroupNorm
    private let outputConv: Conv2d

    /// Registers the decoder.
    ///
    /// - Parameters:
    ///   - scope: where.
    ///   - configuration: its shape.
    ///   - conditionChannels: one number a level; `ConditionLayout.count` of the model for each.
    ///   - steps: forward steps `T` of the process; the time embedding spreads them over 1000.
    public init(
        _ scope: ParameterScope, _ configuration: UQDDConfiguration = UQDDConfiguration(), conditionChannels k: [Int], steps: Int
    ) {
        precondition(
            !configuration.channels.isEmpty && k.count == configuration.channels.count && steps > 0,
            "UQDD: channels \(configuration.channels), conditions \(k), \(steps) steps")
        self.scope = scope
        self.configuration = configuration
        conditionChannels = k
        timeScale = 1000 / Float(steps)
        let c = configuration.channels
        let (levels, last) = (c.indices, c.count - 1)
        time = TimestepEmbedding(scope["time"], configuration)
        quality = configuration.quality ? QualityBranch(scope, configuration) : nil
        stem = Conv2d(scope["stem"], inputChannels: 1, outputChannels: c[0], kernelSize: 3, ConvolutionOptions(padding: 1))
        lowLevel = configuration.lowLevelChannels > 0 ? LowLevelFeatures(scope["lfe"], configuration) : nil
        encoder = levels.map { level in
            DecoderLayer(
                scope["encoder"][level], inputs: c[max(level - 1, 0)], outputs: c[level], conditionChannels: k[level],
                configuration)
        }
        middle = (
            ResidualBlock(scope["middle"]["res"], inputs: c[last], outputs: c[last], configuration),
            SpatialAttention(scope["middle"]["attention"], channels: c[last], configuration)
        )
        decoder = levels.map { level in
            DecoderLayer(
                scope["decoder"][level], inputs: c[min(level + 1, last)] + c[level], outputs: c[level],
                conditionChannels: k[level],
                configuration)
        }
        outputNorm = GroupNorm(scope["out"]["norm"], groups: configuration.groups, channels: c[0])
        outputConv = Conv2d(
            scope["out"]["conv"], inputChannels: c[0], outputChannels: 1, kernelSize: 3, ConvolutionOptions(padding: 1),
            initializer: .zeros)
    }

    public var resolution: Int { configuration.resolution }
    public var levelCount: Int { configuration.channels.count }
    public var lowLevelChannels: Int { configuration.lowLevelChannels }

    public func prepared(for conditions: MaskConditions, precision: Precision) -> any PreparedDenoiser {
        let levels = conditions.levels.map { $0.converted(to: precision.activations) }
        let maps = ConditionMaps(
            encoder: zip(encoder, levels).map { $0.modulation.condition($1) },
            decoder: zip(decoder, levels).map { $0.modulation.condition($1) },
            lowLevel: lowLevel.map { features in
                guard let own = conditions.lowLevel else {
                    preconditionFailure("UQDD: a decoder with low-level features needs MaskConditions.lowLevel")
                }
                return features.projected(own.converted(to: precision.activations), side: resolution)
            })
        return PreparedUQDD(
            decoder: self, maps: maps, image: conditions.image.converted(to: precision.activations), precision: precision)
    }

    func denoised(_ x: Tensor, timesteps: Tensor, maps: ConditionMaps, image: Tensor) -> DenoiserOutput {
        let scaledTime = timesteps.converted(to: .float32) * timeScale
        var signals = StepSignals(masks: pyramid(x), timeEmbedding: time(scaledTime))
        var output = DenoiserOutput(prediction: x)
        if let quality {
            let judged = quality(x, image: image)
            signals.errors = pyramid(judged.errorSignal)
            signals.iouEmbedding = judged.iouEmbedding
            output.errorMap = judged.errorMap.converted(to: .float32)
            output.iou = judged.iou
        }
        output.prediction = denoise(x, maps, signals).converted(to: .float32)
        return output
    }

    func judged(_ x: Tensor, image: Tensor) -> MaskQuality? {
        quality.map { branch in
            let judgement = branch(x, image: image)
            return MaskQuality(errorMap: judgement.errorMap.converted(to: .float32), iou: judgement.iou)
        }
    }

    private func denoise(_ x: Tensor, _ maps: ConditionMaps, _ signals: StepSignals) -> Tensor {
        var hidden = stem(x)
        if let lowLevel, let features = maps.lowLevel { hidden = lowLevel.fused(hidden, features) }
        var skips: [Tensor] = []
        for level in encoder.indices {
            if level > 0 { hidden = hidden.averagePool2d(PoolingOptions(kernel: 2)) }
            hidden = encoder[level](hidden, level: level, conditions: maps.encoder[level], signals)
            skips.append(hidden)
        }
        hidden = middle.attention(middle.block(hidden))
        for level in decoder.indices.reversed() {
            let skip = skips[level]
            hidden = hidden.resized(to: Size2D(height: skip.shape[1], width: skip.shape[2]), .nearest)
            hidden = decoder[level](
                .concatenated([hidden, skip], axis: 3), level: level, conditions: maps.decoder[level], signals)
        }
        return outputConv(outputNorm(hidden, activation: .silu))
    }

    /// The map at the sizes of all levels.
    private func pyramid(_ x: Tensor) -> [Tensor] {
        encoder.indices.map { level in level == 0 ? x : x.averagePool2d(PoolingOptions(kernel: Size2D(1 << level))) }
    }
}

/// A ``UQDD`` with the conditions of its queries.
private struct PreparedUQDD: PreparedDenoiser {
    let decoder: UQDD
    let maps: UQDD.ConditionMaps
    let image: Tensor
    let precision: Precision

    func callAsFunction(_ x: Tensor, timesteps: Tensor) -> DenoiserOutput {
        let samples = image.shape.replacing(axis: 0, with: x.shape[0])
        return decoder.denoised(
            x.converted(to: precision.activations), timesteps: timesteps, maps: maps, image: image.broadcast(to: samples))
    }

    func quality(of masks: Tensor) -> MaskQuality? {
        let samples = image.shape.replacing(axis: 0, with: masks.shape[0])
        return decoder.judged(masks.converted(to: precision.activations), image: image.broadcast(to: samples))
    }
}
