public import Datasets

/// An image to make.
public struct ImageRequest: Sendable, Hashable {
    /// What it shows, in words.
    public var prompt: String
    /// The class that it is made for.
    public var className: String
    /// What it is drawn from: another seed is another image of the same prompt.
    public var seed: UInt64
    /// Its number among the images of its class, from 0.
    public var index: Int

    /// A request.
    public init(prompt: String, className: String, seed: UInt64, index: Int) {
        (self.prompt, self.className, self.seed, self.index) = (prompt, className, seed, index)
    }
}

/// Makes images from prompts: the text-to-image network of Syn4Seg, or what stands in for it.
///
/// Members: ``FolderGenerator``, ``HTTPGenerator``, ``ShapesPainter``, ``DatasetPhotos``.
public protocol ImageGenerator: Sendable {
    /// What it is, with everything beside the request that decides its images (weights, size, steps, guidance) and nothing secret:
    /// a part of the key under which ``GenerationCache`` keeps them.
    var identity: String { get }

    /// Makes an image. The same request gives the same image, as far as the generator can promise it.
    func generate(_ request: ImageRequest) async throws -> RGBImage

    /// The true labels of an image, where the generator knows them; by default nil. They measure pseudo labels and are never learned from.
    func truth(of request: ImageRequest) throws -> ClassMap?

    /// How many images there can be of a class; by default nil, as many as are asked for.
    func limit(className: String) -> Int?
}

extension ImageGenerator {
    public func truth(of request: ImageRequest) throws -> ClassMap? { nil }
    public func limit(className: String) -> Int? { nil }
}

/// Why a generator cannot make an image.
public struct GenerationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The generator, or the place.
    public var source: String
    /// What was found.
    public var found: String
    /// What would have been accepted.
    public var expected: String
    /// What the user can do.
    public var advice: String
    /// Whether every further image would fail as well: a full disk.
    public var isFatal: Bool

    /// Describes a problem.
    public init(source: String, found: String, expected: String, advice: String, isFatal: Bool = false) {
        (self.source, self.found, self.expected) = (source, found, expected)
        (self.advice, self.isFatal) = (advice, isFatal)
    }

    public var description: String { "\(source): found \(found), expected \(expected); \(advice)" }
}
