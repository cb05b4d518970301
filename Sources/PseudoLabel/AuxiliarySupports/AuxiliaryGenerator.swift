public import Datasets
internal import TensorCore

/// An auxiliary support to make: another picture with the layout of a support.
public struct AuxiliaryRequest: Sendable {
    /// The support's photo.
    public var photo: RGBImage
    /// Where its thing is, of the photo's size.
    public var mask: BinaryMask
    /// The id of the photo in its dataset, or its file name; may be empty.
    public var id: String
    /// The class.
    public var item: FewShotClass
    /// What the generator is told of the layout.
    public var condition: ControlCondition
    /// What the picture shows, in words.
    public var prompt: String
    /// What it shall not show.
    public var negativePrompt: String
    /// Steps of a diffusion model.
    public var steps: Int
    /// How much the prompt counts against the negative one.
    public var guidance: Float
    /// How much the layout counts.
    public var strength: Float
    /// What the picture is drawn from.
    public var seed: UInt64
    /// Its number among the pictures of the support, from 0.
    public var index: Int

    /// A request.
    public init(
        photo: RGBImage, mask: BinaryMask, id: String = "", item: FewShotClass, condition: ControlCondition, prompt: String = "",
        negativePrompt: String = "", steps: Int = 20, guidance: Float = 9, strength: Float = 1, seed: UInt64 = 0, index: Int = 0
    ) {
        (self.photo, self.mask, self.id, self.item, self.condition) = (photo, mask, id, item, condition)
        (self.prompt, self.negativePrompt, self.steps) = (prompt, negativePrompt, steps)
        (self.guidance, self.strength, self.seed, self.index) = (guidance, strength, seed, index)
    }

    /// Draws what a ControlNet is shown.
    public func controlPicture() throws -> RGBImage {
        try condition.picture(of: photo, mask: mask, className: item.name)
    }

    /// The digest of all that decides a generator's picture.
    public var digest: String {
        contentDigest([
            "auxiliary 1", Self.digest(photo, mask), id, "\(item.id)", item.name, condition.identity, prompt, negativePrompt,
            "\(steps)", "\(guidance)", "\(strength)", "\(seed)", "\(index)",
        ])
    }

    /// The digest of a photo with its mask.
    static func digest(_ photo: RGBImage, _ mask: BinaryMask) -> String {
        var hash = SHA256()
        hash.update(Array("\(photo.height)x\(photo.width):".utf8))
        hash.update(photo.pixels)
        hash.update(mask.values.map { $0 ? UInt8(1) : 0 })
        return hash.hexDigest()
    }
}

/// Makes other pictures with the layout of a support (DifFSS).
///
/// Members: ``ControlledDiffusion``, ``AuxiliaryFolder``, ``ShapesRedrawing``.
public protocol AuxiliaryGenerator: Sendable {
    /// What it is, with everything beside the request that decides its pictures: digests of weights and files.
    var identity: String { get }

    /// The shorter side of the pictures that it makes best, nil where it has none; by default nil. What it is shown of a layout has it where
    /// ``AuxiliarySettings/side`` says nothing.
    var nativeSide: Int? { get }

    /// Makes a picture, of any size: it is resized to the support's. The same request gives the same picture.
    ///
    /// - Returns: nil where there is none, which is no error: a folder that lacks it.
    /// - Throws: `CancellationError` where the task is cancelled; what the generator throws.
    func picture(_ request: AuxiliaryRequest) throws -> RGBImage?

    /// Where the thing really is in the picture of a request, where the generator knows it; by default nil. It measures drift and is never
    /// shown to a segmenter.
    func shown(in request: AuxiliaryRequest) -> BinaryMask?
}

extension AuxiliaryGenerator {
    public var nativeSide: Int? { nil }
    public func shown(in request: AuxiliaryRequest) -> BinaryMask? { nil }
}
