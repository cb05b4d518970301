public import Datasets
internal import Foundation
public import TensorCore

/// An image that was made, and from what.
public struct SyntheticImage: Sendable, Hashable, Codable {
    /// What it shows, in words.
    public let prompt: String
    /// The class that it was made for.
    public let className: String
    /// What it was drawn from.
    public let seed: UInt64
    /// Its number among those of its class.
    public let index: Int
    /// The path of its file.
    public let file: String

    /// What it was made from.
    public var request: ImageRequest { ImageRequest(prompt: prompt, className: className, seed: seed, index: index) }
}

/// The images of a bank: every prompt so many times, made or taken from the cache (Syn4Seg, HDIG).
///
/// It is stopped at any time and goes on where it was, as every image is kept when it is made.
public struct ImageSynthesis: Sendable {
    /// What was made.
    public struct Result: Sendable, Hashable, Codable {
        /// The images, in the order of the prompts.
        public var images: [SyntheticImage] = []
        /// The images that could not be made, with the reason.
        public var problems: [Problem] = []
        /// How many were made now; the others were there.
        public var made = 0
        /// What was found damaged and made anew.
        public var remarks: [String] = []
    }

    /// An image that could not be made.
    public struct Problem: Sendable, Hashable, Codable {
        /// Its number among those of its class.
        public var index: Int
        /// Its prompt.
        public var prompt: String
        /// Why.
        public var reason: String
    }

    /// Makes the images.
    public let generator: any ImageGenerator
    /// Keeps them.
    public let cache: GenerationCache
    /// Images of one prompt.
    public let imagesPerPrompt: Int
    /// What the seeds of the images are drawn from.
    public let seed: UInt64
    /// How many images in a row may fail before the rest is given up: an endpoint that is gone.
    public let patience: Int

    /// A synthesis.
    ///
    /// - Precondition: `imagesPerPrompt` and `patience` are positive.
    public init(
        _ generator: any ImageGenerator, cache: GenerationCache, imagesPerPrompt: Int = 1, seed: UInt64 = 0, patience: Int = 5
    ) {
        precondition(imagesPerPrompt > 0, "ImageSynthesis: imagesPerPrompt must be positive, found \(imagesPerPrompt)")
        precondition(patience > 0, "ImageSynthesis: patience must be positive, found \(patience)")
        (self.generator, self.cache, self.seed) = (generator, cache, seed)
        (self.imagesPerPrompt, self.patience) = (imagesPerPrompt, patience)
    }

    /// The images that a bank asks for: all prompts once, then all once more, so that the first n use as many prompts as they can.
    ///
    /// They end where the generator has no more.
    public func requests(_ bank: PromptBank) -> [ImageRequest] {
        let all = (0..<imagesPerPrompt).flatMap { round in
            bank.prompts.enumerated().map { number, prompt in
                let digest = contentDigest(["\(seed)", bank.className, prompt, "\(round)"])
                // 31 bits: what every generator takes.
                let own = (UInt64(digest.prefix(8), radix: 16) ?? 0) & 0x7fff_ffff
                let index = round * bank.prompts.count + number
                return ImageRequest(prompt: prompt, className: bank.className, seed: own, index: index)
            }
        }
        return Array(all.prefix(generator.limit(className: bank.className) ?? all.count))
    }

    /// Makes what is not there.
    ///
    /// - Parameter progress: is told after every image.
    /// - Returns: the images and the problems.
    /// - Throws: ``GenerationError`` for an empty bank, a disk that takes no more, and when ``patience`` images in a row failed;
    ///   `CancellationError`. What was made until then is kept.
    public func run(_ bank: PromptBank, progress: (WorkProgress) -> Void = { _ in }) async throws -> Result {
        let requests = requests(bank)
        guard !requests.isEmpty else {
            throw GenerationError(
                source: "the prompt bank of \"\(bank.className)\"", found: "no prompt", expected: "at least one",
                advice: "fill the bank first")
        }
        let clock = WorkClock(total: requests.count)
        var result = Result()
        var failures = 0
        for (number, request) in requests.enumerated() {
            try Task.checkCancellation()
            switch try await attempt(request, &failures) {
            case .success(let made):
                let image = SyntheticImage(
                    prompt: request.prompt, className: request.className, seed: request.seed, index: request.index,
                    file: made.file.path)
                result.images.append(image)
                result.made += made.isNew ? 1 : 0
            case .failure(let error):
                result.problems.append(Problem(index: request.index, prompt: request.prompt, reason: "\(error)"))
            }
            progress(clock.progress(number + 1))
        }
        result.remarks = cache.remarks
        return result
    }

    /// The image of a request, or why it could not be made.
    ///
    /// - Parameter failures: in a row so far.
    /// - Throws: what ends the run: too many failures in a row, a disk that takes no more, `CancellationError`.
    func attempt(
        _ request: ImageRequest, _ failures: inout Int
    ) async throws -> Swift.Result<(file: URL, isNew: Bool), any Error> {
        do {
            let (_, file, isNew) = try await cache.image(request, of: generator)
            failures = 0
            return .success((file, isNew))
        } catch let error as CancellationError {
            throw error
        } catch let error as GenerationError where error.isFatal {
            throw error
        } catch {
            failures += 1
            try giveUp(failures, error)
            return .failure(error)
        }
    }

    private func giveUp(_ failures: Int, _ error: any Error) throws {
        guard failures >= patience else { return }
        throw GenerationError(
            source: generator.identity, found: "\(failures) images in a row that could not be made, the last: \(error)",
            expected: "images", advice: "mend the generator and run again; what was made is kept", isFatal: true)
    }

    /// A sheet of the first images with their prompts.
    ///
    /// - Parameters:
    ///   - result: what was made.
    ///   - count: images at most.
    ///   - columns: images in a row.
    /// - Throws: `ImageError` for a file that is gone.
    /// - Precondition: `count` and `columns` are positive.
    public static func sheet(_ result: Result, title: String, count: Int = 30, columns: Int = 5) throws -> RGBImage {
        precondition(count > 0 && columns > 0, "ImageSynthesis: count \(count) and columns \(columns) must be positive")
        let tiles = try result.images.prefix(count).map { image in
            PictureSheet.Tile(
                try ImageFile.load(URL(fileURLWithPath: image.file)), caption: "\(image.index) \(image.prompt)")
        }
        let rows = stride(from: 0, to: tiles.count, by: columns).map { Array(tiles[$0..<min($0 + columns, tiles.count)]) }
        return PictureSheet(title: title, rows: rows).rendered()
    }
}
