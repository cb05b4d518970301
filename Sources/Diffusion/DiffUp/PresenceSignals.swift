internal import Datasets
internal import Foundation
internal import TensorCore

/// What a model computes anyway that tells whether the thing is in the photo at all; a `PresenceCalibration` weighs it.
struct PresenceSignals: Sendable {
    /// The share of pixels that peaks are the mean of.
    private static let share = 0.01

    /// What the names begin with of numbers that are known from priors, before a decoder is asked.
    private static let prior = "peak of "

    /// Whether a number is known before a decoder is asked.
    static func isEarly(_ name: String) -> Bool { name.hasPrefix(prior) }

    /// The numbers by name.
    private(set) var values: [String: Float] = [:]
    private let priors: [String]

    /// Listens to a model with these priors, in channel order.
    init(priors: [String]) { self.priors = priors }

    mutating func record(_ event: DiffUpPipeline.Event) {
        switch event {
        case .priors(let backbones): record(backbones)
        case .conditions, .step: break
        case .samples(let clean): values["agreement of samples"] = Self.agreement(clean)
        case .mask(let mask, let denoiser):
            record(single: mask, predictedIoU: denoiser.quality(of: mask * 2 - 1)?.iou?.mean().scalar)
        }
    }

    /// A mask, and what the denoiser says of it. A single sample agrees with itself, which tells nothing: that number is left out.
    mutating func record(single mask: Tensor, predictedIoU: Float?) {
        values["predicted IoU"] = predictedIoU
        values["log area"] = log(mask.clamped(to: 0...1).mean().scalar + 1e-4)
    }

    /// The surest probabilities as the logarithm of their odds.
    mutating func record(_ map: ProbabilityMap) {
        let top = PresenceScore.standard.value(of: .probabilities(map))
        let inner = min(max(top, 1e-3), 1 - 1e-3)
        values["surest pixels"] = log(inner / (1 - inner))
    }

    /// The peak of each prior at the deepest level, the mean over views and backbones.
    private mutating func record(_ backbones: [[Tensor]]) {
        for (index, name) in priors.enumerated() {
            let peaks = backbones.compactMap(\.last).filter { $0.shape[3] > index }.map { level -> Float in
                let map = level.sliced(axis: 3, from: index, count: 1).converted(to: .float32)
                let pixels = map.mean(axes: [0]).reshaped(to: [1, level.shape[1] * level.shape[2]])
                let count = max(1, Int(Self.share * Double(pixels.count)))
                return pixels.topK(count, axis: 1).values.mean().scalar
            }
            guard !peaks.isEmpty else { continue }
            values[Self.prior + name] = peaks.reduce(0, +) / Float(peaks.count)
        }
    }

    /// How much the samples of an ensemble overlap: the sum of each pixel's smallest probability over that of its largest.
    private static func agreement(_ clean: Tensor) -> Float {
        let masks = ((clean + 1) * 0.5).clamped(to: 0...1)
        return masks.min(axes: [0]).sum().scalar / max(masks.max(axes: [0]).sum().scalar, 1e-6)
    }
}
