import Datasets
import Diffusion
import Foundation

// Trains a decoder on the base classes of a fold, scores it on classes that it never saw, and reports: `fss train` and
// `fss evaluate` as library calls, in settings so small that a minute is enough.

let folder = URL(filePath: CommandLine.arguments.dropFirst().first ?? "whole-path")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
guard let shipped = ShippedModels.shapes5i else { fatalError("the library was built without its resources") }
let dataset = DatasetChoice(DatasetRegistry.shapes5i, imagesPerClass: 8)
let network = BackboneChoice(name: nil, weights: shipped.backbone.path)

// What is trained, and how.
var settings = TrainingSettings()
settings.model.imageSize = 96
settings.model.decoder.resolution = 24
settings.model.decoder.channels = [16, 16, 32]
settings.model.decoder.embedding = 32
settings.training.steps = 120
settings.training.warmUpSteps = 10
settings.training.batchSize = 4

// Prints the end of every part.
let show: RunObserver = { event in
    switch event {
    case .progress(let progress): if progress.done == progress.total { print(progress.title, progress.done, progress.detail) }
    case .note(let text): print(text)
    }
}

// A cancelled task leaves a checkpoint; DecoderTraining(resuming:) continues from it to the same bits.
let training = try DecoderTraining(
    DecoderPlan(dataset: dataset, backbone: network, settings: settings), at: folder.appending(path: "training").path,
    force: true)
let outcome = try await training.run(features: FeatureStore(folder: folder.appending(path: "features")), observe: show)

// The same episodes for the decoder and for a method without training.
var plan = EvaluationPlan(dataset: dataset, backbones: [network], checkpoints: [outcome.model.path])
plan.baselines = [.contrast]
plan.evaluation.episodes = 20
plan.pictures = 3
let results = try RunFolder(folder.appending(path: "score").path, command: "evaluate", force: true)
let report = try await EvaluationRun(plan).run(in: results, observe: show)

for row in report.matrix {
    for (method, score) in row.scores.sorted(by: { $0.key < $1.key }) { print("\(row.backbone), \(method): \(score.text)") }
}
print("Manifest, tables and pictures: \(report.folder)")
