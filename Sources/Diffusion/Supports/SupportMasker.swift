public import Datasets
internal import Foundation
internal import SegModels

/// Makes a support's mask from a weaker annotation before the support is shown to a model.
public protocol SupportMasker: Sendable {
    /// What decides the masks: equal texts make equal masks.
    var identity: String { get }

    /// The pixels of the thing.
    ///
    /// - Parameter support: a photo with boxes, strokes or points; `prepared(_:)` leaves others as they are.
    /// - Throws: `DatasetError` for an annotation outside of the photo, or where no pixel was found.
    func mask(of support: Support) throws -> BinaryMask
}

extension SupportMasker {
    /// The support with a mask in place of boxes, strokes or points. Supports with masks or without an annotation stay as they are.
    ///
    /// - Throws: as ``mask(of:)``.
    public func prepared(_ support: Support) throws -> Support {
        switch support.annotation {
        case .mask, .none: return support
        case .boxes, .scribbles, .points:
            var support = support
            support.annotation = .mask(try mask(of: support))
            return support
        }
    }
}

/// What makes masks of weaker annotations, as a command or a file says it.
public enum SupportMaskerChoice: Codable, Hashable, Sendable {
    /// Segment Anything, with its weights.
    case segmentAnything(weights: String)

    /// The file of the weights.
    public var file: String {
        switch self {
        case .segmentAnything(let weights): weights
        }
    }

    /// The masker.
    ///
    /// - Throws: what models throw.
    public func masker(_ compute: ComputeSettings) throws -> any SupportMasker {
        switch self {
        case .segmentAnything(let weights):
            SAMSupportMasker(
                try SegmentAnything.load(weights: URL(fileURLWithPath: weights), precision: compute.precision))
        }
    }
}
