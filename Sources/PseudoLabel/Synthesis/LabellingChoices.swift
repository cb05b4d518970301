public import Datasets
public import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// Where labels begin, as a command or a file says it.
public enum LabellerChoice: Codable, Hashable, Sendable {
    /// The network for generalized few-shot segmentation, as in Syn4Seg.
    case network
    /// DiffUp, which is shown the supports.
    case diffUp(ModelChoice)

    /// The labeller.
    ///
    /// - Parameters:
    ///   - network: that of the stage.
    ///   - supports: photos with the dataset's labels.
    /// - Throws: what models throw.
    func labeller(
        _ network: NetworkLabeller, supports: [PhotoSample], _ compute: ComputeSettings
    ) throws -> any InitialLabeller {
        switch self {
        case .network: return network
        case .diffUp(let choice):
            let loaded = try choice.load(compute: compute)
            return FewShotLabeller(loaded.model, digest: try loaded.digest(), supports: supports)
        }
    }
}

/// What draws outlines anew, as a command or a file says it.
public enum RefinerChoice: Codable, Hashable, Sendable {
    /// The guided filter, which needs no weights.
    case guidedFilter(radius: Int, epsilon: Float)
    /// Segment Anything, with its weights.
    case segmentAnything(weights: String)
    /// DiffUp, with the region's box as support.
    case diffUp(ModelChoice)

    /// The guided filter with its defaults.
    public static let standard = RefinerChoice.guidedFilter(radius: 8, epsilon: 1e-4)

    /// The refiner.
    ///
    /// - Throws: `RunError` for numbers out of range, and what models throw.
    public func refiner(_ compute: ComputeSettings) throws -> any BoundaryRefiner {
        switch self {
        case .guidedFilter(let radius, let epsilon):
            guard (1...128).contains(radius) else { throw RunError.setting("radius", found: "\(radius)", expected: "1...128") }
            guard epsilon > 0, epsilon < .infinity else {
                throw RunError.setting("epsilon", found: "\(epsilon)", expected: "more than 0")
            }
            return GuidedFilterRefiner(radius: radius, epsilon: epsilon)
        case .segmentAnything(let weights):
            return try SAMRefiner(
                SegmentAnything.load(weights: URL(fileURLWithPath: weights), precision: compute.precision))
        case .diffUp(let choice):
            let loaded = try choice.load(compute: compute)
            return FewShotRefiner(loaded.model, digest: try loaded.digest())
        }
    }
}

extension LoadedModel {
    /// What decides its answers.
    fileprivate func digest() throws -> String {
        contentDigest(backbones.map(\.weightsSHA256) + [checkpoint.sha256, try TextFile.json(configuration)])
    }
}
