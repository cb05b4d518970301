public import SegModels
public import TensorCore

/// Everything that decides what a DiffUp model computes, as its checkpoint stores it. ``parts()`` makes the values from it.
public struct DiffUpConfiguration: Hashable, VersionedConfiguration {
    /// Which denoiser: a name of ``DenoiserRegistry``.
    public var denoiser = DenoiserRegistry.uqdd
    /// The shape of the decoder.
    public var decoder = UQDDConfiguration()
    /// The square that photos are resized to for the backbone, in pixels.
    public var imageSize = 320
    /// Which priors condition the decoder, in channel order.
    public var priors = PriorKind.standard
    /// How the query's self-similarity weighs priors.
    public var affinity = CosineAffinity()
    /// How priors of several views become one condition.
    public var fusion = UAPF()
    /// How one support becomes several views.
    public var views = SupportViews()
    /// What joins the conditions beside priors: names of `QueryInformationRegistry`.
    public var information = ["edges"]
    /// The forward process.
    public var process = ProcessConfiguration()
    /// How masks are drawn.
    public var sampling = SamplingConfiguration()

    /// The default model.
    public init() {}

    /// The text of the paper as it is written: cosine priors in the probability space, plain and with the affinity's product
    /// (equations 10 and 11), mean and variance of four views and four fixed priors, edges, the shifted process of
    /// equation 13 with T = 250, noise prediction (equation 8), `gamma * AdaIN + beta` (equation 17), the quality branch trained
    /// through, 50 DDIM steps and an ensemble.
    ///
    /// Open in the text and chosen here: the affinity's rows add up to one; `s_t` is ShiftDDPMs' quadratic one; betas are
    /// linear; the second and third view are crops around the object; masks have 64 x 64 pixels; the ensemble has five samples.
    public static var paper: DiffUpConfiguration {
        var paper = DiffUpConfiguration()
        paper.priors = [.foreground, PriorKind.foreground.enhanced]
        paper.affinity.centred = false
        paper.affinity.power = 1
        paper.fusion.normalization = .probability
        paper.decoder.modulation = .text
        paper.decoder.gradientsThroughQuality = true
        paper.process = ProcessConfiguration(curve: .linear, steps: 250, prediction: .epsilon, shift: .quadratic)
        paper.sampling.steps = 50
        paper.sampling.spacing = .linspace
        return paper
    }
}

/// The forward process' settings.
public struct ProcessConfiguration: Hashable, RangedConfiguration {
    /// The curve of the variances.
    public var curve: NoiseSchedule.Curve
    /// Forward steps `T`; the paper's 250.
    public var steps: Int
    /// What the decoder estimates.
    public var prediction: PredictionType
    /// The offset by the condition (equation 13).
    public var shift: ConditionShift

    public static let ranges: ConfigurationRanges = ["steps": .whole(1...100_000)]

    /// The defaults, or others.
    public init(
        curve: NoiseSchedule.Curve = .cosine, steps: Int = 250, prediction: PredictionType = .sample,
        shift: ConditionShift = .none
    ) {
        self.curve = curve
        self.steps = steps
        self.prediction = prediction
        self.shift = shift
    }

    /// The process.
    public var process: DiffusionProcess {
        DiffusionProcess(schedule: NoiseSchedule(curve, count: steps), prediction: prediction, shift: shift)
    }
}

/// How masks are drawn.
public struct SamplingConfiguration: Hashable, RangedConfiguration {
    /// Which sampler: a name of ``SamplerRegistry``.
    public var sampler = "ddim"
    /// Its steps. Two of DDIM score as well as five on held-out base classes with 2/5 of the decoder's work; samples count.
    public var steps = 2
    /// Which timesteps the steps visit.
    public var spacing = TimestepSpacing.trailing
    /// Independent samples that are averaged; they run as one batch.
    public var ensemble = 5
    /// Noise of a step of DDIM, 0 for none.
    public var eta: Float = 0
    /// Ends a walk when the IoU that the quality branch predicts for the clean mask moves no more than this from one step to the
    /// next; 0 walks to the end.
    public var settledTolerance: Float = 0
    /// The seed of the first noise. Every episode starts from it anew, so that its result does not depend on others.
    public var seed: UInt64 = 0

    public static let ranges: ConfigurationRanges = [
        "steps": .whole(1...100_000), "ensemble": .whole(1...1000), "eta": .real(0...1),
        "settledTolerance": .real(0...1), "seed": .seed,
    ]

    /// The defaults.
    public init() {}

    /// Reads settings; what earlier manifests do not have has its default.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        sampler = try values.decodeIfPresent(String.self, forKey: .sampler) ?? sampler
        steps = try values.decode(Int.self, forKey: .steps)
        spacing = try values.decode(TimestepSpacing.self, forKey: .spacing)
        ensemble = try values.decode(Int.self, forKey: .ensemble)
        eta = try values.decode(Float.self, forKey: .eta)
        settledTolerance = try values.decodeIfPresent(Float.self, forKey: .settledTolerance) ?? settledTolerance
        seed = try values.decode(UInt64.self, forKey: .seed)
    }

    /// The sampler that the settings name.
    ///
    /// - Throws: `UnknownName`.
    public func makeSampler() throws(UnknownName) -> any MaskSampler {
        try SamplerRegistry.samplers.member(named: sampler)(self)
    }
}
