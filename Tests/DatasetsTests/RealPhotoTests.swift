import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite(
    "Real photos",
    .enabled(if: SharedData.has("data/pascal_mini", for: "Real photos"), "needs the photos of data/pascal_mini"))
struct RealPhotoTests {
    private static let root = SharedData.folder.appending(path: "data/pascal_mini")

    private func dataset(fold: Int) throws -> VOCDataset {
        let classes = Pascal5i.novelClasses(fold: fold)
        let list = try ItemList(
            contentsOf: Self.root.appending(path: "splits/mini/val/fold\(fold).txt"), classes: classes)
        return try VOCDataset(folder: VOCFolder(root: Self.root), list: list, classes: classes)
    }

    @Test(arguments: 0..<4) func listsAreComplete(_ fold: Int) throws {
        let counts = [290, 309, 353, 222]
        #expect(try dataset(fold: fold).items.count == counts[fold])
        let base = Pascal5i.baseClasses(fold: fold)
        let train = try ItemList(
            contentsOf: Self.root.appending(path: "splits/mini/trn/fold\(fold).txt"), classes: base)
        #expect(train.items.count == [790, 723, 643, 846][fold])
        let queries = Set(try dataset(fold: fold).items.map(\.id))
        #expect(queries.isDisjoint(with: train.items.map(\.id)))
    }

    @Test(arguments: [AnnotationRule.mask, .box, .point, .scribble]) func loadsEpisodes(_ rule: AnnotationRule) throws {
        let dataset = try dataset(fold: 2)
        let loader = EpisodeLoader(dataset: dataset, annotationRule: rule)
        let episodes = try EpisodeSampler(.vocUniform).episodes(from: dataset.items, shots: 1, count: 4)
        for reference in episodes {
            let loaded = try loader.load(reference)
            let truth = loaded.truth.object
            #expect(truth.area >= 1152)
            #expect(truth.width == loaded.episode.query.width)
            let support = loaded.episode.supports[0]
            let (width, height) = (support.image.width, support.image.height)
            let marked = try support.annotation.rasterised(height: height, width: width)
            let mask = try dataset.labels(support.id).mask(ofClass: reference.classID)
            let hit = zip(marked.values, mask.values).filter { $0 && $1 }.count
            // Boxes cover the object; strokes and points lie on it but for the width of the pen.
            #expect(rule == .box ? hit == mask.area : hit * 2 > marked.area)
        }
    }

    @Test func aPerfectAnswerScoresOne() async throws {
        struct Oracle: EpisodicSegmenter {
            let dataset: VOCDataset
            func segment(_ episode: Episode) throws -> Prediction {
                .mask(try dataset.labels(episode.queryID).mask(ofClass: episode.classID))
            }
        }
        let dataset = try dataset(fold: 0)
        let episodes = try EpisodeSampler(.vocUniform).episodes(from: dataset.items, shots: 1, count: 30)
        let evaluator = Evaluator(loader: EpisodeLoader(dataset: dataset), resamples: 10)
        let result = try await evaluator.evaluate(Oracle(dataset: dataset), on: episodes)
        #expect(result.meanIoU == 1)
        #expect(result.foregroundBackgroundIoU == 1)
    }
}
