internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import SegModels

extension Evaluate {
    /// The run of the options, or the rest of an earlier one.
    func run(in folder: RunFolder) throws -> EvaluationRun {
        guard output.resume != nil else { return EvaluationRun(try plan, compute: Session.ranks.settled(common.compute)) }
        let given = try plan
        return try EvaluationRun(
            resuming: folder, threads: common.threads, device: common.device, ranks: Session.ranks
        ) { plan in
            plan.dataset = dataset.moved(plan.dataset)
            if !given.backbones.isEmpty { plan.backbones = given.backbones }
            if !given.checkpoints.isEmpty { plan.checkpoints = given.checkpoints }
            if let learners = given.learners { plan.learners = learners }
            if let words = given.words { plan.words = words }
        }
    }

    /// Options that differ from their defaults and are no places.
    var settled: [(name: String, isGiven: Bool)] {
        [
            ("--fold", folds != [0]), ("--classes", classes != .novel), ("--held-out", heldOut != 0),
            ("--baselines", baselines != Self.usualBaselines), ("--image-size", imageSize != nil),
            ("--pictures", pictures != 12), ("--figures", figures), ("--fused", fused),
        ] + question.settled
    }

    /// Refuses options that nothing would read.
    func checkSampling() throws {
        if let imageSize, !checkpoints.isEmpty {
            throw ValidationError("--image-size is \(imageSize), but the checkpoint decides the size; leave one of them out.")
        }
        for (option, value) in [("steps", sampling.steps), ("ensemble", sampling.ensemble)] where checkpoints.isEmpty {
            if let value { throw ValidationError("--\(option) is \(value), but nothing is sampled without a --checkpoint.") }
        }
        let others = [("--sampler", sampling.sampler != nil), ("--settled", sampling.settled != nil), ("--figures", figures)]
        for (option, isGiven) in others where isGiven && checkpoints.isEmpty {
            throw ValidationError("\(option) is given, but nothing is sampled without a --checkpoint.")
        }
    }
}
