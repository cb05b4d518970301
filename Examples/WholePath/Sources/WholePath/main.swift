import Datasets
import Diffusion
import Foundation
import SegModels

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

// Features are computed once and kept; a second training finds them.
let base = try dataset.dataset(.training, fold: 0)
let extractor = PriorExtractor(backbone: try network.load().backbone, parts: try settings.model.parts(), cacheCapacity: 0)
let examples = TrainingExamples(
    base, items: base.items, extractor: extractor, settings.training, resolution: settings.model.decoder.resolution,
    store: FeatureStore(folder: folder.appending(path: "features")))
try examples.prepare { done, total in if done % 40 == 0 { print("features \(done)/\(total)") } }

let trainer = try DiffUpTrainer(examples, model: settings.model, training: settings.training)
try await trainer.run { progress in
    if progress.step % 40 == 0 { print("step \(progress.step)/\(progress.total): loss \(progress.loss)") }
}
let decoder = folder.appending(path: "model.safetensors")
try trainer.saveModel(to: decoder)

// The same episodes for the decoder and for a method without training.
var plan = EvaluationPlan(dataset: dataset, backbones: [network], checkpoints: [decoder.path])
plan.baselines = [.contrast]
plan.evaluation.episodes = 20
plan.pictures = 3
let results = try RunFolder(folder.appending(path: "score").path, command: "evaluate", force: true)
let report = try await EvaluationRun(plan).run(in: results) { event in
    if case .progress(let progress) = event, progress.done == progress.total { print(progress.title, progress.detail) }
}

for row in report.matrix {
    for (method, score) in row.scores.sorted(by: { $0.key < $1.key }) { print("\(row.backbone), \(method): \(score.text)") }
}
print("Manifest, tables and pictures: \(report.folder)")
