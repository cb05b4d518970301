public import TensorCore

/// The Unified Quality-aware Diffusion Decoder (section 3.3.3): a three-level U-Net that denoises a mask under
/// backbone-agnostic conditions.
///
/// No part of it knows a backbone: its conditions are priors in [0, 1] and query information, so any backbone can be put
/// before it without training again.
public final class UQDD: Module {
    /// What the decoder says about a noisy mask.
    public struct Output: Sendable {
        /// The denoising target's estimate (noise, clean mask or velocity, as it was trained), `[N, h, w, 1]` float32.
        public var prediction: Tensor
        /// The predicted error map, nil without the quality branch.
        public var errorMap: Tensor?
        /// The predicted IoU of the binarised noisy mask, `[N]`.
        public var iou: Tensor?
    }

    /// The query-constant part of every SCM, computed once for all steps and ensemble members.
    public struct ConditionMaps: Sendable {
        var encoder: [Tensor]
        var decoder: [Tensor]
    }

    public let scope: ParameterScope
    /// The shape of the decoder.
    public let configuration: UQDDConfiguration

    private let time: TimestepEmbedding
    private let iouEmbedding: TimestepEmbedding?
    private let errorHead: ErrorMapHead?
    private let iouHead: IoUHead?
    private let stem: Conv2d
    private let encoder: [DecoderLayer]
    private let middle: (block: ResidualBlock, attention: SpatialAttention)
    private let decoder: [DecoderLayer]
    private let outputNorm: GroupNorm
    private let outputConv: Conv2d

    /// Registers the decoder.
    ///
    /// - Precondition: three channel counts and three condition widths.
    public init(_ scope: ParameterScope, _ configuration: UQDDConfiguration = UQDDConfiguration()) {
        precondition(
            configuration.channels.count == UQDDConfiguration.levels
                && configuration.conditionChannels.count == UQDDConfiguration.levels,
            "UQDD: three levels, found channels \(configuration.channels), conditions \(configuration.conditionChannels)")
        self.scope = scope
        self.configuration = configuration
        let (c, k) = (configuration.channels, configuration.conditionChannels)
        time = TimestepEmbedding(scope["time"], configuration)
        iouEmbedding = configuration.quality ? TimestepEmbedding(scope["iou_embed"], configuration) : nil
        errorHead = configuration.quality ? ErrorMapHead(scope["error"], configuration) : nil
        iouHead = configuration.quality ? IoUHead(scope["iou"], configuration) : nil
        stem = Conv2d(scope["stem"], inputChannels: 1, outputChannels: c[0], kernelSize: 3, ConvolutionOptions(padding: 1))
        encoder = zip([c[0], c[0], c[1]], 0..<3).map { inputs, level in
            DecoderLayer(
                scope["encoder"][level], inputs: inputs, outputs: c[level], conditionChannels: k[level], configuration)
        }
        middle = (
            ResidualBlock(scope["middle"]["res"], inputs: c[2], outputs: c[2], configuration),
            SpatialAttention(scope["middle"]["attention"], channels: c[2], configuration)
        )
        decoder = zip([c[1] + c[0], c[2] + c[1], 2 * c[2]], 0..<3).map { inputs, level in
            DecoderLayer(
                scope["decoder"][level], inputs: inputs, outputs: c[level], conditionChannels: k[level], configuration)
        }
        outputNorm = GroupNorm(scope["out"]["norm"], groups: configuration.groups, channels: c[0])
        outputConv = Conv2d(
            scope["out"]["conv"], inputChannels: c[0], outputChannels: 1, kernelSize: 3, ConvolutionOptions(padding: 1),
            initializer: .zeros)
    }

    /// The part of the network that only the query determines.
    ///
    /// - Parameter conditions: one `[N, h, w, K]` a level, finest first.
    public func conditionMaps(_ conditions: [Tensor]) -> ConditionMaps {
        ConditionMaps(
            encoder: zip(encoder, conditions).map { $0.modulation.condition($1) },
            decoder: zip(decoder, conditions).map { $0.modulation.condition($1) })
    }

    /// One denoising step.
    ///
    /// - Parameters:
    ///   - x: the noisy mask `[N, h, w, 1]`, clean masks being -1 and 1.
    ///   - timesteps: `[N]`, whole numbers from 0.
    ///   - maps: ``conditionMaps(_:)`` for the same `N`, or of one query for all.
    ///   - image: the query at the decoder's resolution, `[N, h, w, 3]` in [-1, 1].
    public func callAsFunction(_ x: Tensor, timesteps: Tensor, maps: ConditionMaps, image: Tensor) -> Output {
        let scaledTime = timesteps.converted(to: .float32) * configuration.timeScale
        var signals = StepSignals(masks: pyramid(x), timeEmbedding: time(scaledTime))
        var output = Output(prediction: x)
        if let errorHead, let iouHead, let iouEmbedding {
            let error = errorHead(x, image: image)
            let iou = iouHead(x, image: image, error: error.detached())
            signals.errors = pyramid(error.detached())
            signals.iouEmbedding = iouEmbedding(iou.detached() * 1000)
            output.errorMap = error.converted(to: .float32)
            output.iou = iou
        }
        output.prediction = denoise(x, maps, signals).converted(to: .float32)
        return output
    }

    private func denoise(_ x: Tensor, _ maps: ConditionMaps, _ signals: StepSignals) -> Tensor {
        var hidden = stem(x)
        var skips: [Tensor] = []
        for level in 0..<UQDDConfiguration.levels {
            if level > 0 { hidden = hidden.averagePool2d(PoolingOptions(kernel: 2)) }
            hidden = encoder[level](hidden, level: level, conditions: maps.encoder[level], signals)
            skips.append(hidden)
        }
        hidden = middle.attention(middle.block(hidden))
        for level in (0..<UQDDConfiguration.levels).reversed() {
            let skip = skips[level]
            hidden = hidden.resized(to: Size2D(height: skip.shape[1], width: skip.shape[2]), .nearest)
            hidden = decoder[level](
                .concatenated([hidden, skip], axis: 3), level: level, conditions: maps.decoder[level], signals)
        }
        return outputConv(outputNorm(hidden, activation: .silu))
    }

    /// The map at the three sizes.
    private func pyramid(_ x: Tensor) -> [Tensor] {
        [x, x.averagePool2d(PoolingOptions(kernel: 2)), x.averagePool2d(PoolingOptions(kernel: 4))]
    }
}
