public import Datasets

/// The result for one query; paths are relative to the folder of results.
public struct PredictionRecord: Codable, Sendable, Hashable {
    /// The photo.
    public var query: String
    /// The digest of its file, by which it is known again in another place.
    public var sha256: String?
    /// The stem of its results.
    public var name: String
    /// Its height in pixels.
    public var height: Int?
    /// Its width in pixels.
    public var width: Int?
    /// The mask, a PNG of 0 and 255.
    public var mask: String?
    /// The photo with the mask over it.
    public var overlay: String?
    /// Probabilities, a PNG in which 255 is 1.
    public var probability: String?
    /// What the model saw, for a run that explains.
    public var picture: String?
    /// The walk from noise to mask, for a run with figures.
    public var sampling: String?
    /// Error maps at low, medium and high noise, for a run with figures.
    public var errorMaps: String?
    /// Sampling steps that were walked; fewer than asked for where the mask settled. For a run that explains, draws figures or may end early.
    public var steps: Int?
    /// The share of the photo that is the object, 0...1.
    public var share: Double?
    /// How sure the model is that the thing is in the photo at all, 0...1: calibrated where the settings name a calibration
    /// (``PredictionSettings/presence``), else the surest pixels (`PresenceScore.standard`).
    public var presence: Float?
    /// The model's own estimate of its mask's IoU, 0...1; for a run that explains.
    public var predictedIoU: Float?
    /// Why a result is missing.
    public var error: String?
}

/// What a prediction decided, for its manifest.
public struct PredictionSettings: Codable, Sendable {
    /// What was shown.
    public var supports: [SupportChoice]
    /// The files of the supports, and the weights of ``masker``.
    public var files: [FileRecord]
    /// What relative paths of supports are relative to.
    public var workingFolder: String
    /// The photos, and what their results are called.
    public var queries: [QueryPhoto]
    /// The model; nil for one that did not come from files, whose run cannot be continued.
    public var model: ModelChoice?
    /// How masks were drawn.
    public var sampling: SamplingConfiguration
    /// Probabilities from here on are foreground.
    public var threshold: Float
    /// Photos of a lower presence have an empty mask; nil where all are segmented.
    public var absentBelow: Float?
    /// Whether what the model saw is drawn, too.
    public var explains: Bool
    /// Whether the walk from noise to mask and error maps are drawn, too; nil for not.
    public var figures: Bool?
    /// What made masks of weaker annotations; nil where they were shown as they are.
    public var masker: SupportMaskerChoice?
    /// What judged whether the thing is there; nil for the surest pixels.
    public var presence: PresenceCalibration?
}
