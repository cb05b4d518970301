internal import ArgumentParser
internal import Datasets
internal import Diffusion

extension Evaluate {
    /// The baselines that nobody has to ask for.
    static let usualBaselines = "foreground,contrast"

    /// What the options decide.
    var plan: EvaluationPlan {
        get throws {
            var plan = EvaluationPlan(
                dataset: dataset.choice, backbones: backbones.map { BackboneChoice($0) },
                checkpoints: try EvaluationPlan.checkpoints(checkpoints, folds: folds))
            (plan.folds, plan.classes, plan.heldOut) = (folds, classes, heldOut)
            plan.learners = learners.isEmpty ? nil : learners
            // Without supports the usual baselines have nothing to go by.
            let isUsual = baselines == Self.usualBaselines && !question.annotation.showsSupports
            plan.baselines = isUsual ? [] : try EvaluationPlan.baselines(baselines)
            question.apply(to: &plan, seed: common.seed, threshold: sampling.threshold)
            (plan.imageSize, plan.pictures, plan.sampling) = (imageSize ?? plan.imageSize, pictures, sampling.choice)
            plan.figures = figures ? true : nil
            plan.auxiliary = try auxiliary.choice
            plan.fused = fused ? true : nil
            return plan
        }
    }
}
