public import Datasets
internal import Diffusion
public import Foundation
public import SegModels
public import TensorCore

/// SAM as a boundary refiner (Syn4Seg, SABR): the photo is embedded once, and the tight box of every region is a prompt.
///
/// A box runs from the centre of a region's first pixels to that of its last, as the reference package draws the boxes of masks.
public struct SAMRefiner: BoundaryRefiner {
    /// What SAM is told and which of its masks is taken. The paper names boxes alone.
    public struct Options: Hashable, RangedConfiguration {
        /// What SAM is told of a region beside its box.
        public enum Further: String, Sendable, Hashable, Codable {
            /// Nothing.
            case nothing
            /// The region itself, as if it were the mask of an earlier run.
            case mask
            /// A point inside: the region's pixel that is nearest to its centroid.
            case centre
        }

        /// Which mask is the answer.
        public enum Choice: String, Sendable, Hashable, Codable {
            /// The one that SAM gives for clear prompts, as boxes are.
            case single
            /// Of the three that SAM gives for ambiguous prompts the one whose predicted IoU is highest.
            case surest
        }

        /// What SAM is told beside the box.
        public var further = Further.nothing
        /// Which mask is the answer.
        public var choice = Choice.single
        /// The logit of the region's pixels where ``further`` is its mask; other pixels have its negative.
        public var maskLogit: Float = 7
        /// Regions that are decoded together. More need more memory (some 60 MB each at SAM's own size), and the answers are the same
        /// up to rounding.
        public var batchSize = 16

        public static let ranges: ConfigurationRanges = [
            "maskLogit": .real(above: 0, upTo: 100), "batchSize": .whole(1...4096),
        ]

        /// The defaults.
        public init() {}
    }

    /// The network.
    public let model: SegmentAnything
    /// What it is told.
    public let options: Options
    public let identity: String

    /// A refiner.
    ///
    /// - Parameters:
    ///   - model: the network. Its identity is `SegmentAnything.weightsSHA256`, or the digest of its tensors where it was
    ///     not loaded from a file.
    ///   - options: what it is told.
    /// - Throws: `ConfigurationError` for a number out of its range.
    public init(_ model: SegmentAnything, _ options: Options = Options()) throws(ConfigurationError) {
        try options.validate(source: "SAMRefiner")
        self.model = model
        self.options = options
        let weights = model.weightsSHA256 ?? model.contentDigest
        let told = options.further == .mask ? "mask of \(options.maskLogit)" : options.further.rawValue
        identity = "sam \(weights) \(model.precision) further \(told) choice \(options.choice)"
    }

    /// A refiner with the weights of a file; see `SegmentAnything.load(weights:)`.
    ///
    /// - Throws: `SAMError` for the file; `ConfigurationError` for a number out of its range.
    public static func load(
        weights: URL, _ options: Options = Options(), precision: Precision = .float32
    ) throws -> SAMRefiner {
        try options.validate(source: "SAMRefiner")
        return try SAMRefiner(SegmentAnything.load(weights: weights, precision: precision), options)
    }

    /// A region without pixels, or whose box is outside of the photo, is answered with no pixels and the score 0. The score of others
    /// is the predicted IoU, brought into 0...1.
    public func refine(_ regions: [PromptedRegion], in photo: RGBImage) -> [RefinedRegion] {
        let none = [Bool](repeating: false, count: photo.height * photo.width)
        let nothing = RefinedRegion(mask: BinaryMask(height: photo.height, width: photo.width, values: none), score: 0)
        var answers = [RefinedRegion](repeating: nothing, count: regions.count)
        withoutGradients {
            let frame = SAMFrame(
                original: Size2D(height: photo.height, width: photo.width), side: model.configuration.imageSize)
            let prompts = regions.map { prompt($0, frame) }
            let asked = prompts.indices.filter { prompts[$0] != nil }
            guard !asked.isEmpty else { return }
            let embedding = model.embed(photo)
            for start in stride(from: 0, to: asked.count, by: options.batchSize) {
                let batch = asked[start..<min(start + options.batchSize, asked.count)]
                let found = decoded(embedding, batch.compactMap { prompts[$0] })
                for (place, number) in batch.enumerated() { answers[number] = answer(found[place], photo) }
            }
        }
        return answers
    }

    /// One mask a prompt.
    private func decoded(_ embedding: SAMEmbedding, _ prompts: [SAMPrompt]) -> SAMMasks {
        switch options.choice {
        case .single: model.masks(embedding, prompts, multimask: false)
        case .surest: model.masks(embedding, prompts, multimask: true).surest()
        }
    }

    /// The masks are brought to the photo's size one by one, so that a large photo with many regions does not fill the memory.
    private func answer(_ masks: SAMMasks, _ photo: RGBImage) -> RefinedRegion {
        let inside = (masks.logits() .> 0).bytes.map { $0 != 0 }
        let quality = masks.qualities.scalar
        return RefinedRegion(
            mask: BinaryMask(height: photo.height, width: photo.width, values: inside),
            score: quality.isNaN ? 0 : min(max(quality, 0), 1))
    }

    /// What SAM is asked of a region; nil where there is nothing to ask.
    private func prompt(_ region: PromptedRegion, _ frame: SAMFrame) -> SAMPrompt? {
        let (height, width) = (frame.original.height, frame.original.width)
        precondition(
            (region.mask.height, region.mask.width) == (height, width),
            "SAMRefiner: a mask of \(region.mask.width)x\(region.mask.height) for a photo of \(width)x\(height)")
        let (x0, y0) = (max(region.box.x0, 0), max(region.box.y0, 0))
        let (x1, y1) = (min(region.box.x1, width), min(region.box.y1, height))
        guard x0 < x1, y0 < y1, let centre = Self.centre(of: region.mask) else { return nil }
        let box = SAMPrompt.Box(left: Float(x0), top: Float(y0), right: Float(x1 - 1), bottom: Float(y1 - 1))
        switch options.further {
        case .nothing: return SAMPrompt(box: box)
        case .centre: return SAMPrompt(points: [centre], box: box)
        case .mask:
            return SAMPrompt(box: box, mask: model.maskPrompt(region.mask.tensor(), in: frame, logit: options.maskLogit))
        }
    }

    /// The pixel nearest to the centroid, of equals the first; nil for a mask without pixels.
    static func centre(of mask: BinaryMask) -> SAMPrompt.Point? {
        let pixels = mask.values.indices.filter { mask.values[$0] }
        guard !pixels.isEmpty else { return nil }
        let width = mask.width
        let count = Double(pixels.count)
        let x = pixels.reduce(0) { $0 + Double($1 % width) } / count
        let y = pixels.reduce(0) { $0 + Double($1 / width) } / count
        func distance(_ pixel: Int) -> Double {
            let (right, down) = (Double(pixel % width) - x, Double(pixel / width) - y)
            return right * right + down * down
        }
        let nearest = pixels.min { distance($0) < distance($1) }
        return nearest.map { SAMPrompt.Point(x: Float($0 % width), y: Float($0 / width)) }
    }
}
