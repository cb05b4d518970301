public import Datasets
internal import TensorCore

/// The sampling process under different supports (figure 7): a row a kind of annotation, from noise to mask.
public struct SamplingSheet: Sendable {
    /// The kinds of the figure that need no word.
    public static let rules = ["mask", "box", "scribble", "mask-dilated", "mask-shifted"].compactMap {
        AnnotationRule(rawValue: $0)
    }
    /// Pictures of a strip: noisy masks, and at last the clean one.
    public static let strip = 6

    /// The rows.
    public var rows: [[PictureSheet.Tile]] = []

    /// A sheet without rows.
    public init() {}

    /// Adds the rows of one episode, one a kind of annotation.
    ///
    /// - Parameters:
    ///   - model: segments; with as many sampling steps as should be seen.
    ///   - reference: the episode.
    ///   - loader: loads it; its kind of annotation is replaced.
    ///   - rules: the kinds.
    ///   - threshold: probabilities from here on are foreground.
    /// - Throws: what the model and the loader throw.
    public mutating func add(
        _ model: DiffUp, _ reference: EpisodeReference, _ loader: EpisodeLoader, rules: [AnnotationRule] = rules,
        threshold: Float = 0.5
    ) throws {
        for rule in rules {
            var own = loader
            own.annotationRule = rule
            own.givesText = rule.givesText
            let shown = try own.load(reference)
            let explanation = try model.explain(shown.episode)
            var tiles = Self.tiles(explanation, shown.episode, rule.rawValue)
            if let mask = explanation.probabilities?.mask(threshold: threshold) {
                let score = try EpisodeScore(prediction: mask, truth: shown.truth, classID: reference.classID)
                let query = shown.episode.query
                tiles.append(.init(query.overlaid(with: mask), caption: "result IoU \(score.foreground.ratio.percent)"))
                tiles.append(.init(query.overlaid(with: shown.truth.object, color: .truth), caption: "truth"))
            }
            rows.append(tiles)
        }
    }

    /// Adds the row of an episode whose truth nobody knows.
    public mutating func add(_ explanation: Explanation, _ episode: Episode, threshold: Float = 0.5) {
        var tiles = Self.tiles(explanation, episode, episode.supports.first?.annotation.kind.rawValue ?? "a word")
        if let mask = explanation.probabilities?.mask(threshold: threshold) {
            tiles.append(.init(episode.query.overlaid(with: mask), caption: "result"))
        }
        rows.append(tiles)
    }

    private static func tiles(_ explanation: Explanation, _ episode: Episode, _ annotation: String) -> [PictureSheet.Tile] {
        var tiles: [PictureSheet.Tile] = []
        if let support = episode.supports.first {
            tiles.append(.init(support.image.annotated(with: support.annotation), caption: "support: \(annotation)"))
        }
        tiles.append(.init(episode.query, caption: "query: \(episode.className)"))
        let steps = explanation.steps
        let count = min(strip - 1, steps.count)
        for index in 0..<count {
            let step = steps[count == 1 ? 0 : index * (steps.count - 1) / (count - 1)]
            tiles.append(.init(step.noisy.shaded(), caption: "x, t = \(step.timestep)"))
        }
        if let last = steps.last { tiles.append(.init(last.clean.shaded(), caption: "clean, of \(steps.count) steps")) }
        return tiles
    }

    /// The sheet as a picture.
    public func rendered(title: String) -> RGBImage {
        PictureSheet(title: title, rows: rows, cellHeight: 96, cellWidth: 120).rendered()
    }
}
