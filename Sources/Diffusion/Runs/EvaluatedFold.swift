package import Datasets
internal import Foundation
internal import SegModels

/// What an evaluation scores on one fold.
struct EvaluatedFold {
    let fold: Int
    /// The decoder; nil for none.
    let decoder: FileRecord?
    /// Judges whether a class is there; nil for the surest pixels.
    let presence: PresenceCalibration?
    let learners: [EvaluatedLearner]
    /// Supports beside the drawn ones.
    let auxiliary: (any SupportExtension)?
    /// What reads the class's name; nil for nothing.
    let words: LoadedWords?
}

/// A learner as an evaluation of one fold knows it.
struct EvaluatedLearner {
    /// Its column: what it is, with a number where several of a kind are there.
    let method: String
    let record: FileRecord
    let checkpoint: FewShotCheckpoint

    /// The learner behind a backbone; nil, with a remark, where it cannot read its maps and another backbone is there.
    func model(
        behind backbone: LoadedBackbone, among backbones: [LoadedBackbone], _ remarks: inout EvaluationRemarks,
        _ observe: RunObserver
    ) throws -> FewShotModel? {
        do {
            let model = try checkpoint.model(behind: backbone)
            if let remark = checkpoint.remark(behind: backbone) { remarks.add("\(method): \(remark)", observe) }
            return model
        } catch let error as FewShotError where backbones.count > 1 {
            remarks.add("\(method) left out behind \(backbone.description.name): \(error)", observe)
            return nil
        }
    }
}

extension EvaluationPlan {
    /// The paths of a fold's learners.
    ///
    /// - Throws: `RunError.conflict(_:)` for one path for several folds.
    func learners(ofFold fold: Int) throws(RunError) -> [String] {
        try Self.learners(learners ?? [], ofFold: fold, among: folds)
    }

    /// The paths of a fold's learners, of paths with `{fold}` where there are several folds.
    ///
    /// - Throws: `RunError.conflict(_:)` for one path for several folds.
    package static func learners(_ paths: [String], ofFold fold: Int, among folds: [Int]) throws(RunError) -> [String] {
        if folds.count > 1, let path = paths.first(where: { !$0.contains("{fold}") }) {
            throw .conflict(
                "found the learner \(path) for \(folds.count) folds; give a path with {fold}: a learner saw the classes of all folds but its own."
            )
        }
        return paths.map { $0.replacing("{fold}", with: String(fold)) }
    }

    /// Reads a fold's learners; each has to fit one of the backbones.
    func evaluatedLearners(ofFold fold: Int, behind backbones: [LoadedBackbone]) throws -> [EvaluatedLearner] {
        var learners: [EvaluatedLearner] = []
        var kinds: [String: Int] = [:]
        for path in try self.learners(ofFold: fold) {
            let url = URL(fileURLWithPath: path)
            let record = try FileRecord(url)
            let checkpoint = try FewShotCheckpoint(contentsOf: url)
            let title = checkpoint.settings.title
            kinds[title, default: 0] += 1
            let method = kinds[title] == 1 ? title : "\(title) \(kinds[title] ?? 0)"
            try Self.requireFit(checkpoint, backbones)
            learners.append(EvaluatedLearner(method: method, record: record, checkpoint: checkpoint))
        }
        return learners
    }

    private static func requireFit(_ checkpoint: FewShotCheckpoint, _ backbones: [LoadedBackbone]) throws {
        var first: FewShotError?
        for backbone in backbones {
            do {
                _ = try checkpoint.model(behind: backbone, cacheCapacity: 0)
                return
            } catch let error as FewShotError {
                first = first ?? error
            }
        }
        if let first { throw first }
    }
}
