/// What is done against pictures that left their layout.
public enum DriftRemedy: String, Codable, Hashable, Sendable, CaseIterable {
    /// Pictures keep the layout: what drift costs is measured from here.
    case noDrift = "no drift"
    /// Nothing.
    case nothing = "drift, all kept"
    /// The pictures are kept whose features inside the mask are most like the support's.
    case features = "kept by features"
    /// The pictures are kept in which the segmenter's own mask is most like the shared one.
    case overlap = "kept by the segmenter's mask"
    /// Both together.
    case both = "kept by both"
    /// The segmenter's own mask in place of the shared one.
    case estimated = "its own mask in place"
    /// Kept by features, with the segmenter's own mask.
    case featuresEstimated = "kept by features, own mask"

    /// Changes settings of auxiliary supports to this.
    func apply(to settings: inout AuxiliarySettings, _ drift: DifFSSSettings.Drift) {
        settings.count = drift.count
        settings.control = .segmentation
        settings.filter = AuxiliarySettings.Filter()
        settings.mask = [.estimated, .featuresEstimated].contains(self) ? .estimated : .shared
        switch self {
        case .noDrift, .nothing, .estimated: return
        case .features, .featuresEstimated: settings.filter.measure = .features
        case .overlap: settings.filter.measure = .mask
        case .both: settings.filter.measure = .both
        }
        settings.filter.candidates = drift.candidates
    }
}

/// One score of a cell.
public struct DifFSSMeasure: Codable, Hashable, Sendable {
    /// The wrapped model, a name of ``WrappedModels``.
    public var model: String
    /// Real supports.
    public var shots = 1
    /// Auxiliary supports of each real one.
    public var count = 0
    /// What the generator is told; nil without auxiliary supports.
    public var control: ControlKind?
    /// What is done against drift; nil where there is none.
    public var remedy: DriftRemedy?

    /// The model alone.
    init(_ model: String, shots: Int = 1) { (self.model, self.shots) = (model, shots) }

    /// The model with auxiliary supports.
    init(_ model: String, count: Int, control: ControlKind) {
        (self.model, self.count, self.control) = (model, count, control)
    }

    /// The model with auxiliary supports of a painter that drifts.
    init(_ model: String, count: Int, remedy: DriftRemedy) {
        (self.model, self.count, self.remedy) = (model, count, remedy)
        control = .segmentation
    }

    /// For progress and notes.
    var title: String {
        guard let control else { return shots == 1 ? model : "\(model), \(shots) real supports" }
        return "\(model), \(count) by \(control.rawValue)" + (remedy.map { ", \($0.rawValue)" } ?? "")
    }
}

/// One fold with one seed.
struct DifFSSCell: Codable, Hashable, Sendable {
    var fold: Int
    var seed: UInt64

    var title: String { "fold \(fold), seed \(seed)" }
}

/// A score.
struct DifFSSResult: Codable, Hashable, Sendable {
    var cell: DifFSSCell
    var measure: DifFSSMeasure
    var meanIoU: Double
    var seconds: Double
}

/// How scores of pictures and where the thing really is go together, picture by picture.
struct DifFSSDrift: Codable, Hashable, Sendable {
    var cell: DifFSSCell
    var model: String
    var similarity: [Double]
    var contrast: [Double]
    var overlap: [Double]
    /// The IoU of the shared mask with the true one.
    var shared: [Double]
    /// The IoU of the segmenter's own mask with the true one.
    var estimated: [Double]
}
