public import Datasets
public import Diffusion

/// Finds the thing of a support in a generated picture, to measure how far it left the mask.
public protocol MaskEstimator: Sendable {
    /// Where the thing is.
    ///
    /// - Parameters:
    ///   - picture: of the support's size.
    ///   - support: the real support.
    ///   - shared: its mask.
    /// - Returns: a mask of the size of the picture.
    func mask(in picture: RGBImage, like support: Support, shared: BinaryMask) throws -> BinaryMask
}

/// Any few-shot segmenter, which is asked about the picture with the real support.
public struct SegmenterMaskEstimator<Base: EpisodicSegmenter>: MaskEstimator {
    /// What is asked.
    public let base: Base

    /// Asks a segmenter.
    public init(_ base: Base) { self.base = base }

    public func mask(in picture: RGBImage, like support: Support, shared: BinaryMask) throws -> BinaryMask {
        try base.segment(Episode(query: picture, supports: [support])).mask()
    }
}

/// A masker of boxes such as Segment Anything, which is given the box around the shared mask.
public struct BoxMaskEstimator: MaskEstimator {
    /// What is asked.
    public let masker: any SupportMasker

    /// Asks a masker.
    public init(_ masker: any SupportMasker) { self.masker = masker }

    public func mask(in picture: RGBImage, like support: Support, shared: BinaryMask) throws -> BinaryMask {
        guard let box = shared.boundingBox else { return shared }
        return try masker.mask(of: Support(image: picture, annotation: .boxes([box]), id: support.id))
    }
}
