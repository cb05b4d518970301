public import TensorCore

/// What ranks the generated pictures of a support by how well they keep its mask.
public enum ConsistencyMeasure: String, Sendable, Hashable, Codable, CaseIterable {
    /// The cosine of the features inside the mask with those of the support.
    case features
    /// The IoU of a segmenter's own mask with the shared one.
    case mask
    /// The mean of both.
    case both
}

/// Which mask a generated picture is shown with.
public enum AuxiliaryMask: String, Sendable, Hashable, Codable, CaseIterable {
    /// The support's, as DifFSS does it.
    case shared
    /// The one that a segmenter finds in the picture, where it finds a pixel.
    case estimated
}

/// The numbers and words of auxiliary supports, as one JSON file.
public struct AuxiliarySettings: VersionedConfiguration, Hashable {
    public static let version = 1

    /// Which pictures are kept.
    public struct Filter: Hashable, Codable, Sendable {
        /// Pictures that are made of each support; the best are kept. 0 for as many as are wanted.
        public var candidates = 0
        /// What ranks them.
        public var measure = ConsistencyMeasure.features
        /// Pictures below are left out, -1...1; -1 for none.
        public var threshold: Float = -1
    }

    /// Auxiliary supports of each real one: 4 in DifFSS.
    public var count = 4
    /// What the generator is told of the layout.
    public var control = ControlKind.segmentation
    /// What pictures show; `{class}` is the name of the class.
    public var prompt = "a real shot photo of {class}, best quality, extremely detailed"
    /// What they shall not show.
    public var negativePrompt = releasedNegativePrompt
    /// Steps of a diffusion model.
    public var steps = 20
    /// How much the prompt counts against the negative one.
    public var guidance: Float = 9
    /// How much the layout counts.
    public var strength: Float = 1
    /// The shorter side of the control picture, and so of what a diffusion model makes; 0 for the generator's own
    /// (``AuxiliaryGenerator/nativeSide``), and 512 where it has none.
    public var side = 0
    /// What seeds of pictures are drawn from.
    public var seed = 0
    /// Classes with a higher number have no auxiliary supports; 0 for none.
    public var highestClass = 0
    /// Whether the support itself stands in for pictures that are missing or left out.
    public var fillsUp = false
    /// Which pictures are kept.
    public var filter = Filter()
    /// Which mask they are shown with.
    public var mask = AuxiliaryMask.shared

    /// As it should be: 20 steps, one comma, classes of any number.
    public init() {}

    /// The release's words for what pictures shall not show.
    public static let releasedNegativePrompt =
        "longbody, lowres, bad anatomy, bad hands, missing fingers, extra digit, fewer digits, cropped, worst quality, low quality, artwork"

    /// As it was released (ControlNet4FSS), with its quirks: 2 steps, two commas in a row, nothing for COCO's classes above 20, seeds of 16
    /// bits, 512 pixels whatever the model, and the support itself where a picture is missing.
    public static var released: AuxiliarySettings {
        var settings = AuxiliarySettings()
        settings.prompt = "a real shot photo of {class},, best quality, extremely detailed"
        (settings.steps, settings.side) = (2, standardSide)
        settings.highestClass = 20
        settings.fillsUp = true
        return settings
    }

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

    public static var ranges: ConfigurationRanges {
        [
            "count": .whole(0...64), "steps": .whole(1...1000), "guidance": .real(0...1000), "strength": .real(-100...100),
            "side": .whole(0...4096), "seed": .seed, "highestClass": .whole(0...Int(Int32.max)),
            "filter.candidates": .whole(0...256), "filter.threshold": .real(-1...1),
        ]
    }

    public func validateRelations(source: String) throws(ConfigurationError) {
        try validateSide(source: source)
        guard filter.candidates == 0 || filter.candidates >= count else {
            throw ConfigurationError(
                source: source, key: "filter.candidates",
                reason: "found \(filter.candidates), expected 0 or at least count \(count)")
        }
    }

    /// The release's shorter side.
    private static let standardSide = 512
    private static let sides = 64...4096

    func validateSide(source: String) throws(ConfigurationError) {
        guard side == 0 || Self.sides.contains(side) else {
            throw ConfigurationError(source: source, key: "side", reason: "found \(side), expected 0 or 64...4096")
        }
    }

    /// The shorter side of the control picture for a generator, at least 64.
    func side(for generator: any AuxiliaryGenerator) -> Int {
        guard side == 0 else { return side }
        let own = generator.nativeSide ?? Self.standardSide
        return min(max(own, Self.sides.lowerBound), Self.sides.upperBound)
    }

    /// Pictures that are made of each support.
    public var made: Int { count == 0 ? 0 : max(count, filter.candidates) }

    /// Whether pictures are compared with the support.
    public var compares: Bool { made > count || filter.threshold > -1 }

    /// Whether a segmenter is asked about pictures.
    public var asksSegmenter: Bool { mask == .estimated || (compares && filter.measure != .features) }

    /// The words for a class.
    public func prompt(for className: String) -> String { prompt.replacing("{class}", with: className) }
}
