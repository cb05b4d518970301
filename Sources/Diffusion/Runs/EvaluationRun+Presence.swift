internal import Datasets
internal import Foundation
internal import SegModels

extension EvaluationRun {
    /// What judges presence beside each fold's decoder, by fold; empty where nobody asks or where it is fitted anew.
    func calibrations(_ decoders: [FileRecord]) throws(RunError) -> [Int: PresenceCalibration] {
        guard plan.absent != nil, plan.fitsPresence != true else { return [:] }
        var found: [Int: PresenceCalibration] = [:]
        for (fold, decoder) in zip(plan.folds, decoders) {
            found[fold] = try PresenceCalibration.load(beside: URL(fileURLWithPath: decoder.path), sha256: decoder.sha256)
        }
        return found
    }

    /// The files of calibrations, for the manifest.
    func calibrationRecords(_ decoders: [FileRecord], _ found: [Int: PresenceCalibration]) throws(RunError) -> [FileRecord] {
        var records: [FileRecord] = []
        for (fold, decoder) in zip(plan.folds, decoders) where found[fold] != nil {
            records.append(try FileRecord(PresenceCalibration.file(beside: URL(fileURLWithPath: decoder.path))))
        }
        return records
    }

    /// Fits presence to what all rows of a fold's decoder saw, and writes it beside the decoder.
    func fitPresence(
        of tasks: [EvaluationTask], _ decoder: FileRecord, _ sampling: SamplingConfiguration, in folder: RunFolder,
        _ observe: RunObserver
    ) throws {
        guard let first = tasks.first else { return }
        let samples = try tasks.flatMap { try $0.keptSamples(in: folder) }
        let dataset = first.loader.dataset
        let asked = Set(samples.map(\.classID))
        var backbones: [BackboneRecord] = []
        for item in tasks.flatMap(\.backbones) {
            // Digests say which; places on this machine stay out.
            let file = URL(fileURLWithPath: item.weightsFile).lastPathComponent
            let record = BackboneRecord(name: item.description.name, weights: file, sha256: item.weightsSHA256)
            if !backbones.contains(record) { backbones.append(record) }
        }
        let calibration = try PresenceCalibration(
            fitting: samples,
            provenance: PresenceCalibration.Provenance(
                decoder: decoder.sha256, backbones: backbones, dataset: dataset.name, listHash: dataset.listHash,
                classes: dataset.classes.filter { asked.contains($0.id) }.map(\.name),
                episodeHash: EpisodeReference.hash(of: first.episodes + first.absent),
                settings: [
                    "sampler": sampling.sampler, "steps": String(sampling.steps), "ensemble": String(sampling.ensemble),
                    "shots": String(plan.shots), "annotation": plan.annotation.rawValue,
                ]), early: Set(samples.flatMap(\.signals.keys).filter(PresenceSignals.isEarly)))
        let file = PresenceCalibration.file(beside: URL(fileURLWithPath: decoder.path))
        try TextFile.writeJSON(calibration, to: file)
        let area = calibration.quality.areaUnderROC.map { ($0 * 100).rounded(to: 1) } ?? "-"
        observe(.note("presence: \(file.path), AUROC \(area) % on classes left out of the fit in turn"))
    }
}

extension EvaluationTask {
    private var samplesName: String { "\(place(EvaluationCell.diffUp))/presence.json" }

    /// Keeps what tells of presence beside the scores, for a run that is continued.
    func keep(_ signals: [[String: Float]], of cell: EvaluationCell, to folder: RunFolder) throws {
        let samples = zip(cell.result.scores, signals).map { score, signals in
            PresenceSample(signals: signals, isPresent: score.isPresent, classID: score.classID)
        }
        try TextFile.writeJSON(samples, to: folder.file(samplesName))
    }

    /// What ``keep(_:of:to:)`` wrote.
    func keptSamples(in folder: RunFolder) throws -> [PresenceSample] {
        try RunJSON.read(
            from: folder.file(samplesName), expected: "what the model computed of each episode",
            advice: "start a new run with --force")
    }
}
