internal import Datasets
internal import Foundation
internal import SegModels

extension EvaluationTask {
    /// Episodes of sampling strips and error maps.
    private static let drawnEpisodes = 2
    /// Episodes of a histogram of priors.
    private static let histogramEpisodes = 200

    /// The pictures of the paper's figures 6, 7 and 9 for one decoder behind one backbone, from the first episodes: `pictures/...-sampling.png`,
    /// `-errors.png` and `-priors.png`, the numbers of the last one in `...-priors.json` beside the scores.
    func figures(of model: DiffUp, to folder: RunFolder, _ observe: RunObserver) throws {
        let stem = "pictures/\(place(EvaluationCell.diffUp))"
        var sheet = SamplingSheet()
        var levels: [[NoiseLevel]] = []
        for reference in episodes.prefix(Self.drawnEpisodes) {
            try Task.checkCancellation()
            try sheet.add(model, reference, loader, threshold: plan.evaluation.threshold)
            let shown = try loader.load(reference)
            levels.append(try model.noiseLevels(shown.episode, truth: shown.truth))
        }
        try ImageFile.save(sheet.rendered(title: "\(title): from noise to mask"), to: folder.file("\(stem)-sampling.png"))
        if levels.contains(where: { !$0.isEmpty }) {
            let drawn = NoiseLevel.sheet(levels, title: "\(title): error maps")
            try ImageFile.save(drawn.rendered(), to: folder.file("\(stem)-errors.png"))
        }
        let histogram = try histogram(model, observe)
        try TextFile.writeJSON(histogram, to: folder.file("\(place(EvaluationCell.diffUp))/priors.json"))
        try ImageFile.save(PriorHistogram.sheet([histogram]).rendered(), to: folder.file("\(stem)-priors.png"))
    }

    private func histogram(_ model: DiffUp, _ observe: RunObserver) throws -> PriorHistogram {
        let chosen = episodes.prefix(Self.histogramEpisodes)
        let clock = RunClock("\(title): priors", total: chosen.count)
        var histogram = PriorHistogram(name: record.name)
        for (number, reference) in chosen.enumerated() {
            try Task.checkCancellation()
            let shown = try loader.load(reference)
            let score = try EpisodeScore(
                prediction: model.priorMask(shown.episode), truth: shown.truth, classID: reference.classID)
            histogram.values.append(score.foreground.ratio)
            observe(.progress(clock.progress(number + 1)))
        }
        return histogram
    }
}
