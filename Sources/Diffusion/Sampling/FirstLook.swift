public import Datasets

/// Says which of several classes in a photo are worth the whole ensemble, after a look with one sample at each of them.
///
/// A replaceable value that ``ConceptFinder`` takes. The look is the model's own sampler in as few steps as its plan permits
/// (``MaskSampler/briefest``), one member, from one noise for all classes, the model's seed under the name "first look". A class that is not
/// found keeps what the look saw of it, and in a ``PredictionRun`` has no pixels; all others are drawn as without a look, to the same bits.
public protocol FirstLook: Sendable {
    /// Classes of at least this score are found.
    var threshold: Float { get }

    /// A score for each of the classes, in their order.
    func scores(of classes: [LookedClass]) -> [Float]
}

/// One of several classes as the first look saw it.
public struct LookedClass: Sendable {
    /// Its probabilities, in the size of the denoiser's masks.
    public var probabilities: ProbabilityMap
    /// How sure one sample makes the model that the class is in the photo at all, 0...1.
    public var presence: Float

    /// Describes what was seen of a class.
    public init(probabilities: ProbabilityMap, presence: Float) {
        (self.probabilities, self.presence) = (probabilities, presence)
    }
}

/// What a first look said of a class in a photo; of a photo in tiles the highest score, and found where any tile shows it.
public struct FirstLookOutcome: Sendable, Hashable, Codable {
    /// The score that decided.
    public var score: Float
    /// Whether the class was drawn by the whole ensemble. One that was not has the probabilities and the presence of the look, and no pixels.
    public var isFound: Bool

    /// Describes an outcome.
    public init(score: Float, isFound: Bool) { (self.score, self.isFound) = (score, isFound) }

    private enum CodingKeys: String, CodingKey {
        case score
        case isFound = "found"
    }

    /// The outcome of two parts of a photo.
    static func joined(_ one: FirstLookOutcome?, _ other: FirstLookOutcome?) -> FirstLookOutcome? {
        guard let one, let other else { return one ?? other }
        return FirstLookOutcome(score: max(one.score, other.score), isFound: one.isFound || other.isFound)
    }
}

/// Finds classes by their presence: each for itself.
public struct PresenceLook: FirstLook, Hashable {
    /// As likely there as not.
    public static let standardThreshold: Float = 0.5

    public var threshold: Float

    /// Names the least presence.
    public init(threshold: Float = standardThreshold) { self.threshold = threshold }

    public func scores(of classes: [LookedClass]) -> [Float] { classes.map(\.presence) }
}

/// Finds classes by the best of the pixels that they lead: those on which no other class has a higher probability times presence, by which
/// `ConceptDecision` gives them away. A class that leads nowhere would own no pixel, however well it was drawn.
///
/// The score is the mean of probability times presence over the surest 0.2 % of all pixels, those that others lead being 0.
public struct LeadingLook: FirstLook, Hashable {
    /// Half of the probability from which on a pixel usually counts: one sample in one step may miss by as much.
    public static let standardThreshold: Float = 0.25
    /// Eight pixels of 64 x 64: the smallest things have a few.
    static let share = 0.002

    public var threshold: Float

    /// Names the least score.
    public init(threshold: Float = standardThreshold) { self.threshold = threshold }

    /// - Precondition: the maps have one size.
    public func scores(of classes: [LookedClass]) -> [Float] {
        guard let first = classes.first?.probabilities else { return [] }
        var highest = [Float](repeating: 0, count: first.values.count)
        for one in classes {
            precondition(one.probabilities.values.count == highest.count, "LeadingLook: the maps have different sizes")
            for (pixel, value) in one.probabilities.values.enumerated() {
                highest[pixel] = max(highest[pixel], value * one.presence)
            }
        }
        let peak = PresenceScore.meanOfTop(share: Self.share)
        return classes.map { one in
            let led = zip(one.probabilities.values, highest).map { value, highest in
                value * one.presence >= highest ? value * one.presence : 0
            }
            return peak.value(of: .probabilities(ProbabilityMap(height: first.height, width: first.width, values: led)))
        }
    }
}
