internal import Datasets
internal import SegModels
internal import TensorCore

extension DiffUpPipeline {
    /// Classes that a first look draws in one call of the denoiser; more would be no faster, only take more memory.
    private static let mostLooks = 16

    /// The look's noise has a name of its own, so that it is no member of the ensemble.
    private static func lookSeed(_ seed: UInt64) -> UInt64 {
        UInt64(ContentKey("first look", String(seed)).digest.prefix(16), radix: 16) ?? seed
    }

    /// What is known of a class before the decoder is asked.
    private enum Asked {
        /// By priors alone it is not there.
        case absent(FoundMask)
        case open(MaskConditions, PresenceSignals?)
    }

    /// One pass over a photo for several classes: features, features for words, colours and edges are computed once.
    ///
    /// - Parameters:
    ///   - photo: the photo.
    ///   - reduced: the photo, or a smaller copy, for colours and edges.
    ///   - shown: the classes.
    ///   - absentBelow: the decoder is not asked about classes whose priors alone tell of a lower presence; nil to ask about all.
    ///   - look: says which of several classes the whole ensemble draws; nil for all. A single class is drawn without a look.
    func masks(
        of photo: RGBImage, reduced: RGBImage, shown: [ShownConcept], absentBelow: Float? = nil, look: (any FirstLook)? = nil
    ) throws -> [FoundMask] {
        try withoutGradients {
            let queries = try queryFeatures(photo)
            let shared = JointPhoto(photo)
            var known: QueryInformation?
            func ask(_ concept: ShownConcept) throws -> Asked {
                try Task.checkCancellation()
                return try asked(concept, in: photo, reduced, queries, shared, &known, absentBelow)
            }
            guard let look, shown.count > 1 else { return try shown.map { try drawn(ask($0)) } }
            return try drawn(shown.map(ask), after: look)
        }
    }

    /// Everything before the decoder.
    private func asked(
        _ concept: ShownConcept, in photo: RGBImage, _ reduced: RGBImage, _ queries: [[QueryFeatures]],
        _ shared: JointPhoto, _ known: inout QueryInformation?, _ absentBelow: Float?
    ) throws -> Asked {
        let priors = try priors(of: concept, in: photo, queries, shared)
        let calibration = extractors[0].parts.presence
        var signals = calibration.map { _ in PresenceSignals(priors: extractors[0].parts.priors.map(\.name)) }
        signals?.record(.priors(priors))
        if let absentBelow, let presence = calibration?.presence(ifKnownFrom: signals?.values ?? [:]), presence < absentBelow {
            let side = denoiser.resolution
            let mask = Tensor(repeating: 0, shape: [1, side, side, 1], beside: priors[0][0])
            return .absent(FoundMask(mask: mask, steps: 0, presence: presence))
        }
        let information = known ?? information(reduced, beside: priors)
        known = information
        return .open(conditions(priors, information, query: queries[0]), signals)
    }

    /// A class by the whole ensemble.
    private func drawn(_ asked: Asked) throws -> FoundMask {
        switch asked {
        case .absent(let found): return found
        case .open(let conditions, var signals):
            var steps = 0
            let mask = try mask(conditions) { event in
                if case .step = event { steps += 1 }
                signals?.record(event)
            }
            return FoundMask(mask: mask, steps: steps, signals: signals)
        }
    }

    /// Classes by the whole ensemble where a look finds them, else by the look.
    private func drawn(_ classes: [Asked], after look: any FirstLook) throws -> [FoundMask] {
        let open = classes.compactMap { asked -> (conditions: MaskConditions, signals: PresenceSignals?)? in
            if case .open(let conditions, let signals) = asked { (conditions, signals) } else { nil }
        }
        var seen: [Seen] = []
        for start in stride(from: 0, to: open.count, by: Self.mostLooks) {
            seen += try self.seen(open[start..<min(start + Self.mostLooks, open.count)])
        }
        let scores = look.scores(of: seen.map(\.looked))
        precondition(scores.count == seen.count, "FirstLook: \(scores.count) scores for \(seen.count) classes")
        var next = 0
        return try classes.map { asked in
            guard case .open = asked else { return try drawn(asked) }
            let (saw, score) = (seen[next], scores[next])
            next += 1
            let outcome = FirstLookOutcome(score: score, isFound: score >= look.threshold)
            guard outcome.isFound else {
                return FoundMask(mask: saw.mask, steps: saw.steps, presence: saw.looked.presence, look: outcome)
            }
            var found = try drawn(asked)
            found.steps += saw.steps
            found.look = outcome
            return found
        }
    }

    /// What one sample shows of a class.
    private struct Seen {
        /// `[1, s, s, 1]`.
        var mask: Tensor
        var steps: Int
        var looked: LookedClass
    }

    /// One sample of each class, all in one call of the denoiser a step.
    private func seen(
        _ classes: ArraySlice<(conditions: MaskConditions, signals: PresenceSignals?)>
    ) throws -> [Seen] {
        let (parts, side, count) = (extractors[0].parts, denoiser.resolution, classes.count)
        let conditions = MaskConditions.joined(classes.map(\.conditions))
        let prepared = denoiser.prepared(for: conditions, precision: precision)
        var random = TorchRandom(seed: Self.lookSeed(parts.seed))
        let noise = random.normal(shape: [1, side, side, 1], beside: conditions.image)
        var steps = 0
        let clean = try parts.sampler.briefest.sample(
            parts.process, noise: .concatenated([Tensor](repeating: noise, count: count), axis: 0),
            expectation: conditions.expectation, random: &random, onStep: { _ in steps += 1 },
            denoise: { x, t in
                try Task.checkCancellation()
                let timesteps = Tensor(repeating: Double(t), shape: [count], dtype: .int64, beside: x)
                return prepared(x, timesteps: timesteps).prediction
            })
        let quality = parts.presence == nil ? nil : prepared.quality(of: clean)?.iou
        return classes.enumerated().map { place, one in
            let mask = (clean.sliced(axis: 0, from: place, count: 1) + 1) * 0.5
            let map = ProbabilityMap(mask)
            var presence = PresenceScore.standard.value(of: .probabilities(map))
            if let calibration = parts.presence, var signals = one.signals {
                signals.record(single: mask, predictedIoU: quality?.sliced(axis: 0, from: place, count: 1).scalar)
                signals.record(map)
                presence = calibration.presence(signals.values)
            }
            return Seen(mask: mask, steps: steps, looked: LookedClass(probabilities: map, presence: presence))
        }
    }

    /// Raw priors of each backbone, one a level.
    private func priors(
        of concept: ShownConcept, in photo: RGBImage, _ queries: [[QueryFeatures]], _ shared: JointPhoto
    ) throws -> [[Tensor]] {
        switch concept {
        case .prototypes(let prototypes):
            zip(extractors, zip(prototypes, queries)).map { extractor, own in
                extractor.adding(nil, to: extractor.priors(own.0, query: own.1))
            }
        case .bare(let supports, let text, let further) where further.isEmpty:
            try priors(Episode(query: photo, supports: supports, text: text), queries: queries, shared)
        case .bare(let supports, let text, let further):
            try zip(extractors, zip(further, queries)).map { extractor, own in
                // What words find in the photo shows the rest of the thing.
                let marks = supports.isEmpty ? [Support(image: photo, annotation: .none)] : supports
                let episode = Episode(query: photo, supports: marks, text: text)
                let marked = try extractor.prototypes(of: extractor.annotated(episode, query: own.1, shared))
                return extractor.adding(
                    try extractor.textPriors(episode, shared), to: extractor.priors(.joined(marked, own.0), query: own.1))
            }
        }
    }
}
