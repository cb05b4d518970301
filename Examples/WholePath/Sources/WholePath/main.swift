import Datasets
import Diffusion
import Foundation
import SegModels

/// The model that comes along, one from two files, or one that is trained here.
func chosenModel(_ arguments: [String]) async throws -> DiffUp {
    switch arguments.count {
    case 0:
        guard let shipped = ShippedModels.shapes5i else { return try await ShortTraining().model() }
        return try DiffUp.load(shipped.decoder, backbone: Backbones.load(weights: shipped.backbone).backbone)
    case 2:
        let files = arguments.map { URL(filePath: $0) }
        return try DiffUp.load(files[1], backbone: Backbones.load(weights: files[0]).backbone)
    default:
        return try await ShortTraining().model()
    }
}

let model = try await chosenModel(Array(CommandLine.arguments.dropFirst()))

// Classes of the validation split are not among those that were trained on.
let dataset = Shapes5iDataset(split: .validation, fold: 0)
let references = try EpisodeSampler(.vocUniform, seed: 0).episodes(from: dataset.items, shots: 1, count: 3)
let loader = EpisodeLoader(dataset: dataset)
let baseline = PriorBaseline(
    backbone: model.extractor.backbone, kind: .contrast, imageSize: model.configuration.imageSize)

var rows: [[PictureSheet.Tile]] = []
for reference in references {
    let loaded = try loader.load(reference)
    let (episode, truth) = (loaded.episode, loaded.truth)
    let mask = try model.segment(episode).mask()
    let score = try EpisodeScore(prediction: mask, truth: truth, classID: reference.classID)
    let simple = try EpisodeScore(
        prediction: baseline.segment(episode).mask(), truth: truth, classID: reference.classID)
    print("\(episode.className): IoU \(score.foreground.ratio), without training \(simple.foreground.ratio)")
    rows.append([
        .init(episode.supports[0].image.annotated(with: episode.supports[0].annotation), caption: "support"),
        .init(episode.query, caption: "query"),
        .init(episode.query.overlaid(with: mask), caption: "prediction"),
    ])
}
try ImageFile.save(PictureSheet(title: "Classes never seen", rows: rows).rendered(), to: URL(filePath: "whole-path.png"))
