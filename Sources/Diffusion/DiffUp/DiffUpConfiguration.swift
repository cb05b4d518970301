public import SegModels

/// Everything that decides what a DiffUp model computes, as its checkpoint stores it.
public struct DiffUpConfiguration: Sendable, Hashable, Codable {
    /// The decoder.
    public var decoder = UQDDConfiguration()
    /// The square that photos are resized to for the backbone, in pixels.
    public var imageSize = 320
    /// Which priors condition the decoder, in channel order.
    public var priors = PriorKind.allCases
    /// How the query's self-similarity weighs priors.
    public var affinity = AffinityOptions()
    /// How priors of several views become one condition.
    public var fusion = UAPF()
    /// How one support becomes several views.
    public var views = SupportViews()
    /// Whether edges of the query join the conditions.
    public var edges = true
    /// The forward process.
    public var process = ProcessConfiguration()
    /// How masks are drawn.
    public var sampling = SamplingConfiguration()

    /// The default model.
    public init() { matchDecoder() }

    /// Condition channels of a level: priors, then edges.
    public var conditionChannels: Int {
        fusion.channels(kinds: priors.count) + (edges ? QueryInformation.edgeChannels : 0)
    }

    /// Gives the decoder the condition widths and time scale that the other settings need.
    public mutating func matchDecoder() {
        decoder.conditionChannels = [Int](repeating: conditionChannels, count: UQDDConfiguration.levels)
        decoder.timeScale = 1000 / Float(process.steps)
    }
}

/// The forward process' settings.
public struct ProcessConfiguration: Sendable, Hashable, Codable {
    /// The curve of the variances.
    public var curve = NoiseSchedule.Curve.cosine
    /// Forward steps `T`; the paper's 250.
    public var steps = 250
    /// What the decoder estimates.
    public var prediction = PredictionType.sample
    /// The offset by the condition (equation 13).
    public var shift = ConditionShift.none

    /// The defaults.
    public init() {}

    /// The variances.
    public var schedule: NoiseSchedule { NoiseSchedule(curve, count: steps) }
}

/// How masks are drawn.
public struct SamplingConfiguration: Sendable, Hashable, Codable {
    /// DDIM steps. Two score as well as five on held-out base classes with 2/5 of the decoder's work; samples count.
    public var steps = 2
    /// Which timesteps the steps visit.
    public var spacing = TimestepSpacing.trailing
    /// Independent samples that are averaged; they run as one batch.
    public var ensemble = 5
    /// Noise of a step, 0 for none.
    public var eta: Float = 0
    /// The seed of the first noise. Every episode starts from it anew, so that its result does not depend on others.
    public var seed: UInt64 = 0

    /// The defaults.
    public init() {}
}
