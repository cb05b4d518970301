public import Datasets
public import Diffusion

/// Shows any segmenter auxiliary supports beside each real one: DifFSS, "without modifying their network structure".
///
/// ```swift
/// let maker = AuxiliaryMaker(ShapesRedrawing(), settings: settings)
/// let segmenter = AuxiliarySupports(model, maker, classes: dataset.classes)
/// ```
/// A real support comes first and what was made of it follows. The class name is what the prompt says; a segmenter does not see it.
public struct AuxiliarySupports<Base: EpisodicSegmenter>: SupportExtendingSegmenter {
    /// What segments.
    public let base: Base
    /// Makes the supports.
    public let maker: AuxiliaryMaker
    private let names: [Int: String]

    /// Wraps a segmenter.
    ///
    /// - Parameter classes: the names of classes, by which prompts are made; an episode that says its class itself needs none.
    public init(_ base: Base, _ maker: AuxiliaryMaker, classes: [FewShotClass] = []) {
        (self.base, self.maker) = (base, maker)
        names = Dictionary(classes.map { ($0.id, $0.name) }) { first, _ in first }
    }

    /// The episode that the segmenter sees.
    ///
    /// - Throws: ``GenerationError`` for a class without a name; what ``AuxiliaryMaker/companions(of:of:)`` throws.
    public func extended(_ episode: Episode) throws -> Episode {
        guard maker.settings.count > 0 else { return episode }
        let item = FewShotClass(id: episode.classID, name: try name(of: episode))
        var wider = episode
        wider.supports = try episode.supports.flatMap { support in
            [support] + (try maker.companions(of: support, of: item)).map(\.support)
        }
        return wider
    }

    private func name(of episode: Episode) throws(GenerationError) -> String {
        if !episode.className.isEmpty { return episode.className }
        if let name = names[episode.classID] ?? episode.text { return name }
        throw GenerationError(
            source: "auxiliary supports", found: "class \(episode.classID) without a name", expected: "a name for the prompt",
            advice: "give the classes of the dataset, or the episode a class name")
    }

    public func segment(_ episode: Episode) throws -> Prediction { try base.segment(extended(episode)) }

    public func segment(_ episodes: [Episode]) async throws -> [Prediction] {
        try await base.segment(episodes.map { try extended($0) })
    }
}
