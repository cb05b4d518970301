internal import TensorCore

/// The feature enrichment module of PFENet: query features, prototype and prior are joined at several scales, each scale takes from the
/// one before, and each is asked for an answer of its own.
///
/// State as the released network: `init_merge.{i}.0`, `alpha_conv.{i}.0`, `beta_conv.{i}.{0,2}`, `inner_cls.{i}.{0,3}`, `res1.0`, `res2.{0,2}`.
final class FeatureEnrichment: Module {
    let scope: ParameterScope
    private let merge: [Conv2d]
    private let alpha: [Conv2d]
    private let beta: [(Conv2d, Conv2d)]
    private let heads: [ScoreHead]
    private let joined: Conv2d
    private let refined: (Conv2d, Conv2d)
    private let sides: [Int]

    /// - Parameter sides: of the scales; none for the map's own and its halves.
    init(_ scope: ParameterScope, width: Int, sides: [Int], headDropout: Float) {
        self.scope = scope
        self.sides = sides
        let count = sides.isEmpty ? Self.defaultCount : sides.count
        func plain(_ scope: ParameterScope, _ inputs: Int, kernel: Int) -> Conv2d {
            Conv2d(
                scope, inputChannels: inputs, outputChannels: width, kernelSize: Size2D(kernel),
                ConvolutionOptions(padding: EdgeInsets2D(kernel / 2)), bias: false)
        }
        func pair(_ scope: ParameterScope) -> (Conv2d, Conv2d) {
            (plain(scope[0], width, kernel: 3), plain(scope[2], width, kernel: 3))
        }
        merge = (0..<count).map { plain(scope["init_merge"][$0][0], 2 * width + 1, kernel: 1) }
        beta = (0..<count).map { pair(scope["beta_conv"][$0]) }
        heads = (0..<count).map { ScoreHead(scope["inner_cls"][$0], width: width, dropout: headDropout) }
        joined = plain(scope["res1"][0], width * count, kernel: 1)
        refined = pair(scope["res2"])
        alpha = (0..<(count - 1)).map { plain(scope["alpha_conv"][$0][0], 2 * width, kernel: 1) }
    }

    private static let defaultCount = 4

    /// Enriches features.
    ///
    /// - Parameters:
    ///   - query: `[N, h, w, width]`.
    ///   - prototype: `[N, 1, 1, width]`.
    ///   - prior: `[N, h, w, 1]`.
    /// - Returns: features for the last classifier, and the scores of each scale.
    func callAsFunction(
        _ query: Tensor, prototype: Tensor, prior: Tensor, dropout: (Tensor, Float) -> Tensor
    ) -> (features: Tensor, scores: [Tensor]) {
        let size = Size2D(height: query.shape[1], width: query.shape[2])
        var (features, scores): ([Tensor], [Tensor]) = ([], [])
        for (index, scale) in scales(of: size).enumerated() {
            let parts = [
                query.resized(to: scale, .area), prototype.resized(to: scale, .nearest),
                prior.resized(to: scale, .bilinear, alignCorners: true),
            ]
            var x = merge[index](Tensor.concatenated(parts, axis: 3), activation: .relu)
            if let before = features.last {
                let coarser = before.resized(to: scale, .bilinear, alignCorners: true)
                x = alpha[index - 1](Tensor.concatenated([x, coarser], axis: 3), activation: .relu) + x
            }
            x = Self.residual(beta[index], x)
            scores.append(heads[index](x, dropout: dropout))
            features.append(x.resized(to: size, .bilinear, alignCorners: true))
        }
        let all = joined(Tensor.concatenated(features, axis: 3), activation: .relu)
        return (Self.residual(refined, all), scores)
    }

    private func scales(of size: Size2D) -> [Size2D] {
        if !sides.isEmpty { return sides.map { Size2D($0) } }
        return (0..<Self.defaultCount).map { halvings in
            func half(_ side: Int) -> Int { (side + (1 << halvings) - 1) >> halvings }
            return Size2D(height: half(size.height), width: half(size.width))
        }
    }

    private static func residual(_ pair: (Conv2d, Conv2d), _ x: Tensor) -> Tensor {
        pair.1(pair.0(x, activation: .relu), activation: .relu) + x
    }
}

/// A 3x3 convolution, dropout, and scores of background and object: `0` and `3` of a PyTorch `Sequential`.
final class ScoreHead: Module {
    let scope: ParameterScope
    private let hidden: Conv2d
    private let scores: Conv2d
    private let share: Float

    init(_ scope: ParameterScope, width: Int, dropout share: Float) {
        self.scope = scope
        self.share = share
        hidden = Conv2d(
            scope[0], inputChannels: width, outputChannels: width, kernelSize: 3, ConvolutionOptions(padding: 1), bias: false)
        scores = Conv2d(scope[3], inputChannels: width, outputChannels: 2, kernelSize: 1)
    }

    func callAsFunction(_ x: Tensor, dropout: (Tensor, Float) -> Tensor) -> Tensor {
        scores(dropout(hidden(x, activation: .relu), share)).converted(to: .float32)
    }
}
