public import SegModels
public import TensorCore

/// HSNet (Min, Kang and Cho, "Hypercorrelation Squeeze for Few-Shot Segmentation", ICCV 2021): all pairs of query and support pixels are
/// compared at many depths of a backbone; centre-pivot 4D convolutions squeeze these correlations to a map, which a 2D decoder segments.
///
/// It reads correlations alone, so that it works behind any backbone that offers as many maps a stage. Several supports vote. State dict
/// as the released `HypercorrSqueezeNetwork` without its backbone: `hpn_learner.encoder_layer{4,3,2}.{0,3,6}.conv{1,2}` with norms
/// `.{1,4,7}`, `hpn_learner.encoder_layer{4to3,3to2}`, `hpn_learner.decoder{1,2}.{0,2}`.
public final class HSNet: FewShotNetwork {
    public let scope: ParameterScope
    private let stages: [HypercorrelationStages.Stage]
    private let squeezing: [CenterPivotBlock]
    private let mixing: [CenterPivotBlock]
    private let first: [Conv2d]
    private let second: [Conv2d]
    private let precision: Precision

    /// Added to the length of a feature vector.
    private static let epsilon: Float = 1e-5

    /// Registers a network.
    ///
    /// - Throws: ``FewShotError/levels(architecture:found:expected:)``.
    public init(
        _ scope: ParameterScope, _ configuration: HSNetConfiguration = HSNetConfiguration(), behind levels: [FeatureLevel],
        precision: Precision = .float32
    ) throws(FewShotError) {
        try levels.checkPairs(ofSide: configuration.imageSize, for: HSNetConfiguration.title)
        self.scope = scope
        self.precision = precision
        stages = try HypercorrelationStages(levels).stages
        let learner = scope["hpn_learner"]
        let (channels, groups) = (configuration.channels, configuration.groups)
        let width = channels[2]
        squeezing = zip(stages, ["encoder_layer4", "encoder_layer3", "encoder_layer2"]).map { stage, name in
            CenterPivotBlock(
                learner[name], inputs: stage.levels.count, channels: channels, kernels: stage.kernels, strides: stage.strides,
                groups: groups)
        }
        mixing = ["encoder_layer4to3", "encoder_layer3to2"].map { name in
            CenterPivotBlock(
                learner[name], inputs: width, channels: [width, width, width], kernels: [3, 3, 3], strides: [1, 1, 1],
                groups: groups)
        }
        func pair(_ name: String, _ inputs: Int, _ middle: Int, _ outputs: Int) -> [Conv2d] {
            [(0, inputs, middle), (2, middle, outputs)].map { place, inputs, outputs in
                Conv2d(
                    learner[name][place], inputChannels: inputs, outputChannels: outputs, kernelSize: 3,
                    ConvolutionOptions(padding: 1))
            }
        }
        first = pair("decoder1", width, width, channels[1])
        second = pair("decoder2", channels[1], channels[1], 2)
    }

    public func scores(
        query: [Tensor], supports: [SupportMaps], dropout: (_ map: Tensor, _ share: Float) -> Tensor
    ) -> FewShotScores {
        // Only training asks for several at once: the mean of their scores has a gradient, votes have none.
        let scores = supports.map { segmented(hypercorrelations(query, $0)) }
        let sum = scores.dropFirst().reduce(scores[0]) { $0 + $1 }
        return FewShotScores(main: scores.count == 1 ? sum : sum / Float(scores.count))
    }

    /// One support gives a probability. Of several each votes for a mask, and the share of the largest number of votes of the picture
    /// stands for a probability.
    public func foreground(query: [Tensor], supports: [SupportMaps], size: Size2D) -> Tensor {
        let answers = supports.map { probability(scores(query: query, supports: [$0]) { map, _ in map }.main, size: size) }
        if answers.count == 1 { return answers[0] }
        let votes = answers.map { ($0 .> Tensor([0.5], shape: [1], beside: $0)).converted(to: .float32) }
        let sum = votes.dropFirst().reduce(votes[0]) { $0 + $1 }
        let most = sum.max(axes: [1, 2, 3], keepingDimensions: true).clamped(to: 1...Float.infinity)
        return sum / most
    }

    /// The pyramid, deep to shallow: `[N, Hq, Wq, Hs, Ws, maps]` a stage.
    func hypercorrelations(_ query: [Tensor], _ support: SupportMaps) -> [Tensor] {
        withoutGradients {
            stages.map { stage in
                let maps = stage.levels.map { level in
                    Self.correlation(query[level], support.levels[level], support.mask)
                }
                return Tensor.stacked(maps, axis: maps[0].rank).converted(to: precision.activations)
            }
        }
    }

    /// Cosines of all pairs of pixels, negative ones 0; of the support only the object counts.
    private static func correlation(_ query: Tensor, _ support: Tensor, _ mask: Tensor) -> Tensor {
        let size = Size2D(height: support.shape[1], width: support.shape[2])
        let share = mask.resized(to: size, .bilinear, alignCorners: true)
        let (a, b) = (unit(query.converted(to: .float32)), unit(support.converted(to: .float32) * share))
        let pairs = a.matmul(b, transposed: .right).relu()
        return pairs.reshaped(to: [query.shape[0], query.shape[1], query.shape[2], size.height, size.width])
    }

    /// Feature vectors of length one, `[N, pixels, C]`.
    private static func unit(_ map: Tensor) -> Tensor {
        let vectors = map.reshaped(to: [map.shape[0], map.shape[1] * map.shape[2], map.shape[3]])
        return vectors / (vectors.norm(axes: [2], keepingDimensions: true) + epsilon)
    }

    /// Squeezes, mixes and decodes a pyramid.
    func segmented(_ pyramid: [Tensor]) -> Tensor {
        ModulePath.named(HSNetConfiguration.title) {
            let squeezed = zip(squeezing, pyramid).map { $0($1) }
            var mixed = squeezed[0]
            for (index, block) in mixing.enumerated() {
                let finer = squeezed[index + 1]
                mixed = block(Self.resized(mixed, like: finer) + finer)
            }
            var x = mixed.mean(axes: [3, 4])
            for layer in first { x = layer(x, activation: .relu) }
            let size = Size2D(height: 2 * x.shape[1], width: 2 * x.shape[2])
            x = x.resized(to: size, .bilinear, alignCorners: true)
            return second[1](second[0](x, activation: .relu)).converted(to: .float32)
        }
    }

    /// The query's axes of `x` at the resolution of `other`'s; the support's, too, where a backbone's maps were not squeezed to one grid.
    private static func resized(_ x: Tensor, like other: Tensor) -> Tensor {
        let query = Size2D(height: other.shape[1], width: other.shape[2])
        let support = Size2D(height: other.shape[3], width: other.shape[4])
        let onGrid = x.reshaped(to: [x.shape[0] * x.shape[1] * x.shape[2], x.shape[3], x.shape[4], x.shape[5]])
            .resized(to: support, .bilinear, alignCorners: true)
            .reshaped(to: [x.shape[0], x.shape[1], x.shape[2], support.height, support.width, x.shape[5]])
        if query.height == x.shape[1], query.width == x.shape[2] { return onGrid }
        let turned = onGrid.permuted([0, 3, 4, 1, 2, 5])
        return turned.reshaped(to: [x.shape[0] * support.height * support.width, x.shape[1], x.shape[2], x.shape[5]])
            .resized(to: query, .bilinear, alignCorners: true)
            .reshaped(to: [x.shape[0], support.height, support.width, query.height, query.width, x.shape[5]])
            .permuted([0, 3, 4, 1, 2, 5])
    }
}
