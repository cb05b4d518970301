internal import ArgumentParser
internal import Datasets
internal import Diffusion

extension Evaluate {
    /// What the options ask for.
    var plan: EvaluationPlan {
        get throws {
            var plan = EvaluationPlan(
                dataset: dataset.choice, backbones: backbones.map { BackboneChoice($0) },
                checkpoints: try EvaluationPlan.checkpoints(checkpoints, folds: folds))
            (plan.folds, plan.classes, plan.heldOut) = (folds, classes, heldOut)
            plan.baselines = try EvaluationPlan.baselines(baselines)
            plan.evaluation = evaluationProtocol
            plan.evaluation.episodes = episodes ?? plan.evaluation.episodes
            plan.evaluation.space = space ?? plan.evaluation.space
            plan.evaluation.seed = common.seed ?? plan.evaluation.seed
            plan.evaluation.threshold = sampling.threshold ?? plan.evaluation.threshold
            plan.absent = absentShare.map { AbsentQueries(share: $0, seed: plan.evaluation.seed) }
            (plan.shots, plan.annotation, plan.annotationSeed) = (shots, annotation, annotationSeed)
            (plan.imageSize, plan.pictures, plan.sampling) = (imageSize ?? plan.imageSize, pictures, sampling.choice)
            return plan
        }
    }
}
