internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// The score of one method on one fold with one backbone.
struct EvaluationCell: Codable {
    /// The method's name of a trained model.
    static let diffUp = "DiffUp"

    var fold: Int
    var backbone: String
    var method: String
    var result: EvaluationResult
    var settings: [String: String]
    var seconds: Double
}

/// One fold with one backbone: the same episodes for every method.
struct EvaluationTask {
    let fold: Int
    let backbone: LoadedBackbone
    let loader: EpisodeLoader
    let evaluation: EvaluationProtocol
    let episodes: [EpisodeReference]
    let common: CommonOptions
    let console: Console

    /// What the progress bar says.
    var title: String { "fold \(fold), \(backbone.description.name)" }

    private func place(_ method: String) -> String {
        let name = "fold\(fold)-\(backbone.description.name)-\(method)"
        return String(name.map { $0.isLetter || $0.isNumber || "-_.+".contains($0) ? $0 : "_" })
    }

    /// Evaluates a method and writes its files.
    func evaluate(
        _ segmenter: some EpisodicSegmenter, method: String, settings: [String: String], to folder: RunFolder
    ) async throws -> EvaluationCell {
        let start = Date()
        let bar = ProgressBar("\(title): \(method)", total: episodes.count, on: console)
        let result = try await Evaluator(loader: loader, threshold: evaluation.threshold).evaluate(segmenter, on: episodes) {
            bar.update($0.progress, "mIoU \(($0.runningMeanIoU * 100).rounded(to: 1))")
        }
        bar.finish()
        let manifest = ResultManifest(
            protocol: evaluation, loader: loader, episodes: episodes, method: method, backbone: backbone.description.name,
            weightsHash: backbone.weightsSHA256, precision: common.precisionValue.rawValue, threads: Devices.current.threadCount,
            seed: common.seedValue, settings: settings)
        let files = try folder.file("\(place(method))/manifest.json").deletingLastPathComponent()
        try ResultFiles.write(result, manifest: manifest, episodes: episodes, to: files)
        return EvaluationCell(
            fold: fold, backbone: backbone.description.name, method: method, result: result, settings: settings,
            seconds: Date().timeIntervalSince(start))
    }

    /// Draws the best, the median and the worst episodes of a score.
    func draw(_ cell: EvaluationCell, _ model: DiffUp, count: Int, to folder: RunFolder) throws {
        let scores = cell.result.scores.map(\.foreground.ratio)
        let chosen = EpisodeChoice.extremes(of: scores, count: count)
        let bar = ProgressBar("\(title): pictures", total: chosen.count, on: console)
        var rows: [EpisodeRow] = []
        for index in chosen {
            try Interruption.check()
            let loaded = try loader.load(episodes[index])
            rows.append(
                EpisodeRow(
                    episode: loaded.episode, explanation: try model.explain(loaded.episode),
                    truth: loaded.truth.object,
                    caption: "IoU \((scores[index] * 100).rounded(to: 1))", threshold: evaluation.threshold))
            bar.update(rows.count)
        }
        bar.finish()
        let percent = (cell.result.meanIoU * 100).rounded(to: 1)
        let sheet = PictureSheet(title: "\(title): \(percent) % mIoU; best, median and worst episodes", episodes: rows)
        try ImageFile.save(sheet.rendered(), to: folder.file("pictures/\(place(cell.method)).png"))
    }
}

/// Which episodes are shown.
enum EpisodeChoice {
    /// A third each of the best, the middle and the worst, best first, without repeats.
    static func extremes(of scores: [Double], count: Int) -> [Int] {
        let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
        if order.count <= count { return order }
        let third = max(1, count / 3)
        let middle = (order.count - third) / 2
        let chosen = order.prefix(count - 2 * third) + order[middle..<(middle + third)] + order.suffix(third)
        var seen: Set<Int> = []
        return Array(chosen.filter { seen.insert($0).inserted }.prefix(count))
    }
}
