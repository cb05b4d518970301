public import Datasets

/// One episode as a row of pictures: what the model was shown, what it saw, what it drew, what is true.
public struct EpisodeRow: Sendable {
    /// Steps that the sampling strip shows.
    public static let stripCount = 4

    /// The question.
    public var episode: Episode
    /// What the model saw.
    public var explanation: Explanation
    /// The truth, nil where nobody knows it.
    public var truth: BinaryMask?
    /// Stands under the result.
    public var caption: String
    /// Probabilities from here on are foreground.
    public var threshold: Float

    /// A row.
    public init(
        episode: Episode, explanation: Explanation, truth: BinaryMask? = nil, caption: String = "", threshold: Float = 0.5
    ) {
        self.episode = episode
        self.explanation = explanation
        self.truth = truth
        self.caption = caption
        self.threshold = threshold
    }

    /// The pictures from left to right.
    public var tiles: [PictureSheet.Tile] {
        var tiles: [PictureSheet.Tile] = []
        if let support = episode.supports.first {
            let more = episode.supports.count > 1 ? " (1 of \(episode.supports.count))" : ""
            let picture = support.image.annotated(with: support.annotation)
            tiles.append(.init(picture, caption: "support: \(support.annotation.kind.rawValue)\(more)"))
        }
        tiles.append(.init(episode.query, caption: episode.className.isEmpty ? "query" : "query: \(episode.className)"))
        if let level = explanation.levels.dropFirst().first ?? explanation.levels.first {
            tiles.append(.init(level.mean.heatMap(), caption: "prior mean"))
            tiles.append(.init(level.variance.heatMap(), caption: "prior variance"))
        }
        tiles += strip
        if let errors = explanation.errorMap { tiles.append(.init(errors.heatMap(), caption: "predicted error")) }
        if let map = explanation.probabilities {
            tiles.append(.init(episode.query.overlaid(with: map.mask(threshold: threshold)), caption: "result \(caption)"))
        }
        if let truth { tiles.append(.init(episode.query.overlaid(with: truth, color: .truth), caption: "truth")) }
        return tiles
    }

    /// The noisy mask that sampling starts from, then estimates of the clean one, evenly over the steps.
    private var strip: [PictureSheet.Tile] {
        guard let first = explanation.steps.first else { return [] }
        let count = min(Self.stripCount - 1, explanation.steps.count)
        let chosen = (0..<count).map { index in
            explanation.steps[count == 1 ? 0 : index * (explanation.steps.count - 1) / (count - 1)]
        }
        return [.init(first.noisy.shaded(), caption: "noise, t = \(first.timestep)")]
            + chosen.map { .init($0.clean.shaded(), caption: "mask, t = \($0.timestep)") }
    }
}

extension PictureSheet {
    /// A sheet with one row an episode.
    public init(title: String, episodes: [EpisodeRow]) {
        self.init(title: title, rows: episodes.map(\.tiles), cellHeight: 120, cellWidth: 150)
    }
}
