internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels

/// `fss evaluate`.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score a decoder behind several backbones, beside training-free baselines.",
        discussion: """
            Rows are backbones, columns methods: with one decoder behind all of them this is the stitching matrix. \
            Scores are mIoU (FB-IoU) in percent at the photos' own resolution, void pixels not counted. The \
            foreground baseline's threshold is chosen on base classes of the training list.

            Examples:
              fss evaluate --dataset shapes5i --fold 0 --backbone net.safetensors \\
                  --checkpoint runs/shapes0/model.safetensors
              fss evaluate --dataset VOC2012 --lists lists/pascal --fold 0 1 2 3 \\
                  --episodes 1000 \\
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
        name: .customLong("fold"), parsing: .upToNextOption, help: ArgumentHelp("Folds to evaluate, 0...3.", valueName: "fold"))
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
            "Training-free methods beside, commas between: \(PriorKind.allCases.map(\.rawValue).joined(separator: ", ")); none for none.",
            valueName: "list"))
    var baselines = "foreground,contrast"

    @Option(help: "Supports an episode.")
    var shots = 1

    @Option(help: "Episodes a fold.")
    var episodes = 1000

    @Option(name: .customLong("protocol"), help: "How episodes are drawn.")
    var episodeProtocol: EpisodeProtocol = .vocUniform

    @Option(help: "How supports are annotated.")
    var annotation: AnnotationRule = .mask

    @Option(help: "Seed of annotations that are drawn at random.")
    var annotationSeed: UInt32 = 0

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
        guard folds.allSatisfy({ (0..<FoldedVOC.foldCount).contains($0) }), Set(folds).count == folds.count, !folds.isEmpty else {
            throw ValidationError("--fold is \(folds), expected different numbers of 0...3.")
        }
        guard episodes > 0, shots > 0, pictures >= 0 else {
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

    func run() throws {
        try common.apply()
        let plan = EvaluationPlan(
            dataset: dataset.choice, folds: folds, classes: classes, heldOut: heldOut,
            backbones: backbones.map { BackboneChoice($0) }, checkpoints: try checkpointPaths(), baselines: try kinds(),
            shots: shots, episodes: episodes, episodeProtocol: episodeProtocol, annotation: annotation,
            annotationSeed: annotationSeed, imageSize: imageSize, threshold: sampling.threshold, pictures: pictures)
        let folder = try RunFolder(out, command: "evaluate", force: force)
        let run = EvaluationRun(plan: plan, sampling: sampling, common: common, folder: folder)
        try run.evaluate()
    }

    private func kinds() throws -> [PriorKind] {
        if baselines == "none" { return [] }
        return try baselines.split(separator: ",").map { name in
            guard let kind = PriorKind(rawValue: String(name)) else {
                throw ValidationError(
                    "--baselines has \(name), expected \(PriorKind.allCases.map(\.rawValue).joined(separator: ", ")).")
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
    var shots: Int
    var episodes: Int
    var episodeProtocol: EpisodeProtocol
    var annotation: AnnotationRule
    var annotationSeed: UInt32
    var imageSize: Int
    var threshold: Float
    var pictures: Int
}
