internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels

/// `fss evaluate`.
struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score a decoder behind several backbones, beside training-free baselines.",
        discussion: """
            Rows are backbones, columns methods: with one decoder behind all of them this is the stitching matrix. \
            Scores are mIoU (FB-IoU) in percent. --protocol sets everything that numbers of one table share: how \
            episodes are drawn and how many, the resolution of the comparison, the pixels that count, seed and \
            threshold; --protocol hsnet is HSNet's as published (a square of 400, nearest masks). Options beside it \
            change one value, and manifests say which. The foreground baseline's threshold is chosen on base classes \
            of the training list.

            Examples:
              fss evaluate --dataset shapes5i --fold 0 --backbone net.safetensors \\
                  --checkpoint runs/shapes0/model.safetensors
              fss evaluate --dataset VOC2012 --lists lists/pascal --fold 0 1 2 3 \\
                  --protocol hsnet \\
                  --backbone resnet50-torchvision=resnet50.safetensors \\
                  --backbone squeezenet1_1-torchvision=squeezenet.safetensors \\
                  --checkpoint 'runs/fold{fold}/model.safetensors' --out runs/matrix
              fss evaluate --backbone net.safetensors --annotation scribble \\
                  --shots 5 --checkpoint model.safetensors

            The folder has metrics.json, matrix.csv, classes.csv, manifest.json, pictures of episodes, and one folder \
            for each fold, backbone and method with its episodes.
            """)

    @OptionGroup var dataset: DatasetOptions

    @Option(
        name: .customLong("fold"), parsing: .upToNextOption, help: ArgumentHelp("Folds to evaluate, from 0.", valueName: "fold"))
    var folds: [Int] = [0]

    @Option(
        help: ArgumentHelp(
            "The fold's novel classes, or the base classes of its training list: to choose levels, priors or thresholds, never to report."
        ))
    var classes: EvaluatedClasses = .novel

    @Option(
        help: ArgumentHelp(
            "With --classes base: only the classes that training.heldOutClasses=<count> keeps aside under the same seed.",
            valueName: "count"))
    var heldOut = 0

    @Option(
        name: .customLong("backbone"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "A backbone: name=weights, or weights that describe themselves; may be repeated.", valueName: "name=weights"))
    var backbones: [String]

    @Option(
        name: .customLong("checkpoint"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "The decoder of each fold: one path with {fold} in it, or one path a fold; none for baselines alone.",
            valueName: "file"))
    var checkpoints: [String] = []

    @Option(
        help: ArgumentHelp(
            "Training-free methods beside, commas between: \(Self.baselineNames); none for none.",
            valueName: "list"))
    var baselines = "foreground,contrast"

    @Option(help: "Supports an episode.")
    var shots = 1

    @Option(name: .customLong("protocol"), help: "How episodes are drawn and compared.")
    var evaluationProtocol: EvaluationProtocol = .vocUniform

    @Option(help: "Episodes a fold; by default as the protocol says.")
    var episodes: Int?

    @Option(
        name: .customLong("iou-space"),
        help: ArgumentHelp(
            "Where predictions are compared: original, or square-400 and other sides; by default as the protocol says.",
            valueName: "space"))
    var space: IoUSpace?

    @Option(help: "How supports are annotated.")
    var annotation: AnnotationRule = .mask

    @Option(help: "Seed of annotations that are drawn at random.")
    var annotationSeed: UInt64 = 0

    @Option(help: ArgumentHelp("Side of the square that photos are resized to, without a checkpoint.", valueName: "pixels"))
    var imageSize = 320

    @OptionGroup var sampling: SamplingOptions

    @Option(help: "Episodes to draw for each fold and backbone: the best, the median and the worst; 0 for none.")
    var pictures = 12

    @Option(help: ArgumentHelp("The folder for the results; by default a new one in runs/.", valueName: "folder"))
    var out: String?

    @Flag(help: "Replace the results of an earlier run.")
    var force = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard folds.allSatisfy({ $0 >= 0 }), Set(folds).count == folds.count, !folds.isEmpty else {
            throw ValidationError("--fold is \(folds), expected different numbers from 0 on.")
        }
        guard episodes ?? 1 > 0, shots > 0, pictures >= 0 else {
            throw ValidationError("--episodes and --shots must be at least 1, --pictures at least 0.")
        }
        guard heldOut == 0 || (heldOut > 0 && classes == .base) else {
            throw ValidationError("--held-out is \(heldOut), expected a number of classes beside --classes base.")
        }
        guard (32...2048).contains(imageSize) else { throw ValidationError("--image-size is \(imageSize), expected 32...2048.") }
        if annotation == .none { throw ValidationError("--annotation none leaves nothing to go by; choose another rule.") }
        let kinds = try kinds()
        _ = try checkpointPaths()
        if checkpoints.isEmpty && kinds.isEmpty {
            throw ValidationError("found no --checkpoint and no --baselines, so nothing to score.")
        }
    }

    func run() async throws {
        try common.apply()
        try dataset.choice.check(folds: folds)
        var evaluation = evaluationProtocol
        evaluation.episodes = episodes ?? evaluation.episodes
        evaluation.space = space ?? evaluation.space
        evaluation.seed = common.seed ?? evaluation.seed
        evaluation.threshold = sampling.threshold ?? evaluation.threshold
        let plan = EvaluationPlan(
            dataset: dataset.choice, folds: folds, classes: classes, heldOut: heldOut,
            backbones: backbones.map { BackboneChoice($0) }, checkpoints: try checkpointPaths(), baselines: try kinds(),
            evaluation: evaluation, shots: shots, annotation: annotation, annotationSeed: annotationSeed, imageSize: imageSize,
            pictures: pictures)
        let folder = try RunFolder(out, command: "evaluate", force: force)
        let run = EvaluationRun(plan: plan, sampling: sampling, common: common, folder: folder)
        try await run.evaluate()
    }

    private static var baselineNames: String {
        PriorKind.names.joined(separator: ", ") + ", each also with +affinity"
    }

    private func kinds() throws -> [PriorKind] {
        if baselines == "none" { return [] }
        return try baselines.split(separator: ",").map { name in
            guard let kind = PriorKind(text: String(name)), (try? kind.prior()) != nil else {
                throw ValidationError(
                    "--baselines has \(name), expected \(Self.baselineNames).")
            }
            return kind
        }
    }

    /// One path a fold, or none.
    private func checkpointPaths() throws -> [String] {
        if checkpoints.isEmpty { return [] }
        if checkpoints.count == 1, checkpoints[0].contains("{fold}") {
            return folds.map { checkpoints[0].replacingOccurrences(of: "{fold}", with: String($0)) }
        }
        guard checkpoints.count == folds.count else {
            throw ValidationError(
                "found \(checkpoints.count) checkpoints for \(folds.count) folds; give one for each, or a path with {fold}: a decoder saw the classes of all folds but its own."
            )
        }
        return checkpoints
    }
}

/// All that decides an evaluation, as the manifest stores it.
struct EvaluationPlan: Codable {
    var dataset: DatasetChoice
    var folds: [Int]
    var classes: EvaluatedClasses
    /// Base classes that training kept aside; 0 for all base classes.
    var heldOut: Int
    var backbones: [BackboneChoice]
    /// One a fold, or none.
    var checkpoints: [String]
    var baselines: [PriorKind]
    /// How episodes are drawn and compared.
    var evaluation: EvaluationProtocol
    var shots: Int
    var annotation: AnnotationRule
    var annotationSeed: UInt64
    var imageSize: Int
    var pictures: Int
}
