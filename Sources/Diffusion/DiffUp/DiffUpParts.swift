public import Datasets
public import SegModels
public import TensorCore

/// The parts of a DiffUp model as values: what a researcher replaces. A configuration makes the usual ones
/// (``DiffUpConfiguration/parts()``); any of them may come from another package.
public struct DiffUpParts: Sendable {
    /// The priors of the supports, in channel order.
    public var priors: [BAFT.Prior]
    /// Priors of the episode's words, by name; they need a backbone that shares a space with text, and follow ``priors``.
    public var textPriors: [TextPrior] = []
    /// Turns the episode's words into vectors for ``textPriors``.
    public var textEncoder: (any TextEncoder)?
    /// Says where the episode's words hold in a photo that has no annotation: its activation, parted by Otsu's threshold, is the mask.
    public var textActivation: any TextPriorTransformation = ForegroundCosine()
    /// How the query's self-similarity weighs priors.
    public var affinity: any PriorAffinity = CosineAffinity()
    /// How priors of several views become one condition.
    public var fusion: any PriorFusion = UAPF()
    /// What joins the conditions beside priors.
    public var information: [any QueryInformationSource] = [EdgeInformation()]
    /// How one support becomes several views.
    public var views: any SupportViewSource = SupportViews()
    /// Finds the thing in supports without an annotation, where no words are looked up.
    public var discovery: any SupportDiscovery = CoSegmentation()
    /// The forward process.
    public var process = ProcessConfiguration().process
    /// How masks are drawn.
    public var sampler: any MaskSampler = DDIMSampler(steps: SamplingConfiguration().steps)
    /// Ends a walk when the IoU predicted for its mask moves no more than this between steps; 0 walks to the end.
    public var settledTolerance: Float = 0
    /// Independent samples that are averaged.
    public var ensemble = 5
    /// The seed of the first noise.
    public var seed: UInt64 = 0
    /// The square that photos are resized to for the backbone, in pixels.
    public var imageSize = 320
    /// Judges whether the thing is in the photo at all; nil for no judgement beside the mask.
    public var presence: PresenceCalibration?

    /// Parts with these priors and the defaults for the rest.
    public init(priors: [BAFT.Prior]) { self.priors = priors }

    /// What the condition channels mean.
    public var layout: ConditionLayout {
        func layout(_ fusion: some PriorFusion) -> ConditionLayout {
            ConditionLayout(priors: priors.map(\.name) + textPriors.map(\.name), fusion: fusion, information: information)
        }
        return layout(fusion)
    }

    /// The priors' computation.
    var baft: BAFT { BAFT(priors: priors, affinity: affinity) }
}

/// A prior of words.
public struct TextPrior: Sendable {
    /// What layouts and pictures call it.
    public var name: String
    /// The function of equation 9.
    public var transformation: any TextPriorTransformation

    /// Names a prior.
    public init(name: String, _ transformation: any TextPriorTransformation) {
        self.name = name
        self.transformation = transformation
    }
}

extension DiffUpConfiguration {
    /// The values that the settings name.
    ///
    /// - Throws: `UnknownName` for a prior, a source of query information or a sampler that is not registered.
    public func parts() throws(UnknownName) -> DiffUpParts {
        var priors: [BAFT.Prior] = []
        for kind in self.priors { priors.append(try kind.prior()) }
        var parts = DiffUpParts(priors: priors)
        parts.affinity = affinity
        parts.fusion = fusion
        parts.information = []
        for name in information { parts.information.append(try QueryInformationRegistry.sources.member(named: name)) }
        parts.views = views
        parts.process = process.process
        parts.sampler = try sampling.makeSampler()
        parts.settledTolerance = sampling.settledTolerance
        parts.ensemble = sampling.ensemble
        parts.seed = sampling.seed
        parts.imageSize = imageSize
        return parts
    }

    /// The denoiser that the settings name, with random weights.
    ///
    /// - Throws: `UnknownName` for a part that is not registered.
    public func makeDenoiser(_ scope: ParameterScope) throws(UnknownName) -> any MaskDenoiser {
        let width = try parts().layout.count
        let family = try DenoiserRegistry.denoisers.member(named: denoiser)
        return family.make(scope, self, [Int](repeating: width, count: decoder.channels.count))
    }

    /// A ``UQDD`` of this shape with random weights, whatever denoiser the settings name.
    ///
    /// - Throws: `UnknownName` for a part that is not registered.
    public func makeDecoder(_ scope: ParameterScope) throws(UnknownName) -> UQDD {
        let width = try parts().layout.count
        return UQDD(
            scope, decoder, conditionChannels: [Int](repeating: width, count: decoder.channels.count), steps: process.steps)
    }
}
