internal import SegModels

/// A decoder of the paper's tables: what it is trained with otherwise than the full model.
struct DiffUpVariant: Sendable {
    /// The name of its files and records.
    let id: String
    /// The name in tables.
    let title: String
    /// Changes the full model's settings; the channels of the backbone's finest level come beside.
    let change: @Sendable (inout DiffUpSettings, _ finestChannels: Int) -> Void

    private init(
        _ id: String, _ title: String, _ change: @escaping @Sendable (inout DiffUpSettings, Int) -> Void = { _, _ in }
    ) {
        (self.id, self.title, self.change) = (id, title, change)
    }

    static let full = DiffUpVariant("full", "DiffUp")

    // Table 6.
    static let noAffinity = DiffUpVariant("no-affinity", "without affinity") { settings, _ in
        let plain = settings.model.priors.map { PriorKind($0.transformation) }
        settings.model.priors = plain.enumerated().filter { plain.firstIndex(of: $1) == $0 }.map(\.element)
    }
    static let noEdges = DiffUpVariant("no-edges", "without edges") { settings, _ in settings.model.information = [] }
    static let noIoU = DiffUpVariant("no-iou", "without IoU modulation") { settings, _ in
        settings.model.decoder.iouModulation = false
    }
    static let noError = DiffUpVariant("no-error", "without error-map modulation") { settings, _ in
        settings.model.decoder.errorModulation = false
    }
    static let noQuality = DiffUpVariant("no-dqm", "without DQM") { settings, _ in settings.model.decoder.quality = false }

    // Table 7: one transformation and nothing beside it, as in the text.
    static let cosine = DiffUpVariant("cosine", "cosine") { settings, _ in alone("foreground", &settings) }
    static let distances: [DiffUpVariant] = DistancePrior.all.map(\.name).map { name in
        DiffUpVariant(name, name) { settings, _ in alone(name, &settings) }
    }
    static let multiMetric = DiffUpVariant("multi-metric", "multi-metric training") { settings, _ in
        alone("foreground", &settings)
        settings.training.augmentation.metrics =
            ["foreground"] + DistancePrior.all.filter(\.isNormalized).map(\.name)
    }

    // Table 8.
    static let style = DiffUpVariant("style", "StyleGAN2-style decoder") { settings, _ in
        settings.model.denoiser = DenoiserRegistry.style
        settings.model.sampling.sampler = "one-step"
        settings.model.process.shift = .none
        settings.model.process.prediction = .sample
    }

    // Table 9.
    static let lowLevel = DiffUpVariant("lfe", "DiffUp + LFE") { settings, channels in
        settings.model.decoder.lowLevelChannels = channels
    }

    // Section 3.3.3 leaves the offset open.
    static let shifted = DiffUpVariant("shifted", "shifted diffusion, quadratic") { settings, _ in
        settings.model.process.shift = .quadratic
    }

    /// The text as it is written, at the full model's size and training.
    static let paper = DiffUpVariant("paper", "the paper's text: noise prediction, 50 steps") { settings, _ in
        let (decoder, sampling) = (settings.model.decoder, settings.model.sampling)
        let (imageSize, steps) = (settings.model.imageSize, settings.paperSteps)
        settings.model = .paper
        let (modulation, through) = (settings.model.decoder.modulation, settings.model.decoder.gradientsThroughQuality)
        settings.model.decoder = decoder
        (settings.model.decoder.modulation, settings.model.decoder.gradientsThroughQuality) = (modulation, through)
        (settings.model.imageSize, settings.model.sampling.steps) = (imageSize, min(steps, settings.model.process.steps))
        settings.model.sampling.ensemble = sampling.ensemble
    }

    /// All, in the order of the tables.
    static let all =
        [full, noAffinity, noEdges, noIoU, noError, noQuality, cosine] + distances + [
            multiMetric, style, lowLevel, shifted, paper,
        ]

    /// The variant of a record.
    static func named(_ id: String) -> DiffUpVariant? { all.first { $0.id == id } }

    private static func alone(_ name: String, _ settings: inout DiffUpSettings) {
        settings.model.priors = [PriorKind(name), PriorKind(name).enhanced]
    }
}
