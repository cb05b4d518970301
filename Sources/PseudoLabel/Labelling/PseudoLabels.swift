public import Datasets

/// Where the labels of a photo are on their way.
public enum PseudoLabelStage: String, Sendable, Hashable, Codable, CaseIterable {
    /// As the labeller predicted them.
    case initial
    /// After APF.
    case filtered
    /// After APR.
    case relabelled
    /// After SABR.
    case refined
}

/// The labels of a photo after every stage, with what each stage did.
public struct PseudoLabels: Sendable {
    /// What the stages did.
    public struct Record: Sendable, Hashable, Codable {
        /// The regions that were filtered, with their scores; none where nothing was.
        public var scores: [PseudoLabelFilter.Score]
        /// Free pixels that took a class.
        public var named: Int
        /// Regions that the refiner looked at.
        public var refinedRegions: Int
        /// Regions whose answer was used.
        public var acceptedRegions: Int
        /// Pixels whose label the refiner changed.
        public var changed: Int
    }

    private let initial: ClassMap
    private let enhanced: PseudoLabelEnhancement.Result
    private let refined: ClassMap
    /// What the stages did.
    public var record: Record

    init(initial: ClassMap, enhanced: PseudoLabelEnhancement.Result, refined: BoundaryRefinement.Result) {
        (self.initial, self.enhanced, self.refined) = (initial, enhanced, refined.labels)
        record = Record(
            scores: enhanced.scores, named: enhanced.named, refinedRegions: refined.regions, acceptedRegions: refined.accepted,
            changed: refined.changed)
    }

    /// The labels after a stage; free pixels void.
    public subscript(stage: PseudoLabelStage) -> ClassMap {
        switch stage {
        case .initial: initial
        case .filtered: enhanced.filtered
        case .relabelled: enhanced.relabelled
        case .refined: refined
        }
    }
}
