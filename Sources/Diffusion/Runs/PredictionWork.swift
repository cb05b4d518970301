internal import Datasets
internal import Foundation

/// What a prediction does with one photo. What cannot be read, computed or written is said in the record, and the rest is there.
struct PredictionWork {
    let run: PredictionRun
    let finder: ConceptFinder
    /// Whether concepts were asked for by name.
    let isNamed: Bool
    let model: DiffUp
    /// Says which of several concepts are drawn in full.
    let look: (any FirstLook)?
    /// What is shown, for a run that explains.
    let supports: [Support]
    let folder: RunFolder

    private var isSingle: Bool { finder.names.count == 1 }
    private var isExplained: Bool { run.explains || run.figures }

    /// - Parameters:
    ///   - query: the photo's place and name.
    ///   - content: the photo.
    ///   - following: finds the concepts in place of ``finder``, for a frame of a video.
    ///   - before: the frame before, that `following` knows.
    /// - Throws: `CancellationError` when the task was cancelled.
    func record(
        _ query: QueryPhoto, _ content: Result<QueryContent, any Error>, by following: ConceptFinder? = nil,
        after before: PredictedBefore? = nil
    ) throws -> PredictionRecord {
        var record = PredictionRecord(query: query.url.path, name: query.name)
        record.before = before
        do {
            let content = try content.get()
            record.sha256 = content.sha256
            (record.height, record.width) = (content.image.height, content.image.width)
            let decision = try decision(content.image, query, by: following ?? finder, &record)
            try write(decision, content.image, query, &record)
        } catch let error as CancellationError {
            throw error
        } catch {
            record.error = "\(error)"
        }
        return record
    }

    /// Finds all concepts, writes their probabilities and gives every pixel to one of them.
    private func decision(
        _ photo: RGBImage, _ query: QueryPhoto, by finder: ConceptFinder, _ record: inout PredictionRecord
    ) throws -> ConceptDecision {
        var decision = ConceptDecision(
            height: photo.height, width: photo.width, overlap: isSingle ? .pixels : run.overlap)
        var concepts: [PredictedConcept] = []
        func take(_ index: Int, _ map: ProbabilityMap, _ presence: Float, _ look: FirstLookOutcome? = nil) throws {
            // What one sample sees of a class that it does not find is told, but has no pixels.
            let isAbsent = run.absentBelow.map { presence < $0 } ?? false || look?.isFound == false
            decision.add(map, threshold: isAbsent ? .infinity : run.threshold, presence: presence)
            record.presence = max(record.presence ?? 0, presence)
            let place = isSingle ? "" : "\(index + 1)-\(Self.plain(finder.names[index]))/"
            let file = try written("probabilities/\(place)\(query.name).png", &record) { try map.save(to: $0) }
            if isSingle { record.probability = file }
            concepts.append(
                PredictedConcept(name: finder.names[index], share: 0, presence: presence, probability: file, look: look))
        }
        if isExplained {
            let prediction = try explained(photo, query, &record)
            try take(0, prediction.map, PresenceScore.judged.value(of: prediction))
        } else {
            var steps = 0
            try finder.find(in: photo, tiling: run.tiling, absentBelow: run.absentBelow, look: look) { index, finding in
                steps += finding.steps
                try take(index, finding.probabilities, finding.presence, finding.look)
            }
            if model.parts.settledTolerance > 0 { record.steps = steps }
        }
        if isNamed { record.concepts = concepts }
        decision.settle(run.instances)
        return decision
    }

    private func write(
        _ decision: ConceptDecision, _ photo: RGBImage, _ query: QueryPhoto, _ record: inout PredictionRecord
    ) throws {
        let pixels = Double(photo.width * photo.height)
        var (overlay, found, area): (RGBImage, [PredictedInstance], Int) = (photo, [], 0)
        for (index, name) in finder.names.enumerated() {
            let mask = decision.mask(of: index + 1)
            let own = mask.area
            area += own
            record.concepts?[index].share = Double(own) / pixels
            if isSingle {
                record.mask = try written("masks/\(query.name).png", &record) { try mask.save(to: $0) }
            }
            guard own > 0 else { continue }
            overlay = overlay.overlaid(with: mask, color: isSingle ? .prediction : .numbered(index + 1))
            let things = run.instances.instances(of: mask, probabilities: decision.best, className: name)
            for thing in things {
                var instance = PredictedInstance(thing, concept: isNamed ? name : nil)
                if run.crops {
                    let place = "crops/\(query.name)/\(found.count + 1)-\(Self.plain(name)).jpg"
                    let box = thing.box
                    instance.crop = try written(place, &record) {
                        try ImageFile.save(photo.cropped(y: box.y0, x: box.x0, height: box.height, width: box.width), to: $0)
                    }
                }
                found.append(instance)
            }
        }
        if !isSingle {
            record.mask = try written("masks/\(query.name).png", &record) { try decision.owners.save(to: $0) }
            record.contested = Double(decision.contested) / pixels
            record.overlap = run.overlap
        }
        record.share = Double(area) / pixels
        record.instances = found
        record.overlay = try written("overlays/\(query.name).jpg", &record) { try ImageFile.save(overlay, to: $0) }
    }

    /// The probabilities of a photo, and the pictures of how they came about.
    private func explained(_ photo: RGBImage, _ query: QueryPhoto, _ record: inout PredictionRecord) throws -> Prediction {
        let episode = Episode(query: photo, supports: supports, text: run.words?.names.first)
        let explanation = try model.explain(episode)
        record.steps = explanation.steps.count
        if run.figures { try draw(explanation, episode, query, &record) }
        if run.explains {
            let row = EpisodeRow(episode: episode, explanation: explanation, threshold: run.threshold)
            record.predictedIoU = explanation.predictedIoU
            record.picture = try written("pictures/\(query.name).png", &record) {
                try ImageFile.save(PictureSheet(title: query.name, episodes: [row]).rendered(), to: $0)
            }
        }
        return try explanation.prediction ?? model.segment(episode)
    }

    /// The walk from noise to mask, and the error maps of the result.
    private func draw(
        _ explanation: Explanation, _ episode: Episode, _ query: QueryPhoto, _ record: inout PredictionRecord
    ) throws {
        guard let found = explanation.probabilities?.mask(threshold: run.threshold) else { return }
        var sheet = SamplingSheet()
        sheet.add(explanation, episode, threshold: run.threshold)
        record.sampling = try written("figures/\(query.name)-sampling.png", &record) {
            try ImageFile.save(sheet.rendered(title: query.name), to: $0)
        }
        let levels = try model.noiseLevels(episode, truth: ClassMask(object: found))
        guard !levels.isEmpty else { return }
        record.errorMaps = try written("figures/\(query.name)-errors.png", &record) {
            let title = "\(query.name): errors of the result, noised"
            try ImageFile.save(NoiseLevel.sheet([levels], title: title).rendered(), to: $0)
        }
    }

    /// Writes one file; nil, and the reason in the record, where that fails.
    private func written(
        _ name: String, _ record: inout PredictionRecord, _ write: (URL) throws -> Void
    ) throws -> String? {
        do {
            try write(folder.file(name))
            return name
        } catch {
            record.error = [record.error, "\(error)"].compactMap { $0 }.joined(separator: "; ")
            return nil
        }
    }

    /// A name as a part of a file's: letters and digits stay.
    private static func plain(_ name: String) -> String {
        String(name.prefix(40).map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "-" })
    }
}

extension RGBColor {
    /// The colour of a class in a palette picture.
    static func numbered(_ number: Int) -> RGBColor {
        let color = ColorMap.vocColor(number)
        return RGBColor(red: color[0], green: color[1], blue: color[2])
    }
}
